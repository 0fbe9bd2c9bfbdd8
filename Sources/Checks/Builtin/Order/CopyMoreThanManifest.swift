import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// Requirements files are copied above an install by pip that does not read them.
struct CopyMoreThanManifest: DockerfileCheck {
    static let id: CheckID = "copy-more-than-manifest"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var told: Set<Int> = []
        return build.reachableStages.flatMap(\.steps).flatMap { step -> [Finding] in
            guard step.weight == .heavy, OnlyInstalls(step).isTrue,
                step.installs.allSatisfy({ $0.manager.name == "pip" || $0.manager.isForSystem }),
                let install = step.installs.first(where: { $0.input == .manifests && !$0.manager.isForSystem }
                )
            else { return [] }
            let above = reads.reads.filter { $0.step.stage == step.stage && $0.step.index < step.index }
            let files = above.filter { $0.step.run == nil }.map { ($0, reads.files(of: $0)) }
            let read = requirements(of: step, among: files.flatMap(\.1), in: reads.context)
            return files.compactMap { copy, files in
                guard !told.contains(copy.step.line) else { return nil }
                let paths = files.map(\.path)
                let needed = paths.filter(read.contains)
                guard paths.allSatisfy(isText), !needed.isEmpty else { return nil }
                let idle = paths.filter { !read.contains($0) && !isNamed($0, in: build) }
                guard !idle.isEmpty else { return nil }
                told.insert(copy.step.line)
                return finding(idle, needed, install, step, copy, reads)
            }
        }
    }

    /// The files that the step's commands name, and those that these name.
    private func requirements(
        of step: StepFacts, among files: [ContextEntry], in context: BuildContext
    ) -> Set<ContextPath> {
        let commands = step.installs.filter { !$0.manager.isForSystem }.map(\.command)
        let words = commands.flatMap(\.words)
        guard words.allSatisfy(\.isLiteral), !commands.contains(where: \.hasUnseenArguments) else {
            return Set(files.map(\.path))
        }
        let names = Set(words.compactMap { $0.text.split(separator: "/").last.map { Array($0.utf8) } })
        let named = files.map(\.path).filter { names.contains(Array($0.name)) }
        return Set(Requirements.files(from: named, among: files, in: context))
    }

    private func isText(_ path: ContextPath) -> Bool {
        [".txt", ".in"].contains { path.name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }

    /// Another step of any stage, or a variable, tells of the file.
    private func isNamed(_ path: ContextPath, in build: BuildFacts) -> Bool {
        let name = String(decoding: path.name, as: UTF8.self)
        return build.stages.flatMap(\.steps).contains { step in
            if case .copy = step.instruction.body { return false }
            return step.instruction.text.contains(name)
                || step.instruction.heredocs.contains { $0.content.contains(name) }
        }
    }

    private func finding(
        _ idle: [ContextPath], _ needed: [ContextPath], _ install: Invocation, _ step: StepFacts,
        _ copy: ContextRead, _ reads: ContextReads
    ) -> Finding {
        finding(
            at: copy.step.instruction, in: reads.build,
            message:
                "A change to \(idle.map(reads.projectPath).listed(3)) runs `\(install.title)` in line \(step.line) again: "
                + "it reads \(needed.map(reads.projectPath).listed(3)), and not \(idle.count > 1 ? "these" : "this").",
            cost: "Packages are unpacked anew, and without a cache mount downloaded too.",
            fix: Fix("Copy what the install reads, by name.")
        ).naming(idle.map(\.description))
    }
}
