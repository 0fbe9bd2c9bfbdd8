import Repository

/// The words of `docker buildx bake`, `docker bake` and `docker buildx f`.
/// Sources: docs.docker.com, `docker buildx bake` (its options; `--no-cache-filter` is none of them) and "Overriding
/// configurations" (`--set PATTERN.KEY=VALUE`). The two other names were tried with buildx 0.29.
package struct BakeWords: Sendable {
    /// `-f`; nil for one that cannot be told.
    package private(set) var files: [String?] = []
    /// Targets and groups; nil for a word that cannot be told.
    package private(set) var targets: [String?] = []
    /// `--set`.
    package private(set) var overrides: [String?] = []
    package private(set) var ignoresCache = false
    package private(set) var pulls = false
    package private(set) var namesBuilder = false

    /// - Parameter words: program and arguments; nil for a word that cannot be told.
    /// - Returns: nil for another command.
    package init?(_ words: [String?]) {
        guard let first = words.first, let program = first.map({ Paths.name(of: $0) }),
            program == "docker" || program == "docker-buildx"
        else { return nil }
        var rest = words.dropFirst()
        var isBuildx = program == "docker-buildx"
        // Options of docker and of buildx stand before the subcommand.
        subcommand: while true {
            guard let next = rest.popFirst(), let word = next else { return nil }
            switch word {
            case "bake": break subcommand
            case "f" where isBuildx: break subcommand
            case "buildx" where !isBuildx: isBuildx = true
            case "--builder":
                namesBuilder = true
                rest = rest.dropFirst()
            case "-H", "--host", "-c", "--context", "--config", "-l", "--log-level": rest = rest.dropFirst()
            case let option where option.hasPrefix("--builder="): namesBuilder = true
            case let option where option.hasPrefix("-"): break
            default: return nil
            }
        }
        while let next = rest.popFirst() {
            guard let word = next, word.hasPrefix("-"), word != "-" else {
                targets.append(next)
                continue
            }
            if word == "--" {
                targets += rest
                break
            }
            let equals = word.firstIndex(of: "=")
            let name = String(word[..<(equals ?? word.endIndex)])
            func value() -> String? {
                equals.map { String(word[word.index(after: $0)...]) } ?? rest.popFirst() ?? nil
            }
            switch name {
            case "--no-cache": ignoresCache = equals == nil || value() != "false"
            case "--pull": pulls = equals == nil || value() != "false"
            case "-f", "--file": files.append(value())
            case "--set": overrides.append(value())
            case "--builder":
                namesBuilder = true
                _ = value()
            case "--allow", "--call", "--list", "--metadata-file", "--progress", "--provenance", "--sbom",
                "--var":
                _ = value()
            case let short where short.hasPrefix("-f") && !short.hasPrefix("--"):
                files.append(String(word.dropFirst(2)))
            default: break
            }
        }
    }
}
