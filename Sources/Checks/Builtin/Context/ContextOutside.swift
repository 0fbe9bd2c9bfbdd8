import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// A COPY of something that lies outside of the build context, where no build looks.
struct ContextOutside: DockerfileCheck {
    static let id: CheckID = "context-outside"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        // Where nothing states the context, it is the guess that is wrong.
        guard !build.build.statedBy.isEmpty, let reads = ContextReads(build) else { return [] }
        let outside = reads.reads.filter { $0.selection.outcome == .outside }
        // The build ends at the first, and the remedy is one for all.
        let missing = reads.reads.lazy.filter { $0.selection.outcome == .missing }
        return outside.map { finding(for: $0, of: reads) }
            + [missing.compactMap { elsewhere($0, of: reads) }.first].compactMap { $0 }
    }

    private func finding(for read: ContextRead, of reads: ContextReads) -> Finding {
        let climbs = read.source.path.split(separator: "/").contains("..")
        return finding(
            at: read.step.instruction, in: reads.build, confidence: .likely,
            message: climbs
                ? "The build fails here: `\(read.source.path)` would be above the context, \(reads.contextName), and "
                    + "the builder takes the `..` for the context's root and finds nothing."
                : "The build fails here: `\(read.source.path)` is a link that leads out of the context, "
                    + "\(reads.contextName).",
            fix: Fix(
                "Build with a context that holds it, or hand the folder over by --build-context name=path and copy "
                    + "from it: COPY --from=name"))
    }

    /// What is not there, and would be with another context.
    private func elsewhere(_ read: ContextRead, of reads: ContextReads) -> Finding? {
        let build = reads.build
        guard case .directory(let context) = build.build.context,
            let statement = build.build.statedBy.first,
            let folder = wantedContext(of: read, reads, context: context)
        else { return nil }
        let place = folder == "." ? "the repository's root" : "\(folder)/"
        return finding(
            at: read.step.instruction, in: build, severity: .warning, confidence: .likely,
            message:
                "The build of \(statement.path), line \(statement.line), fails here: `\(read.source.path)` is not in its "
                + "context, \(reads.contextName), but in \(place).",
            fix: Fix("Build with the context `\(folder)`, or write the path from \(reads.contextName) on."))
    }

    /// The folder that the paths of a Dockerfile are written for: one above the context, where the path begins with the
    /// context's own; or the Dockerfile's, where all that it copies is there and nothing is in the context. What a script
    /// copies into the context beforehand looks like neither.
    private func wantedContext(of read: ContextRead, _ reads: ContextReads, context: String) -> String? {
        let facts = reads.build.context
        let path = ContextPath(read.source.path).components.map { String(decoding: $0, as: UTF8.self) }
            .filter { $0 != "." }
        let names = context == "." ? [] : context.split(separator: "/").map(String.init)
        for index in names.indices
        where path.count > names.count - index && path.starts(with: names[index...]) {
            let folder = index == 0 ? "." : names[..<index].joined(separator: "/")
            if facts.finds(read.source, in: folder) { return folder }
        }
        guard let own = reads.build.build.dockerfileInContext, own.components.count > 1 else { return nil }
        let folder = reads.build.path.split(separator: "/").dropLast().joined(separator: "/")
        let others = reads.reads.filter { !$0.takesAll }
        return others.allSatisfy { $0.selection.outcome == .missing && facts.finds($0.source, in: folder) }
            ? folder : nil
    }
}
