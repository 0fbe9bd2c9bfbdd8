import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// The whole project is copied before an install that needs its manifests only, or nothing of it.
struct BroadCopyBeforeInstall: DockerfileCheck {
    static let id: CheckID = "broad-copy-before-install"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        return build.reachableStages.compactMap { stage in
            let copies = reads.folderReads.filter { $0.step.stage == stage.index && $0.step.run == nil }
            guard let first = copies.first else { return nil }
            var broad: ContextRead?
            var idle: [StepFacts] = []
            // The install's own inputs may have come by an earlier COPY; then this one need not stand above it.
            for step in stage.steps[(first.step.index + 1)...] where step.run != nil {
                let before = copies.filter { $0.step.index < step.index }
                guard OnlyInstalls(step, orDownloads: true).isTrue, !repeats(step, in: stage) else {
                    if step.weight == .light { continue }
                    let candidate = broad ?? before.first { isBroad($0, for: step, reads: reads) }
                    guard let candidate,
                        CopiedPaths(before, in: reads.context).areForeign(
                            to: step, besides: contextReads(above: step, in: stage, reads))
                    else {
                        break
                    }
                    broad = candidate
                    idle.append(step)
                    continue
                }
                guard !upgradesTools(step) else { continue }
                let candidates = broad.map { [$0] } ?? before
                guard let copy = candidates.first(where: { isBroad($0, for: step, reads: reads) }) else {
                    // It needs what an install above does not.
                    if broad != nil { break }
                    continue
                }
                guard !readsProject(step, reads: reads), !namesCopied(step, by: before, reads: reads) else {
                    break
                }
                broad = copy
                idle.append(step)
            }
            return broad.map { finding(copy: $0, idle: idle, in: stage, reads: reads) }
        }
    }

    private func finding(
        copy: ContextRead, idle: [StepFacts], in stage: StageFacts, reads: ContextReads
    ) -> Finding {
        let files = reads.entries(of: copy).filter { $0.kind == .file }
        let invocations = idle.flatMap(\.installs)
        let needed = idle.flatMap { manifests(of: $0, among: files, below: copy.folders, reads: reads) }
        let present = ManifestCopies(needed, of: invocations.map(\.manager), in: copy)
        let folder = copy.takesAll ? "everything in \(reads.contextName)" : copy.source.path
        let fixText = fixText(present: present, idle: idle, copy: copy, in: stage, reads: reads)
        let found = finding(
            at: copy.step.instruction, in: reads.build,
            confidence: idle.allSatisfy { OnlyInstalls($0, orDownloads: true).isTrue } ? .certain : .likely,
            message:
                "Every change to any of \(Amount.files(files.count)) runs \(name(of: idle)) again: "
                + "\(folder) is copied above, and \(needs(present, invocations)).",
            cost: invocations.isEmpty
                ? "All of it is downloaded and made anew with each edit of the code."
                : "Dependencies are fetched and unpacked anew with each edit of the code.",
            fix: Fix(fixText)
        ).naming(idle.map(\.instruction.text))
        guard !present.isEmpty else { return found }
        let code = fixText.split(separator: "\n").filter { $0.first == " " }.map { $0.dropFirst(4) }
        return found.folding(
            Fold(
                "needs manifests",
                summary:
                    "COPYs of the sources stand above installs that need the manifests only: every change installs again.",
                remedy: code.joined(separator: "\n    ")))
    }

    private func needs(_ present: ManifestCopies, _ invocations: [Invocation]) -> String {
        guard let manager = (invocations.first { $0.input == .manifests } ?? invocations.first)?.manager
        else {
            return "nothing of it is read there"
        }
        if let recipe = invocations.lazy.compactMap(\.recipe).first {
            return "\(manager.name) needs \(recipe) only"
        }
        return present.isEmpty
            ? "\(manager.name) needs none of them" : "\(manager.name) needs \(present.names.listed(3)) only"
    }

    private func name(of idle: [StepFacts]) -> String {
        guard idle.allSatisfy({ !$0.installs.isEmpty }) else { return lineText(idle) }
        return "the install\(idle.count == 1 ? "" : "s") in \(lineText(idle))"
    }

    private func fixText(
        present: ManifestCopies, idle: [StepFacts], copy: ContextRead, in stage: StageFacts,
        reads: ContextReads
    ) -> String {
        guard !present.isEmpty else {
            let last = idle.last!
            if idle.contains(where: { $0.installs.contains { $0.recipe != nil } }) {
                return "Take this COPY away, or move it below line \(last.instruction.lines.upperBound)."
            }
            return canMoveDown(copy, below: last, leaving: idle, in: stage, reads: reads)
                ? "Move this \(copy.step.instruction.keyword.rawValue.uppercased()) below line \(last.instruction.lines.upperBound)\(newDestination(of: copy, below: last))."
                : "Move \(name(of: idle)) above line \(copy.step.line)."
        }
        let owner = newOwner(in: idle).map { "--chown=\($0) " } ?? ""
        let lines = present.lines + ["RUN …  (\(lineText(idle)))", "COPY \(owner)\(copy.source.path) …"]
        let hint = idle.flatMap(\.installs).lazy.compactMap(\.manager.manifestHint).first
        return
            "Copy what the install reads first, and the rest below it; where the install runs scripts of the project, "
            + "copy these too:\n    " + lines.joined(separator: "\n    ") + (hint.map { "\n\($0)" } ?? "")
    }

    /// No step in between reads what a COPY brings, or changes where it goes to; what these steps do may be needed by the
    /// last one.
    private func canMoveDown(
        _ copy: ContextRead, below last: StepFacts, leaving idle: [StepFacts], in stage: StageFacts,
        reads: ContextReads
    ) -> Bool {
        let paths = CopiedPaths([copy], in: reads.context)
        return stage.steps[(copy.step.index + 1)..<last.index].allSatisfy { step in
            if idle.contains(where: { $0.index == step.index }) { return true }
            switch step.instruction.body {
            case .run: return paths.areForeign(to: step, besides: contextReads(above: step, in: stage, reads))
            default: return true
            }
        }
    }

    /// What to write for a relative destination where the working directory is another one further down.
    private func newDestination(of copy: ContextRead, below last: StepFacts) -> String {
        guard let destination = copy.step.step.copy?.destination, destination.isCertain,
            copy.step.workdir.value != last.workdir.value
        else { return "" }
        return ", with the destination \(destination.text)"
    }

    /// All that the context has brought into a stage before a step, folders and files.
    private func contextReads(
        above step: StepFacts, in stage: StageFacts, _ reads: ContextReads
    ) -> [ContextRead] {
        reads.reads.filter { read in
            read.step.run == nil
                && (read.step.stage == stage.index && read.step.index < step.index
                    || stage.ancestors.contains(read.step.stage))
        }
    }

    /// Whom one of the steps gives everything to, which it cannot where the files come below it.
    private func newOwner(in installs: [StepFacts]) -> String? {
        for command in installs.flatMap(\.script.commands) where command.program == "chown" {
            guard command.arguments.contains(where: { ["-R", "--recursive"].contains($0.text) }) else {
                continue
            }
            return command.arguments.first { !$0.isOption && $0.isLiteral }?.text
        }
        return nil
    }

    /// A step names something that is copied above it and is no manifest.
    private func namesCopied(_ step: StepFacts, by copies: [ContextRead], reads: ContextReads) -> Bool {
        let names = ManifestNames(of: step.installs)
        return CopiedPaths(copies, in: reads.context).areNamed(by: step, except: names.have)
    }

    /// The manager has installed before in this stage; what is installed now is the project itself.
    private func repeats(_ step: StepFacts, in stage: StageFacts) -> Bool {
        let managers = Set(step.installs.filter { $0.input == .manifests }.map(\.manager.name))
        return stage.steps[..<step.index].contains { earlier in
            earlier.installs.contains { managers.contains($0.manager.name) && $0.input == .manifests }
        }
    }

    /// A requirement of the manifests is a path in the project, or the install runs scripts of it.
    private func readsProject(_ step: StepFacts, reads: ContextReads) -> Bool {
        let names = Set(step.installs.flatMap { $0.input == .manifests ? $0.manifests : [] })
        guard !names.isEmpty else { return false }
        let words = words(of: step.installs)
        let installs = step.installs.filter { $0.input == .manifests }
        let manifests = ManifestNames(of: installs)
        var packages = 0
        for entry in reads.context.listing.entries where entry.kind == .file {
            guard entry.path.components.count <= 3 || isNamed(entry.path, by: words),
                manifests.have(entry.path)
            else { continue }
            guard let bytes = reads.context.contents(of: entry.path) else { return true }
            if installs.contains(where: { install in
                install.recipe == nil && install.manager.asksForSources
                    && install.manager.manifests.first.map { entry.path.name.elementsEqual($0.utf8) } == true
            }) {
                packages += 1
                if packages > 1 { return true }
            }
            if LocalRequirement.isNamed(in: bytes, file: entry.path.description) {
                return true
            }
        }
        return false
    }

    /// More than manifests are copied: files that no manager's table names.
    private func isBroad(_ read: ContextRead, for step: StepFacts, reads: ContextReads) -> Bool {
        let files = reads.entries(of: read).filter { $0.kind == .file }
        guard !CopiedPaths([read], in: reads.context).holdSettings else { return false }
        let needed = Set(manifests(of: step, among: files, below: read.folders, reads: reads))
        let names = ManifestNames(of: step.installs)
        let others = files.filter { !names.have($0.path) && !needed.contains($0.path) }
        guard others.count >= options.integer("files") else { return false }
        // With manifests needed and none found here, they come from elsewhere, or the install is not understood.
        return !needed.isEmpty
            || step.installs.allSatisfy {
                $0.input != .manifests || comesFromStage($0.recipe, above: step, in: reads.build)
            }
    }

    /// Another stage has made a recipe, which a COPY above a step brings by its name.
    private func comesFromStage(_ recipe: String?, above step: StepFacts, in build: BuildFacts) -> Bool {
        guard let recipe else { return false }
        return build.stages[step.stage].steps[..<step.index].contains { earlier in
            guard let copy = earlier.step.copy, case .stage = copy.origin else { return false }
            return copy.sources.contains { $0.text == recipe || $0.text.hasSuffix("/" + recipe) }
        }
    }

    /// The manifests among the files: near the top of what is copied, or named by the command and by each other.
    private func manifests(
        of step: StepFacts, among files: [ContextEntry], below folders: [ContextPath], reads: ContextReads
    ) -> [ContextPath] {
        let installs = step.installs.filter { $0.input == .manifests }
        let words = words(of: installs)
        let named = files.map(\.path).filter { isNamed($0, by: words) }
        if !named.isEmpty {
            let known = Set(files.map(\.path))
            var requirements = Requirements(in: reads.context, reads.build.work)
            return requirements.files(from: named, where: known.contains)
        }
        let depth = folders.map(\.components.count).min() ?? 0
        let manifests = ManifestNames(of: installs)
        return files.map(\.path).filter { path in
            manifests.isInFolder(path) || path.components.count <= depth + 2 && manifests.have(path)
        }
    }

    private func words(of installs: [Invocation]) -> Set<String> {
        Set(installs.flatMap(\.command.words).map(\.text))
    }

    private func isNamed(_ path: ContextPath, by words: Set<String>) -> Bool {
        words.contains { $0.utf8.count > 2 && ("/" + path.description).hasSuffix("/" + $0) }
    }

    /// `pip install --upgrade pip`, `npm install -g npm@11`: over in a moment.
    private func upgradesTools(_ step: StepFacts) -> Bool {
        let tools: Set<String> = [
            "pip", "setuptools", "wheel", "npm", "corepack", "yarn", "pnpm", "build", "uv", "poetry",
        ]
        return step.installs.allSatisfy { install in
            let packages = install.command.words.dropFirst().map(\.text).filter { !$0.hasPrefix("-") }
                .dropFirst()
            return install.input == .nothing && !packages.isEmpty
                && packages.allSatisfy { package in
                    tools.contains(String(package.prefix { !"@=<>~!".contains($0) }))
                }
        }
    }
}
