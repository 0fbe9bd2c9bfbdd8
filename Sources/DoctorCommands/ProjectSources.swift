import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project
import Repository
import SourceText

extension Project {
    /// The text of every file that the findings point into, as far as it was read.
    func sources(of findings: [Finding]) -> [String: SourceText] {
        var sources = dockerfiles
        for statement in statements { sources[statement.source.path] = statement.source }
        var missing = Set(findings.lazy.filter { $0.range != nil }.map(\.path)).subtracting(sources.keys)
        let contexts = ContextStore(of: snapshot)
        for build in builds where !missing.isEmpty {
            guard case .directory(let directory) = build.context,
                let context = try? contexts.context(directory: directory, dockerfile: build.dockerfile),
                let source = context.ignoreFile?.source, missing.remove(source.path) != nil
            else { continue }
            sources[source.path] = source
        }
        return sources
    }
}
