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
        return project.workflowBuilds.compactMap { statement, workflow, place -> Finding? in
            let steps = workflow.jobs[place.job].steps[..<place.step]
            guard case .hosted(let isARM) = workflow.jobs[place.job].runner, !isARM,
                steps.contains(where: { $0.action == "docker/setup-qemu-action" }),
                workflow.startsEmpty(at: place).isTrue,
                // One of several is emulated for certain; a single one may be the runner's own.
                let platforms = statement.build?.platforms, platforms.count > 1,
                platforms.contains(where: { $0.hasPrefix("linux/arm64") }),
                let option = statement.options("platform").first, let source = project.source(option.path),
                let outline = project.outline(of: statement)
            else { return nil }
            let emulated = outline.stages.filter { !$0.isNative }.flatMap(\.expensiveLines)
            guard let line = emulated.first,
                seen.insert("\(option.path) \(option.bytes.lowerBound) \(outline.path)").inserted
            else { return nil }
            let more = emulated.count - 1
            return finding(
                at: option.bytes, in: source,
                message: "linux/arm64 is built by emulation here: line \(line) of \(outline.path)"
                    + "\(more == 0 ? "" : " and \(more) more expensive step\(more == 1 ? "" : "s")") "
                    + "run\(more == 0 ? "s" : "") under QEMU.",
                cost: "Compiling under emulation takes several times as long.",
                fix: Fix(
                    "Build it in a job of its own with `runs-on: ubuntu-24.04-arm` and put the two together with "
                        + "`docker buildx imagetools create`, or cross-compile in a stage `FROM --platform=$BUILDPLATFORM`."
                ),
                subject: "\(option.written) \(outline.path)")
        }.onePerPlace()
    }
}
