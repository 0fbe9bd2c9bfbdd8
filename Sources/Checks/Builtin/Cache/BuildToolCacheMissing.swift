import BuildContext
import Diagnostics
import Dockerfile
import Facts
import JSON
import SourceText

/// A build tool of a front end whose own cache is on no mount, so that it makes everything anew with each change.
struct BuildToolCacheMissing: DockerfileCheck {
    static let id: CheckID = "build-tool-cache-missing"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), !reads.folderReads.isEmpty else { return [] }
        return build.reachableStages.flatMap { stage -> [Finding] in
            let copies = reads.folderReads.filter {
                $0.step.run == nil
                    && ($0.step.stage == stage.index || stage.ancestors.contains($0.step.stage))
            }
            guard !copies.isEmpty else { return [] }
            return stage.steps.flatMap { step -> [Finding] in
                let above = copies.filter { $0.step.stage != stage.index || $0.step.index < step.index }
                guard step.run != nil, !above.isEmpty else { return [] }
                return step.script.commands.compactMap { command -> Finding? in
                    guard !command.isConditional, build.work.spend(),
                        let folder = step.workdir(of: command).value,
                        let tool = tool(run: command, in: folder, copiedBy: above, reads)
                    else { return nil }
                    return finding(of: tool, command, step, in: folder, build)
                }
            }
        }
    }

    private func tool(
        run command: ShellCommand, in folder: String, copiedBy copies: [ContextRead], _ reads: ContextReads
    ) -> BuildTool? {
        let words = command.words.map(\.text)
        if let tool = BuildTool.run(by: words) { return tool }
        guard let script = BuildTool.script(run: words) else { return nil }
        for copy in copies.reversed() {
            guard copy.folders.count == 1, let destination = copy.step.step.copy?.destination,
                destination.isCertain
            else { continue }
            let base = PathText.clean(destination.text)
            guard PathText.isPath(folder, inOrAt: base) else { continue }
            let rest = folder.utf8.dropFirst(base.utf8.count).drop { $0 == UInt8(ascii: "/") }
            var path = copy.folders[0]
            for part in rest.split(separator: UInt8(ascii: "/")) { path = path.appending(part) }
            guard let bytes = reads.context.contents(of: path.appending("package.json".utf8)),
                let text = (try? JSON.parse(bytes))?["scripts"]?[script]?.string
            else { continue }
            return text.split(separator: "&").lazy.compactMap { part in
                BuildTool.run(by: part.split(separator: " ").map(String.init))
            }.first
        }
        return nil
    }

    private func finding(
        of tool: BuildTool, _ command: ShellCommand, _ step: StepFacts, in folder: String, _ build: BuildFacts
    ) -> Finding? {
        if let variable = tool.variable, step.step.state.environment[variable] != nil { return nil }
        let place = PathText.clean(tool.folder, in: folder)
        let targets = step.cacheMounts.map(\.target.value)
        if targets.contains(nil) { return nil }
        let known = targets.compactMap(\.self)
        guard
            !known.contains(where: {
                PathText.isPath(place, inOrAt: $0) || PathText.isPath($0, inOrAt: place)
            })
        else {
            return nil
        }
        let astray = known.first { $0.hasSuffix("/" + tool.folder) }
        return finding(
            at: command.range, in: build.source, confidence: .likely,
            message: astray.map {
                "The mount at `\($0)` holds nothing: \(tool.name) keeps its cache in `\(place)`."
            }
                ?? "No cache mount keeps what \(tool.name) compiles (`\(place)`).",
            cost: "Each change of the sources compiles everything again, not only what is new.",
            fix: Fix(
                "Put it on a mount:\n    RUN --mount=type=cache,target=\(place) …"
                    + (build.runsOnNewMachinesOnly
                        ? "\nThe runners start without it: keep it with actions/cache and "
                            + "reproducible-containers/buildkit-cache-dance." : "")))
    }
}
