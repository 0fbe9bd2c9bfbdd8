import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A committed `--pull` or `pull: true`: each build asks the registry for its base images, and runs everything anew where
/// a tag has moved.
///
/// Sources: docker/buildx, `build/opt.go` (`image-resolve-mode`: the engine's own builder takes the image that is there,
/// and with `--pull` the registry's; any other builder asks the registry anyway); compose-spec, `build.md`, `pull`; bake
/// reference, `target.pull`.
struct BuildPull: ProjectCheck {
    static let id: CheckID = "build-pull"
    let options: CheckOptions

    func findings(in project: ProjectFacts) throws -> [Finding] {
        let builds = try project.project.buildStatements.compactMap { statement -> Finding? in
            // A runner's builder is new or one of its own, and asks the registry in either case.
            guard statement.step == nil, !statement.isConditional, statement.isOn("pull"),
                mayBeTheEngines(statement),
                let option = statement.options("pull").first, let source = project.source(option.path),
                try !CommandPurpose.isFresh(at: option.bytes.lowerBound, in: source),
                let facts = statement.build.flatMap(project.facts), let image = movable(facts)
            else { return nil }
            return finding(
                at: option.bytes, in: source, message: message(of: image), cost: cost, fix: fix,
                subject: "\(statement.name ?? "") \(option.written)")
        }
        return try builds + project.project.commands.compactMap { try finding(for: $0, in: project) }
    }

    /// `docker compose build --pull`, `docker buildx bake --pull`.
    private func finding(for command: DockerCommand, in project: ProjectFacts) throws -> Finding? {
        let bake = BakeWords(command.words)
        let kind: Statement.Kind = bake == nil ? .compose : .bake
        guard
            bake.map({ $0.pulls && !$0.namesBuilder })
                ?? (command.isOfCompose && command.words.contains("build")
                    && command.words.contains("--pull")),
            command.step == nil, !command.isConditional,
            let source = project.source(command.path),
            try !CommandPurpose.isFresh(at: command.bytes.lowerBound, in: source),
            let image = project.project.buildStatements.lazy.filter({ $0.kind == kind })
                .compactMap({ $0.build.flatMap(project.facts).flatMap(movable) }).first
        else { return nil }
        return finding(
            at: command.bytes, in: source, message: message(of: image), cost: cost, fix: fix)
    }

    /// Whether the engine's own builder may be meant: not where one is named, nor for several platforms, which it builds
    /// with containerd's image store alone.
    private func mayBeTheEngines(_ statement: BuildStatement) -> Bool {
        statement.options("builder").isEmpty && (statement.build?.platforms.count ?? 0) < 2
    }

    /// A base image whose tag may stand for another one tomorrow.
    private func movable(_ facts: BuildFacts) -> String? {
        facts.reachableStages.lazy.compactMap { stage in
            guard case .image(let image) = stage.stage.base, image.isCertain, !image.text.contains("@") else {
                return nil
            }
            return image.text
        }.first
    }

    private func message(of image: String) -> String {
        "Every build asks the registry for \(image), and runs all steps anew on the day that its tag has moved."
    }

    private let cost = "No file here tells why that build took longer."

    private let fix = Fix(
        "Pin the image by digest and let a bot renew it, or leave the option to who wants newer images now.")
}
