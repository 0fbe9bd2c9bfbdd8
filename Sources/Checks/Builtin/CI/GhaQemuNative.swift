import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A platform of another processor, built by emulation on GitHub's runners, although there are runners with that
/// processor.
/// Sources: docs.github.com, "GitHub-hosted runners reference" (`ubuntu-24.04-arm`, free for public repositories);
/// docs.docker.com, "Multi-platform builds", Strategies (emulation is slow for compiling; native nodes or
/// cross-compilation).
struct GhaQemuNative: ProjectCheck {
    static let id: CheckID = "gha-qemu-native"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var seen: Set<String> = []
        return project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let steps = pipeline.jobs[place.job].steps[..<place.step]
            guard case .hosted(let isARM) = pipeline.jobs[place.job].runner,
                steps.contains(where: bringsEmulation), pipeline.startsEmpty(at: place).isTrue,
                // The legs of a matrix may have runners of their own for their platforms.
                statement.build?.platforms.count ?? 0 > 1 || pipeline.jobs[place.job].labels.count == 1,
                let foreign = statement.build?.platforms.first(where: {
                    $0.hasPrefix(isARM ? "linux/amd64" : "linux/arm64")
                }),
                let option = statement.options("platform").first, let source = project.source(option.path),
                let outline = project.outline(of: statement)
            else { return nil }
            let emulated = Set(
                outline.stages.filter { !$0.isNative }.flatMap { $0.expensiveLines + $0.compilingLines }
            ).sorted()
            guard let line = emulated.first,
                seen.insert("\(option.path) \(option.bytes.lowerBound) \(outline.path)").inserted
            else { return nil }
            let more = emulated.count - 1
            let compiles = outline.stages.contains { !$0.isNative && !$0.compilingLines.isEmpty }
            return finding(
                at: option.bytes, in: source,
                // Minutes with every push; a package manager that unpacks takes seconds.
                severity: compiles && pipeline.jobs[place.job].runsForCommits.isTrue
                    ? max(.warning, options.severity) : nil,
                message: "\(foreign) is built by emulation here: line \(line) of \(outline.path)"
                    + "\(more == 0 ? "" : " and \(more) more expensive step\(more == 1 ? "" : "s")") "
                    + "run\(more == 0 ? "s" : "") under QEMU.",
                cost: "Compiling under emulation takes several times as long.",
                fix: Fix(
                    fixText(
                        runner: isARM ? "ubuntu-24.04" : "ubuntu-24.04-arm", statement.build?.platforms ?? [])
                ),
                subject: "\(option.written) \(outline.path)")
        }.onePerPlace().map { found in
            found.folding(
                Fold(
                    found.fix?.text ?? "",
                    summary:
                        "steps of CI build for another processor by emulation, and run expensive steps under QEMU."
                ))
        }
    }

    /// It installs emulators, or makes a builder in a container, whose image has them.
    /// Sources: docs.docker.com, "Multi-platform builds" (QEMU); docker/setup-buildx-action, `action.yml` (`driver` is
    /// `docker-container` by default).
    private func bringsEmulation(_ step: Pipeline.Step) -> Bool {
        switch step.action {
        case "docker/setup-qemu-action": true
        case "docker/setup-buildx-action": step["driver"].map { $0.value == "docker-container" } ?? true
        default: false
        }
    }

    private func fixText(runner: String, _ platforms: [String]) -> String {
        let crossCompiling = "cross-compile in a stage `FROM --platform=$BUILDPLATFORM`."
        guard platforms.count > 1 else { return "Build it with `runs-on: \(runner)`, or \(crossCompiling)" }
        return "Build it in a job of its own with `runs-on: \(runner)` and put the two together with "
            + "`docker buildx imagetools create`, or \(crossCompiling)"
    }
}
