import Diagnostics
import Facts
import Project
import SourceText

/// A script that drops the build cache with each build: `docker builder prune`, `docker buildx prune` or
/// `docker system prune` without a limit, beside a build.
/// Sources: docs.docker.com, `docker system prune` ("unused build cache" is among what it removes) and
/// `docker buildx prune`; moby/buildkit, `cache/manager.go`, `pruneOnce` (without `--all`, what images share stays).
struct PruneAroundBuild: ProjectCheck {
    static let id: CheckID = "prune-around-build"
    let options: CheckOptions

    func findings(in project: ProjectFacts) throws -> [Finding] {
        struct Place: Hashable {
            let path: String
            let unit: Int
        }
        var built = Set(project.project.buildStatements.map { Place(path: $0.path, unit: $0.unit) })
        for command in project.project.commands where isComposeBuild(command) {
            built.insert(Place(path: command.path, unit: command.unit))
        }
        return try project.project.commands.compactMap { command -> Finding? in
            // A job's machine is tidied up for other reasons.
            guard command.step == nil, !command.isConditional,
                let name = prune(command), built.contains(Place(path: command.path, unit: command.unit)),
                let source = project.source(command.path),
                try !CommandPurpose.isFresh(at: command.bytes.lowerBound, in: source)
            else { return nil }
            let takesAll = command.words.contains { word in
                word == "--all"
                    || word.map { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains("a") } ?? false
            }
            return finding(
                at: command.bytes, in: source,
                message:
                    "`\(name)` drops the build cache with every run of this script: all cache mounts of this machine, "
                    + (takesAll ? "and all layers." : "and the layers that are in no image."),
                cost: "The next build of every image downloads and compiles again what was there.",
                fix: Fix(
                    "Take it out and let the builder keep within a limit (`builder.gc` in daemon.json), or drop only what "
                        + "is old: `docker builder prune --filter until=168h`."))
        }
    }

    private func prune(_ command: DockerCommand) -> String? {
        let words = command.words
        guard words.count >= 3, words[0] == "docker", words[2] == "prune",
            let kind = words[1], ["builder", "buildx", "system"].contains(kind),
            // What cannot be told may limit it.
            !words.contains(nil)
        else { return nil }
        let limits = [
            "--filter", "--keep-storage", "--reserved-space", "--max-used-space", "--min-free-space",
        ]
        return words.contains { word in limits.contains { word?.hasPrefix($0) ?? false } }
            ? nil : "docker \(kind) prune"
    }

    private func isComposeBuild(_ command: DockerCommand) -> Bool {
        command.isOfCompose && (command.words.contains("build") || command.words.contains("--build"))
    }
}
