import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A stage whose only product is the same for every platform is made for each of them.
/// Source: docs.docker.com, "Multi-platform builds", Cross-compilation (`--platform=$BUILDPLATFORM` runs a stage natively,
/// once).
struct PlatformFreeStage: DockerfileCheck {
    static let id: CheckID = "platform-free-stage"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let processors = Set(build.build.platforms.compactMap { $0.split(separator: "/").dropFirst().first })
        guard processors.count > 1, let target = build.dockerfile.target,
            build.stages.indices.contains(target)
        else {
            return []
        }
        let image = Set(build.stages[target].ancestors).union([target])
        let bases = Set(build.reachableStages.compactMap(\.ancestors.first))
        return build.reachableStages.compactMap { stage -> Finding? in
            guard !image.contains(stage.index), !bases.contains(stage.index), stage.ancestors.isEmpty,
                stage.stage.platform == nil, case .from? = stage.steps.first?.instruction.body,
                let maker = stage.steps.last(where: { step in step.script.commands.contains(where: makesFiles)
                }),
                let folders = products(of: stage.index, in: build)
            else { return nil }
            let name = stage.stage.displayName
            return finding(
                at: stage.steps[0].instruction, in: build, confidence: .likely,
                message:
                    "Line \(maker.line) runs once for each of \(processors.count) platforms, and \(folders.listed(2)), all that is "
                    + "taken from stage \(name), is the same for all.",
                cost: "The same files are made several times, and for other processors under emulation.",
                fix: Fix(
                    "Make them once, natively:\n    FROM --platform=$BUILDPLATFORM …  (line \(stage.steps[0].line))"
                ))
        }
    }

    /// `npm run build`, `vite build`, `ng build`: what a browser loads.
    private func makesFiles(_ command: ShellCommand) -> Bool {
        let words = command.words.map(\.text)
        switch command.program {
        case "npm", "pnpm", "yarn", "bun":
            return words.dropFirst().first { $0 != "run" && !$0.hasPrefix("-") }?.hasPrefix("build") ?? false
        case "npx", "vite", "ng", "webpack", "parcel", "hugo", "gatsby", "astro":
            return words.contains("build") || words.contains { $0 == "webpack" || $0 == "hugo" }
                || command.program == "hugo"
        default: return false
        }
    }

    /// The paths that others copy from a stage, where all of them are folders of such files; nil otherwise.
    private func products(of index: Int, in build: BuildFacts) -> [String]? {
        var found: [String] = []
        for step in build.reachableStages.flatMap(\.steps) {
            if step.mounts.contains(where: { $0.mount.from != nil }) { return nil }
            guard let copy = step.step.copy, case .stage(index) = copy.origin else { continue }
            for source in copy.sources {
                guard source.isCertain, let name = PathText.clean(source.text).split(separator: "/").last,
                    Self.folders.contains(String(name)), !source.text.contains("node_modules")
                else { return nil }
                found.append(PathText.clean(source.text))
            }
        }
        return found.isEmpty ? nil : found
    }

    private static let folders: Set<String> = [
        "dist", "build", "public", "static", "packs", "_site", "site", "www", "html", "browser", "assets",
    ]
}
