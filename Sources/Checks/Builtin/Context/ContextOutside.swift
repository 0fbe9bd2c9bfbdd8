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
        return reads.reads.compactMap { read in
            guard read.selection.outcome == .outside else { return nil }
            let climbs = read.source.path.split(separator: "/").contains("..")
            return finding(
                at: read.step.instruction, in: build, confidence: .likely,
                message: climbs
                    ? "The build fails here: `\(read.source.path)` would be above the context, \(reads.contextName), and "
                        + "the builder takes the `..` for the context's root and finds nothing."
                    : "The build fails here: `\(read.source.path)` is a link that leads out of the context, "
                        + "\(reads.contextName).",
                fix: Fix(
                    "Build with a context that holds it, or hand the folder over by --build-context name=path and copy "
                        + "from it: COPY --from=name"))
        }
    }
}
