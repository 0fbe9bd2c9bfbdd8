import Diagnostics
import Dockerfile
import Facts
import SourceText

/// Credentials that a command writes into a cache mount.
struct CacheSecret: DockerfileCheck {
    static let id: CheckID = "cache-secret"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard !step.cacheMounts.isEmpty else { return [] }
            return step.script.commands.compactMap { command in
                for (word, path) in written(by: command, in: step) {
                    guard let mount = step.cacheMounts.first(where: { $0.covers(path).isTrue }),
                        !step.mounts.contains(where: { $0.mount.kind != .cache && $0.covers(path).isTrue }),
                        Self.files.contains(where: { path.hasSuffix($0) }), holdsSecret(command, step),
                        !isDeleted(path, after: command, in: step)
                    else { continue }
                    return finding(word, path, mount, in: build)
                }
                return nil
            }
        }
    }

    /// Files in which tools look for credentials.
    private static let files = [
        "/.npmrc", "/.netrc", "/.pypirc", "/.git-credentials", "/.yarnrc.yml", "/pip.conf", "/settings.xml",
        "/settings-security.xml", "/gradle.properties", "/.docker/config.json", "/auth.json", "/nuget.config",
        "/NuGet.Config", "/credentials", "/credentials.toml", "/.credentials", "/hex.config", "/.condarc",
    ]

    private func written(by command: ShellCommand, in step: StepFacts) -> [(ShellWord, String)] {
        var words = command.redirections.filter { $0.symbol.hasPrefix(">") || $0.symbol == "&>" }.map(
            \.target)
        switch command.program {
        case "tee": words += command.arguments
        case "cp", "mv", "install", "ln": words += command.arguments.suffix(1)
        default: break
        }
        return words.compactMap { word in step.path(of: word, in: command).value.map { (word, $0) } }
    }

    /// It hands on a secret mount, or a variable that is named after a secret.
    private func holdsSecret(_ command: ShellCommand, _ step: StepFacts) -> Bool {
        let secrets = step.mounts.filter { $0.mount.kind == .secret }.compactMap { mount -> String? in
            mount.target.value ?? mount.mount.id.map { "/run/secrets/\($0)" }
        }
        return command.words.contains { word in
            if word.text.contains("/run/secrets/") { return true }
            if secrets.contains(where: { $0.count > 1 && word.text.contains($0) }) { return true }
            return word.parts.contains { part in
                guard case .variable(let name) = part else { return false }
                let upper = name.uppercased()
                return ["TOKEN", "PASSW", "SECRET", "API_KEY", "AUTH", "CREDENTIAL"].contains {
                    upper.contains($0)
                }
            }
        }
    }

    private func isDeleted(_ path: String, after command: ShellCommand, in step: StepFacts) -> Bool {
        step.script.commands.dropFirst(command.order + 1).contains { later in
            later.program == "rm" || later.program == "shred" || later.program == nil
                ? later.arguments.contains { word in
                    step.path(of: word, in: later).value.map { PathText.isPath(path, inOrAt: $0) } ?? true
                }
                : false
        }
    }

    private func finding(
        _ word: ShellWord, _ path: String, _ mount: MountFacts, in build: BuildFacts
    ) -> Finding {
        finding(
            at: word.range, in: build.source,
            message:
                "The credentials in `\(path)` stay in the cache mount at `\(mount.target.value ?? "")`, on the "
                + "builder, and every build that has a mount with the same key can read them.",
            cost: "They outlive the build, and deleting the image does not delete them.",
            fix: Fix("Hand the file over for this RUN alone: --mount=type=secret,id=…,target=\(path)"))
    }
}
