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
        let reads = ContextReads(build)
        let sources = reads?.byLine ?? [:]
        return build.reachableStages.flatMap { stage in
            // Those since the last RUN.
            var above: [StepFacts] = []
            return stage.steps.compactMap { step -> Finding? in
                if step.step.copy != nil { above.append(step) }
                guard step.run != nil else { return nil }
                defer { above = [] }
                guard !above.isEmpty, let change = Change(step),
                    let copies = copies(above, changedBy: change, sources, build.work),
                    size(of: copies, sources, reads).map({ $0 >= limit }) ?? true
                else { return nil }
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

    /// The COPYs that alone have put the changed paths there, or all that is below them, in order; nil where for one there
    /// is none, or something else did.
    private func copies(
        _ above: [StepFacts], changedBy change: Change, _ sources: [Int: [ContextRead]], _ work: FactsWork
    ) -> [StepFacts]? {
        let paths = Set(change.paths)
        let lengths = Set(paths.map(\.utf8.count))
        var changed: Set<String> = []
        var found: [StepFacts] = []
        for step in above {
            guard let copy = step.step.copy, case .copy(let written) = step.instruction.body else { continue }
            guard copy.destination.isCertain else { return nil }
            let destination = PathText.clean(copy.destination.text)
            let below = paths.intersection(Self.folders(through: destination, lengths, work))
            var files: Set<String> = []
            if copy.destination.text.hasSuffix("/") {
                for source in copy.sources where source.isCertain {
                    let name = String(source.text.split(separator: "/").last ?? "")
                    let file = PathText.clean(name, in: destination)
                    if paths.contains(file) { files.insert(file) }
                }
            }
            guard !below.isEmpty || !files.isEmpty else { continue }
            let hasFlag = change.flag == "chmod" ? written.chmod != nil : written.chown != nil
            guard !hasFlag, !step.step.isTrigger else { return nil }
            // Without -R, a folder is changed and no file in it.
            guard change.isRecursive || below.isSubset(of: files) || isOneFile(step, sources) else {
                return nil
            }
            changed.formUnion(below)
            changed.formUnion(files)
            found.append(step)
        }
        var lines: Set<Int> = []
        return changed.count == paths.count ? found.filter { lines.insert($0.line).inserted } : nil
    }

    /// A path and those that it lies in, of the lengths that matter.
    private static func folders(
        through path: String, _ lengths: Set<Int>, _ work: FactsWork
    ) -> [String] {
        var found = lengths.contains(path.utf8.count) ? [path] : []
        for (length, index) in path.utf8.indices.enumerated() where path.utf8[index] == UInt8(ascii: "/") {
            // The root ends with its slash.
            let length = max(1, length)
            guard lengths.contains(length), length < path.utf8.count else { continue }
            // Without budget the check's findings do not count.
            guard work.spend(1 + length / 16) else { return found }
            found.append(String(path.utf8.prefix(length)) ?? "")
        }
        return found
    }

    private func isOneFile(_ copy: StepFacts, _ sources: [Int: [ContextRead]]) -> Bool {
        guard copy.step.copy?.origin == .context else { return false }
        let roots = (sources[copy.line] ?? []).filter { $0.step.run == nil }.flatMap(\.selection.roots)
        return roots.count == 1 && roots[0].kind == .file
    }

    /// What the COPYs bring in, in bytes; nil where it does not all come from a context that can be read.
    private func size(
        of copies: [StepFacts], _ sources: [Int: [ContextRead]], _ reads: ContextReads?
    ) -> Int? {
        guard copies.allSatisfy({ $0.step.copy?.origin == .context }), let reads else { return nil }
        return copies.flatMap { sources[$0.line] ?? [] }.filter { $0.step.run == nil }
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
        let made = Set(copies.map { PathText.clean($0.step.copy?.destination.text ?? "") })
        let folders =
            change.isRecursive
            ? change.paths.filter { !made.contains($0) || copies.first?.workdir.value == $0 } : []
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
}
