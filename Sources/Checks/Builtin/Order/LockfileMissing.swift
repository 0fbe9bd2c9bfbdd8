import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// An install by a manifest without its lock file: which versions it brings is decided when the step runs.
struct LockfileMissing: DockerfileCheck {
    static let id: CheckID = "lockfile-missing"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let installs = build.reachableStages.flatMap(\.steps).flatMap { step in
            step.invocations.filter { $0.locks != nil }.map { (step, $0) }
        }
        // A guess below the root may be wrong, and a workspace's lock file lies at the root.
        guard !installs.isEmpty, !build.build.statedBy.isEmpty || build.build.context == .directory("."),
            let reads = ContextReads(build)
        else { return [] }
        let unseen = FirstSteps(in: build, where: mayBringLock)
        let locks = installs.compactMap(\.1.locks)
        let files = CopiedFiles(named: Set(locks.map(\.manifest) + locks.flatMap(\.files)), in: reads)
        return installs.compactMap { step, install in
            guard let locks = install.locks, step.isBaseKnown, !install.command.isConditional,
                !install.isOffline, !isAskedForLock(install), !unseen.areReached(by: step),
                let manifest = files.found(locks.manifest, at: step)?.shallowest,
                locks.files.allSatisfy({ files.found($0, at: step) == nil })
            else { return nil }
            // One lock file serves all of them.
            return finding(install, locks, manifest, reads)
                .sharing(remedy: "\(build.path) \(reads.projectPath(manifest))")
        }
    }

    /// A flag about the lock file says that it is missed on purpose, or that the build ends without one.
    private func isAskedForLock(_ install: Invocation) -> Bool {
        install.command.hasUnseenArguments
            || install.command.words.contains {
                $0.text.holds("lock") || $0.text.holds("frozen") || $0.text.holds("immutable")
                    || !$0.isLiteral
            }
    }

    /// Which files there are is not known once this step has run.
    private func mayBringLock(_ step: StepFacts) -> Bool {
        if step.hasUnknownSources { return true }
        if let copy = step.step.copy {
            switch copy.origin {
            case .context: break
            // `COPY --from=ghcr.io/astral-sh/uv /uv /bin/`: a program.
            case .image: if copy.sources.contains(where: { !$0.isCertain }) { return true }
            default: return true
            }
        }
        if step.mounts.contains(where: { $0.mount.kind == .bind && $0.expanded.origin != .context }) {
            return true
        }
        return step.script.commands.contains { command in
            let words = command.words + command.redirections.map(\.target)
            return command.program == nil || command.program == "git"
                || words.contains { $0.text.holds("lock") || $0.text == "init" }
        }
    }

    private func finding(
        _ install: Invocation, _ locks: PackageManager.Locks, _ manifest: ContextPath, _ reads: ContextReads
    ) -> Finding {
        let folder = manifest.parent ?? .root
        var lock = locks.files[0]
        var remedy = "Commit \(lock) and copy it together with \(locks.manifest)."
        var isThere = false
        for name in locks.files where !isThere {
            let path = folder.appending(name.utf8)
            switch reads.context.status(of: path) {
            case .missing: continue
            case .readable: remedy = "Copy it together with \(locks.manifest)."
            case .leftOut(let pattern):
                remedy =
                    "Let the ignore file keep it (line \(pattern.line)), and copy it together with \(locks.manifest)."
            }
            isThere = true
            lock = reads.projectPath(path)
        }
        return finding(
            at: install.command.range, in: reads.build.source,
            message: "`\(install.title)` chooses the versions itself when this step runs: "
                + (isThere
                    ? "\(lock) is not copied."
                    : "there is no \(lock) beside \(reads.projectPath(manifest))."),
            cost:
                "A builder that has the step in its cache keeps the old ones, another gets new ones, and from here on "
                + "the two share no layer.",
            fix: Fix(remedy))
    }
}
