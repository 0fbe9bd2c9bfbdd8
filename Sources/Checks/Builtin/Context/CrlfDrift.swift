import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// Shell scripts with Windows' line ends that the build copies.
struct CrlfDrift: DockerfileCheck {
    static let id: CheckID = "crlf-drift"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var seen: Set<ContextPath> = []
        return reads.reads.compactMap { read in
            var scripts: [ContextPath] = []
            for file in reads.files(of: read) where file.path.name.suffix(3).elementsEqual(".sh".utf8) {
                if hasWindowsLine(file, reads.context), seen.insert(file.path).inserted {
                    scripts.append(file.path)
                }
            }
            guard let first = scripts.first, !isMended(after: read.step, in: build) else { return nil }
            let also = scripts.count > 1 ? " and \(Amount.files(scripts.count - 1)) more" : ""
            return finding(
                at: read.step.instruction, in: build,
                message:
                    "\(reads.projectPath(first))\(also) begins with a `#!` line that ends as Windows' lines do: Linux "
                    + "looks for an interpreter whose name ends with a carriage return.",
                cost:
                    "The script does not start, and checkouts with other line ends share no layer with this one.",
                fix: Fix(
                    "Keep scripts as they are in the repository: a line `*.sh text eol=lf` in .gitattributes")
            ).naming(scripts.map(\.description))
        }
    }

    private func hasWindowsLine(_ file: ContextEntry, _ context: BuildContext) -> Bool {
        guard file.size > 3, let text = context.contents(of: file.path), text.starts(with: "#!".utf8),
            let end = text.firstIndex(of: UInt8(ascii: "\n"))
        else { return false }
        return text[end - 1] == UInt8(ascii: "\r")
    }

    /// `dos2unix` and `sed 's/\r//'` are how people help themselves.
    private func isMended(after step: StepFacts, in build: BuildFacts) -> Bool {
        build.stages[step.stage].steps[step.index...].contains { later in
            later.run != nil
                && (later.instruction.text.contains("dos2unix") || later.instruction.text.contains("\\r"))
        }
    }
}
