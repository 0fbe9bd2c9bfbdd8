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
            var installs: [StepFacts] = []
            // The install's own inputs may have come by an earlier COPY; then this one need not stand above it.
            for step in stage.steps[(first.step.index + 1)...] where step.run != nil {
                guard OnlyInstalls(step).isTrue, !repeats(step, in: stage) else {
                    if step.weight != .light { break }
                    continue
                }
                let before = copies.filter { $0.step.index < step.index }
                guard !upgradesTools(step),
                    let copy = broad ?? before.first(where: { isBroad($0, for: step, reads: reads) })
                else { continue }
                guard !readsProject(step, reads: reads) else { break }
                broad = copy
                installs.append(step)
            }
            return broad.map { finding(copy: $0, installs: installs, reads: reads) }
        }
    }

    private func finding(copy: ContextRead, installs: [StepFacts], reads: ContextReads) -> Finding {
        let files = reads.entries(of: copy).filter { $0.kind == .file }
        let invocations = installs.flatMap(\.installs)
        let manager = (invocations.first { $0.input == .manifests } ?? invocations[0]).manager
        var present: [String] = []
        for install in installs {
            present += manifests(of: install, among: files, below: copy.folders, reads: reads)
                .filter { !present.contains($0) }
        }
        let needs =
            present.isEmpty
            ? "\(manager.name) needs none of them" : "\(manager.name) needs \(present.listed(3)) only"
        let folder = copy.takesAll ? "everything in \(reads.contextName)" : copy.source.path
        return finding(
            at: copy.step.instruction, in: reads.build,
            message:
                "Every change to any of \(Amount.files(files.count)) runs \(name(of: installs)) again: "
                + "\(folder) is copied above, and \(needs).",
            cost: "Dependencies are fetched and unpacked anew with each edit of the code.",
            fix: Fix(fixText(present: present, installs: installs, copy: copy))
        ).naming(installs.map(\.instruction.text))
    }

    private func name(of installs: [StepFacts]) -> String {
        "the install\(installs.count == 1 ? "" : "s") in \(lineText(installs))"
    }

    private func fixText(present: [String], installs: [StepFacts], copy: ContextRead) -> String {
        guard !present.isEmpty else {
            return "Move \(name(of: installs)) above line \(copy.step.line)."
        }
        return
            "Copy what the install reads first, and the rest below it; where the install runs scripts of the project, "
            + "copy these too:\n    COPY \(present.prefix(4).joined(separator: " ")) \(target(of: present, copy))\n"
            + "    RUN …  (\(lineText(installs)))\n    COPY \(copy.source.path) …"
    }

    /// The folder that the COPY puts the manifests into; `…` where they do not all go into one.
    private func target(of manifests: [String], _ copy: ContextRead) -> String {
        guard let destination = copy.step.step.copy?.destination, destination.isCertain,
            manifests.allSatisfy({ copy.folders == [ContextPath($0).parent ?? .root] })
        else { return "…" }
        return destination.text.hasSuffix("/") ? destination.text : destination.text + "/"
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
        let names = Set(step.installs.flatMap { $0.input == .manifests ? $0.manager.manifests : [] })
        guard !names.isEmpty else { return false }
        let words = words(of: step.installs)
        for entry in reads.context.listing.entries where entry.kind == .file {
            guard entry.path.components.count <= 3 || isNamed(entry.path, by: words),
                isManifest(entry.path, of: names)
            else { continue }
            guard let bytes = reads.context.contents(of: entry.path) else { return true }
            if LocalRequirement.isNamed(in: bytes, file: String(decoding: entry.path.name, as: UTF8.self)) {
                return true
            }
        }
        return false
    }

    /// More than manifests are copied: files that no manager's table names.
    private func isBroad(_ read: ContextRead, for step: StepFacts, reads: ContextReads) -> Bool {
        let files = reads.entries(of: read).filter { $0.kind == .file }
        let names = Set(step.installs.flatMap(\.manager.manifests))
        let needed = manifests(of: step, among: files, below: read.folders, reads: reads)
        let others = files.filter { !isManifest($0.path, of: names) && !needed.contains($0.path.description) }
        guard others.count >= options.integer("files") else { return false }
        // With manifests needed and none found here, they come from elsewhere, or the install is not understood.
        return !needed.isEmpty || !step.installs.contains { $0.input == .manifests }
    }

    /// The manifests among the files: near the top of what is copied, or named by the command and by each other.
    private func manifests(
        of step: StepFacts, among files: [ContextEntry], below folders: [ContextPath], reads: ContextReads
    ) -> [String] {
        let installs = step.installs.filter { $0.input == .manifests }
        let names = Set(installs.flatMap(\.manager.manifests))
        let words = words(of: installs)
        let named = files.map(\.path).filter { isNamed($0, by: words) }
        if !named.isEmpty {
            let known = Set(files.map(\.path))
            var requirements = Requirements(in: reads.context, reads.build.work)
            return requirements.files(from: named, where: known.contains).map(\.description)
        }
        let depth = folders.map(\.components.count).min() ?? 0
        return files.map(\.path).filter { $0.components.count <= depth + 2 && isManifest($0, of: names) }
            .map(\.description)
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

    private func isManifest(_ path: ContextPath, of patterns: Set<String>) -> Bool {
        let name = ContextPath(bytes: Array(path.name))
        // `requirements/base.txt`, which the others include.
        if path.parent?.name.elementsEqual("requirements".utf8) == true, name.description.hasSuffix(".txt"),
            patterns.contains(where: { $0.hasPrefix("requirements") })
        {
            return true
        }
        return patterns.contains { pattern in
            if pattern.utf8.contains(UInt8(ascii: "/")) {
                return path.description == pattern || path.description.hasSuffix("/" + pattern)
            }
            guard pattern.utf8.contains(where: { "*?[".utf8.contains($0) }) else {
                return name.description == pattern
            }
            return (try? PathPatterns([pattern]))?.decide(name).isMatch ?? false
        }
    }
}
