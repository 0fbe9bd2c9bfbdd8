import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A heredoc of a RUN in a Dockerfile with Windows' line ends: each line of the script ends with a carriage return.
/// Tried on Docker Engine 28.5: `set -eu` fails with "illegal option -", and the build with it (moby/buildkit#4282).
struct CrlfHeredoc: DockerfileCheck {
    static let id: CheckID = "crlf-heredoc"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard build.source.bytes.contains(UInt8(ascii: "\r")) else { return [] }
        return build.reachableStages.flatMap(\.steps).compactMap { step in
            guard step.run != nil, step.shell == .posix,
                let heredoc = step.instruction.heredocs.first(where: { heredoc in
                    build.source.bytes[heredoc.contentRange].contains(UInt8(ascii: "\r"))
                })
            else { return nil }
            let line = build.source.line(at: heredoc.contentRange.lowerBound)
            return finding(
                at: step.instruction, in: build,
                message:
                    "Each line of this script, from line \(line) on, ends with a carriage return, which the shell takes "
                    + "for a part of the last word.",
                cost: "The build fails at the first command that minds, such as `set -e`.",
                fix: Fix(
                    "Keep the Dockerfile's lines as in the repository: `Dockerfile text eol=lf` in .gitattributes"
                ))
        }
    }
}
