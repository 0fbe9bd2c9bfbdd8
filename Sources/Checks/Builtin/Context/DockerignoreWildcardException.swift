import BuildContext
import Diagnostics
import Facts
import SourceText

/// A `!` line with a wildcard, for which BuildKit walks through every folder that the file leaves out.
/// Source: tonistiigi/fsutil, `filter.go` (`onlyPrefixExcludeExceptions`: a folder is passed over only where the text of
/// each exception, without `/*` or `/**` at its end, has no wildcard).
struct DockerignoreWildcardException: DockerfileCheck {
    static let id: CheckID = "dockerignore-wildcard-exception"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), let file = reads.context.ignoreFile,
            let exception = file.patterns.first(where: { $0.isNegated && hasWildcard($0.text) }),
            // What the builder asks for by plain paths, it is sent without looking elsewhere.
            reads.reads.contains(where: { read in
                read.folders.contains(where: \.isRoot) || read.source.path.contains { "*?[".contains($0) }
            }), let folder = large(in: file, reads)
        else { return [] }
        let others = file.patterns.filter { $0.isNegated && hasWildcard($0.text) }.count - 1
        let also = others == 0 ? "" : " and \(others) more line\(others == 1 ? "" : "s") like it"
        return [
            finding(
                at: exception.range, in: file.source,
                message:
                    "For `\(file.source.string(exception.range))`\(also), every build walks through all folders that this file "
                    + "leaves out, \(folder) among them.",
                cost: "Reading the build context takes as long as if nothing were left out.",
                fix: Fix("Write plain paths after `!`; a `/*` or `/**` at the end does no harm."))
        ]
    }

    private func hasWildcard(_ pattern: String) -> Bool {
        var text = pattern[...]
        for ending in ["/**", "/*"] where text.hasSuffix(ending) { text = text.dropLast(ending.count) }
        return text.utf8.contains { "*[]?^".utf8.contains($0) }
    }

    /// A folder with many files that is left out: one that is there, or that tools make.
    private func large(in file: IgnoreFile, _ reads: ContextReads) -> String? {
        for name in Self.large {
            let path = ContextPath(name)
            guard reads.build.work.spend(), file.compiled.decide(path).isMatch else { continue }
            if case .missing = reads.context.status(of: path) { continue }
            return name
        }
        // Where all is left out but what is named, each folder counts.
        let named = file.patterns.lazy.filter { !$0.isNegated }.map(\.text)
        return named.lazy.compactMap { text in
            Self.large.first { text == $0 || text == "**/" + $0 }
        }.first
    }

    private static let large = [
        "node_modules", ".git", "target", "vendor", ".venv", "venv", "dist", "build", ".next", ".gradle",
        ".claude", "tmp",
    ]
}
