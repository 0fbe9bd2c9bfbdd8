import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A RUN that downloads a file which never changes, beside installs that do: it is downloaded again with each of them.
struct DownloadInRun: DockerfileCheck {
    static let id: CheckID = "download-in-run"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).compactMap { step in
            guard step.run != nil, step.script.isComplete,
                let install = step.installs.first(where: { !$0.isBootstrap && !$0.command.isConditional })
            else { return nil }
            for command in step.script.commands where !command.isConditional {
                guard let address = pinnedFile(command, in: step) else { continue }
                return finding(
                    at: command.range.lowerBound..<command.words.last!.range.upperBound, in: build.source,
                    message:
                        "\(name(of: address)) is downloaded again whenever anything of this RUN changes, such as what "
                        + "`\(install.title)` installs.",
                    cost:
                        "It waits for the commands above it each time; an ADD is fetched beside other stages.",
                    fix: Fix(
                        "Fetch it in a stage of its own, and mount it here:\n"
                            + "    FROM scratch AS download\n    ADD --checksum=sha256:… \(address) /\n"
                            + "    RUN --mount=type=bind,from=download,target=/download …"))
            }
            return nil
        }
    }

    /// The address of a file with a version in its path, known to the letter.
    private func pinnedFile(_ command: ShellCommand, in step: StepFacts) -> String? {
        guard command.program == "curl" || command.program == "wget", !command.hasUnseenArguments else {
            return nil
        }
        let addresses = command.arguments.compactMap { word -> String? in
            guard let text = step.text(of: word, in: command).value,
                text.hasPrefix("https://") || text.hasPrefix("http://")
            else { return nil }
            return text
        }
        guard addresses.count == 1, hasVersion(addresses[0]) else { return nil }
        return addresses[0]
    }

    /// A part of the path, such as `v1.2.3` or `tool-1.2_amd64.deb`, has a version; `latest` names none.
    private func hasVersion(_ address: String) -> Bool {
        let path = address.split(separator: "?")[0].split(separator: "/").dropFirst(2)
        guard let last = path.last, !path.contains("latest") else { return false }
        let isFile = Self.endings.contains { last.hasSuffix($0) }
        return isFile
            && path.contains { part in
                let bytes = Array(part.utf8)
                return bytes.indices.dropFirst().dropLast().contains { index in
                    bytes[index] == UInt8(ascii: ".") && isDigit(bytes[index - 1])
                        && isDigit(bytes[index + 1])
                }
            }
    }

    /// Archives and packages: what is worth a stage.
    private static let endings = [
        ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst", ".zip", ".deb", ".rpm", ".jar", ".whl",
        ".AppImage", ".gz",
        ".xz",
    ]

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private func name(of address: String) -> String {
        address.split(separator: "?")[0].split(separator: "/").last.map(String.init) ?? address
    }
}
