import Diagnostics
import Facts
import Project
import SourceText

/// `set:` of docker/bake-action gives all targets one cache, so that each overwrites what the others wrote.
/// Sources: docker/bake-action, `action.yml` (`set`); docs.docker.com, `docker buildx bake --set` (`*` means all targets) and
/// "GitHub Actions cache", Scope.
struct BakeCacheShared: ProjectCheck {
    static let id: CheckID = "bake-cache-shared"
    let options: CheckOptions

    /// What a step bakes, and the caches that it sets for all targets.
    private struct Bake {
        let bytes: Range<Int>
        let settings: [String]
        let files: [String]
        let targets: [String]?
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var images: [String: [(name: String?, image: String)]] = [:]
        for statement in project.project.buildStatements
        where statement.kind == .bake || statement.kind == .compose {
            let image =
                statement.build.map { build in
                    let arguments = build.args.sorted { $0.key < $1.key }.map {
                        "\($0.key)=\($0.value ?? "")"
                    }
                    return "\(build.dockerfile) \(build.target ?? "") \(arguments)"
                } ?? statement.name ?? ""
            images[statement.path, default: []].append((statement.name, image))
        }
        return project.project.pipelines.flatMap { pipeline in
            pipeline.jobs.flatMap(\.steps).compactMap { step -> Finding? in
                guard let bake = bake(of: step),
                    let entry = bake.settings.lazy.compactMap(Self.sharedEntry).first
                else {
                    return nil
                }
                var built: Set<String> = []
                for file in bake.files {
                    built.formUnion(
                        (images[file] ?? []).filter { image in
                            bake.targets.map { targets in image.name.map(targets.contains) ?? false } ?? true
                        }.map(\.image))
                }
                guard built.count > 1 else { return nil }
                return finding(
                    at: bake.bytes, in: pipeline.source,
                    message:
                        "\(built.count) targets write one cache, `\(entry)`: each overwrites what the others wrote.",
                    cost:
                        "The target that is done last finds its layers in the next run; the others build from nothing.",
                    fix: Fix(
                        "Give each target a cache of its own:\n    <target>.cache-from=type=gha,scope=<target>\n"
                            + "    <target>.cache-to=type=gha,mode=max,scope=<target>"))
            }
        }
    }

    private func bake(of step: Pipeline.Step) -> Bake? {
        if step.action == "docker/bake-action" {
            guard let set = step["set"], let question = Bakes.Question(step) else { return nil }
            return Bake(
                bytes: set.bytes, settings: set.written.split(separator: "\n").map(String.init),
                files: question.files ?? Bakes.defaultFiles.map { question.folder + $0 },
                targets: question.targets)
        }
        // `docker buildx bake -f file --set '*.cache-to=…'`, the one command of its step.
        guard let run = step.run, let start = run.firstRange(of: "buildx bake"), !run.contains("cd ") else {
            return nil
        }
        let words = run[start.upperBound...].split { " \n\\".contains($0) }.map {
            $0.filter { !"\"'".contains($0) }
        }
        var (settings, files, targets): ([String], [String], [String]) = ([], [], [])
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : ""
            switch word {
            case "--set": settings.append(next)
            case "-f", "--file": files.append(next.hasPrefix("./") ? String(next.dropFirst(2)) : next)
            case _ where word.hasPrefix("--set="): settings.append(String(word.dropFirst(6)))
            case _ where word.hasPrefix("-"): index -= 1
            default:
                targets.append(word)
                index -= 1
            }
            index += 2
        }
        return Bake(
            bytes: step.bytes, settings: settings, files: files.isEmpty ? Bakes.defaultFiles : files,
            targets: targets.isEmpty ? nil : targets)
    }

    /// What `*.cache-to=` names, where it is a cache that a second target overwrites.
    private static func sharedEntry(in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let plain = line.filter { !" \"'\r".contains($0) }
            guard plain.hasPrefix("*.cache-to=") else { continue }
            let entry = String(plain.dropFirst("*.cache-to=".count))
            guard
                entry.hasPrefix("type=gha") || entry.hasPrefix("type=registry")
                    || entry.hasPrefix("type=local")
            else { return nil }
            return entry
        }
        return nil
    }
}
