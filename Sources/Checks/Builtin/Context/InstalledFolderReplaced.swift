import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// What an install has put into the project's folder is replaced by what the host has there.
/// Source: Dockerfile reference, COPY (files of the same name are replaced, the others of a folder stay).
struct InstalledFolderReplaced: DockerfileCheck {
    static let id: CheckID = "installed-folder-replaced"
    let options: CheckOptions

    /// A folder that an install has filled, in the image.
    private struct Installed {
        let step: StepFacts
        let invocation: Invocation
        let path: String
    }

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        let readsOfStages = Dictionary(
            grouping: reads.folderReads.filter { $0.step.run == nil }, by: \.step.stage)
        guard !readsOfStages.isEmpty else { return [] }
        var told: Set<String> = []
        return build.reachableStages.flatMap { stage -> [Finding] in
            guard let copies = readsOfStages[stage.index] else { return [] }
            let inherited = stage.ancestors.flatMap { installs(in: build.stages[$0]) }
            let own = installs(in: stage)
            return copies.compactMap { copy -> Finding? in
                for installed in inherited + own.filter({ $0.step.index < copy.step.index }) {
                    guard build.work.spend(), let path = contextPath(of: installed.path, in: copy),
                        told.insert("\(copy.step.line) \(path)").inserted,
                        let finding = finding(copy, installed, path, reads)
                    else { continue }
                    return finding
                }
                return nil
            }
        }
    }

    private func installs(in stage: StageFacts) -> [Installed] {
        stage.steps.flatMap { step in
            step.installs.compactMap { invocation -> Installed? in
                guard invocation.action == .install, invocation.input != .nothing,
                    let name = invocation.manager.outputFolder,
                    let folder = step.workdir(of: invocation.command).value
                else { return nil }
                return Installed(step: step, invocation: invocation, path: PathText.clean(name, in: folder))
            }
        }
    }

    private func contextPath(of path: String, in copy: ContextRead) -> ContextPath? {
        guard copy.folders.count == 1, copy.source.excludes.isEmpty, !copy.source.parents,
            let destination = copy.step.step.copy?.destination, destination.isCertain
        else { return nil }
        let base = PathText.clean(destination.text)
        guard path != base, PathText.isPath(path, inOrAt: base) else { return nil }
        let rest = path.utf8.dropFirst(base == "/" ? 1 : base.utf8.count + 1)
        let folder = copy.folders[0]
        return folder.isRoot ? ContextPath(bytes: Array(rest)) : folder.appending(rest)
    }

    private func finding(
        _ copy: ContextRead, _ installed: Installed, _ path: ContextPath, _ reads: ContextReads
    ) -> Finding? {
        let isThere: Bool
        switch reads.context.status(of: path) {
        case .leftOut: return nil
        case .readable(let entry):
            guard entry.kind == .directory else { return nil }
            isThere = true
        case .missing:
            // Without an ignore file, dockerignore-missing tells.
            guard let file = reads.context.ignoreFile, !file.compiled.decide(path).isMatch else { return nil }
            isThere = false
        }
        let name = reads.projectPath(path)
        let pattern = "**/" + String(decoding: path.name, as: UTF8.self)
        let place = "`\(installed.invocation.title)` (line \(installed.step.line))"
        return finding(
            at: copy.step.instruction, in: reads.build, severity: isThere ? nil : .info,
            message: isThere
                ? "\(name) of this machine replaces what \(place) has installed."
                : "\(name) is not left out: once it is there, this replaces what \(place) has installed.",
            cost:
                "The image gets packages of another system or version, or the manager installs all of them again.",
            // dockerignore-churn has the edit where the folder is there.
            fix: Fix("Leave it out in \(reads.context.ignoreFile?.path ?? ".dockerignore"):\n    \(pattern)"))
    }
}
