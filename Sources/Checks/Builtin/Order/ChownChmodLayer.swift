import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A RUN that only changes owners or modes of what a COPY above has brought in.
struct ChownChmodLayer: DockerfileCheck {
    static let id: CheckID = "chown-chmod-layer"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let limit = options.integer("kilobytes") * 1000
        return build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard let change = Change(step) else { return nil }
                var copies: [StepFacts] = []
                for path in change.paths {
                    guard let found = self.copies(to: path, before: step, in: stage, change, build) else {
                        return nil
                    }
                    copies += found
                }
                var lines: Set<Int> = []
                copies = copies.filter { lines.insert($0.line).inserted }.sorted { $0.line < $1.line }
                guard size(of: copies, in: build).map({ $0 >= limit }) ?? true else { return nil }
                return finding(change, step, copies, in: build)
            }
        }
    }

    private struct Change {
        let flag: String
        let value: String
        let paths: [String]
        let isRecursive: Bool

        /// The RUN is one `chown` or `chmod`.
        init?(_ step: StepFacts) {
            guard step.run != nil, step.mounts.isEmpty, step.script.isComplete,
                step.script.commands.count == 1,
                let command = step.script.commands.first,
                command.program == "chown" || command.program == "chmod",
                !command.isConditional, !command.hasUnseenArguments
            else { return nil }
            let isMode = command.program == "chmod"
            let names = command.arguments.filter { !$0.text.hasPrefix("-") || !$0.isLiteral }
            guard names.count > 1, let value = names.first,
                !command.arguments.contains(where: {
                    $0.text.hasPrefix("--reference") || $0.text.hasPrefix("--from")
                })
            else { return nil }
            let found = names.dropFirst().compactMap { word in
                word.hasGlob ? nil : step.path(of: word, in: command).value
            }
            guard found.count == names.count - 1 else { return nil }
            flag = isMode ? "chmod" : "chown"
            self.value = value.text
            paths = found
            isRecursive = command.arguments.contains { word in
                word.text == "--recursive"
                    || word.text.hasPrefix("-") && !word.text.hasPrefix("--") && word.text.contains("R")
            }
        }
    }

    /// The COPYs that alone have put a path there, or all that is below it; nil where there is none, or something else did.
    private func copies(
        to path: String, before step: StepFacts, in stage: StageFacts, _ change: Change, _ build: BuildFacts
    ) -> [StepFacts]? {
        var found: [StepFacts] = []
        for earlier in stage.steps[..<step.index].reversed() {
            if earlier.run != nil { break }
            guard let copy = earlier.step.copy, case .copy(let written) = earlier.instruction.body else {
                continue
            }
            guard copy.destination.isCertain else { return nil }
            let destination = PathText.clean(copy.destination.text)
            let isBelow = PathText.isPath(destination, inOrAt: path)
            let isFile =
                copy.destination.text.hasSuffix("/")
                && copy.sources.contains { source in
                    source.isCertain
                        && PathText.clean(
                            String(source.text.split(separator: "/").last ?? ""), in: destination) == path
                }
            guard isBelow || isFile else { continue }
            let hasFlag = change.flag == "chmod" ? written.chmod != nil : written.chown != nil
            guard !hasFlag, !earlier.step.isTrigger else { return nil }
            // Without -R, a folder is changed and no file in it.
            guard change.isRecursive || isFile || isOneFile(earlier, in: build) else { return nil }
            found.append(earlier)
        }
        return found.isEmpty ? nil : found
    }

    private func isOneFile(_ copy: StepFacts, in build: BuildFacts) -> Bool {
        guard copy.step.copy?.origin == .context, let reads = ContextReads(build) else { return false }
        let roots = reads.reads.filter { $0.step.run == nil && $0.step.line == copy.line }.flatMap(
            \.selection.roots)
        return roots.count == 1 && roots[0].kind == .file
    }

    /// What the COPYs bring in, in bytes; nil where it does not all come from a context that can be read.
    private func size(of copies: [StepFacts], in build: BuildFacts) -> Int? {
        guard copies.allSatisfy({ $0.step.copy?.origin == .context }), let reads = ContextReads(build) else {
            return nil
        }
        let lines = Set(copies.map(\.line))
        return reads.reads.filter { $0.step.run == nil && lines.contains($0.step.line) }
            .clampedSum { reads.files(of: $0).clampedSum(\.size) }
    }

    private func finding(
        _ change: Change, _ step: StepFacts, _ copies: [StepFacts], in build: BuildFacts
    ) -> Finding {
        let lines = lineText(copies)
        let what = change.flag == "chmod" ? "mode" : "owner"
        let keyword = copies.count == 1 ? copies[0].instruction.keyword.rawValue.uppercased() + " " : ""
        var fix = "Let \(lines) do it: \(keyword)--\(change.flag)=\(change.value) …"
        // A COPY with a flag changes what it makes; a folder that WORKDIR has made stays root's.
        let folders = change.isRecursive ? change.paths.filter { isMadeBefore($0, copies) } : []
        if !folders.isEmpty {
            fix +=
                "\nand change the folder itself alone: RUN \(change.flag) \(change.value) \(folders.joined(separator: " "))"
        }
        // docs.docker.com, Dockerfile release notes, 1.14.0.
        if change.flag == "chmod", change.value.contains(where: { !$0.isNumber }) {
            fix += "\nLetters instead of a number need the Dockerfile frontend 1.14."
        }
        return finding(
            at: step.instruction, in: build,
            message: "This step stores the files of \(lines) a second time, to change their \(what).",
            cost: "The image grows by their size, and the step runs again with each change of one of them.",
            fix: Fix(fix))
    }

    private func isMadeBefore(_ path: String, _ copies: [StepFacts]) -> Bool {
        copies.first?.workdir.value == path
            || !copies.contains { PathText.clean($0.step.copy?.destination.text ?? "") == path }
    }
}
