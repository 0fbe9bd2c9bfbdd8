import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// One install for the project and all that it depends on: each edit of the code brings the dependencies in again.
struct ProjectInstallMixed: DockerfileCheck {
    static let id: CheckID = "project-install-mixed"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        let readsOfStages = Dictionary(grouping: reads.folderReads, by: \.step.stage)
        var ends: [Int: Installed] = [:]
        return build.reachableStages.flatMap { stage -> [Finding] in
            var installed = stage.ancestors.first.flatMap { ends[$0] } ?? Installed()
            var code = Code(readsOfStages[stage.index] ?? [])
            var found: [Finding] = []
            for step in stage.steps {
                code.advance(to: step)
                for invocation in step.invocations {
                    // Its dependencies were brought in before.
                    if isMixed(invocation), !installed.fills(invocation.manager),
                        let read = code.last(where: { holdsCode($0, reads) })
                    {
                        found.append(
                            finding(invocation, step, read, reads, in: build)
                                .sharing(remedy: "\(build.path) \(stage.index)"))
                    }
                    installed.add(invocation)
                }
                installed.endStep()
            }
            ends[stage.index] = installed
            return found
        }
    }

    /// The folders that installs have filled so far; nil stands for those of managers that fill none.
    private struct Installed {
        private var folders: Set<String?> = []
        /// What a step builds counts only for those below it.
        private var built: Set<String?> = []

        func fills(_ manager: PackageManager) -> Bool { folders.contains(manager.outputFolder) }

        mutating func add(_ invocation: Invocation) {
            guard !invocation.isBootstrap, !invocation.manager.isForSystem else { return }
            switch invocation.action {
            case .install, .fetch: folders.insert(invocation.manager.outputFolder)
            case .build: built.insert(invocation.manager.outputFolder)
            case .update, .clean, .configure, .other: break
            }
        }

        mutating func endStep() { folders.formUnion(built) }
    }

    /// What brings code to a step: its own mounts, else the last COPY above it.
    private struct Code {
        private var reads: ArraySlice<ContextRead>
        private var mounts: [ContextRead] = []
        /// COPYs that have not been looked at, and the last one below which there is none other.
        private var copies: [ContextRead] = []
        private var lastCopy: ContextRead?

        /// - Parameter reads: those of one stage, in order.
        init(_ reads: [ContextRead]) { self.reads = reads[...] }

        /// - Parameter step: one behind the last.
        mutating func advance(to step: StepFacts) {
            mounts = []
            while let read = reads.first, read.step.index <= step.index {
                reads.removeFirst()
                if read.step.run == nil { copies.append(read) } else { mounts.append(read) }
            }
        }

        mutating func last(where holdsCode: (ContextRead) -> Bool) -> ContextRead? {
            while let mount = mounts.last {
                if holdsCode(mount) { return mount }
                mounts.removeLast()
            }
            while let copy = copies.popLast() {
                guard holdsCode(copy) else { continue }
                lastCopy = copy
                copies = []
            }
            return lastCopy
        }
    }

    private func isMixed(_ invocation: Invocation) -> Bool {
        invocation.action == .install && invocation.input == .sources && !invocation.command.isConditional
            && !invocation.isOffline && !invocation.command.words.contains { $0.text == "--no-deps" }
    }

    private func holdsCode(_ read: ContextRead, _ reads: ContextReads) -> Bool {
        reads.entries(of: read).count { $0.kind == .file } >= 5
    }

    private func finding(
        _ invocation: Invocation, _ step: StepFacts, _ read: ContextRead, _ reads: ContextReads,
        in build: BuildFacts
    ) -> Finding {
        let files = reads.entries(of: read).count { $0.kind == .file }
        return finding(
            at: invocation.command.words[0].range, in: build.source,
            message:
                "`\(invocation.title)` brings in the project and its dependencies at once, so that a change to any of "
                + "\(Amount.files(files)) of line \(read.step.line) installs all dependencies again.",
            cost: "With a cache mount that is unpacking, without one downloading too.",
            fix: Fix(fixText(invocation, reads)))
    }

    private func fixText(_ invocation: Invocation, _ reads: ContextReads) -> String {
        let names = reads.context.listing.entries.filter { $0.path.components.count <= 2 }.map {
            String(decoding: $0.path.name, as: UTF8.self)
        }
        let hasRequirements = names.contains { name in
            (name.hasPrefix("requirements") || name.hasPrefix("constraints")) && name.hasSuffix(".txt")
        }
        guard invocation.title.hasPrefix("pip"), !hasRequirements, names.contains("pyproject.toml") else {
            return
                "Install the dependencies first, from \(invocation.manager.manifests.prefix(2).joined(separator: " or ")) alone, "
                + "and the project without them below the COPY of the code."
        }
        // packaging.python.org, "Writing your pyproject.toml": the key of [project] that lists what is needed.
        return """
            Install the dependencies first, from pyproject.toml alone, and the project with --no-deps below the COPY of the code:
                COPY pyproject.toml ./
                RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml','rb'))['project']['dependencies'], sep='\\n')" > /tmp/deps.txt \\
                    && pip install -r /tmp/deps.txt
            """
    }
}
