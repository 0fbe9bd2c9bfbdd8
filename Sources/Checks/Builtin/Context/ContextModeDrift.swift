import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Host

/// Files that the build copies with permission bits that a checkout elsewhere does not give them.
struct ContextModeDrift: DockerfileCheck {
    static let id: CheckID = "context-mode-drift"
    let options: CheckOptions

    private struct Drift {
        let path: ContextPath
        let mode: UInt16
        /// What git writes where the umask is 022: it keeps no more than the executable bit (gitformat-index(5)), and lets
        /// the umask take bits from 666 or 777.
        let ofGit: UInt16
        let read: ContextRead

        var isExecutableBit: Bool { mode & 0o100 != ofGit & 0o100 }
    }

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var drifts: [Drift] = []
        var seen: Set<ContextPath> = []
        for read in reads.reads {
            let files = reads.files(of: read)
            for (file, isExecutable) in zip(files, build.context.areExecutableInGit(files.map(\.path))) {
                guard let isExecutable else { continue }
                let ofGit: UInt16 = isExecutable ? 0o755 : 0o644
                guard file.mode != ofGit, seen.insert(file.path).inserted else { continue }
                drifts.append(Drift(path: file.path, mode: file.mode, ofGit: ofGit, read: read))
            }
        }
        return [true, false].compactMap { isExecutableBit in
            finding(of: drifts.filter { $0.isExecutableBit == isExecutableBit }, reads)
        }
    }

    private func finding(of drifts: [Drift], _ reads: ContextReads) -> Finding? {
        guard let first = drifts.first else { return nil }
        let others = drifts.count - 1
        let also = others > 0 ? ", and \(Amount.files(others)) more that the build takes differ so" : ""
        let other = first.isExecutableBit ? "git's index has" : "git writes it with umask 022 as"
        return finding(
            at: first.read.step.instruction, in: reads.build,
            message:
                "\(reads.projectPath(first.path)) has mode \(text(first.mode)) in this checkout, and \(other) "
                + "\(text(first.ofGit))\(also).",
            cost:
                "Permission bits are part of the cache key, with --chmod too: from this step on the build shares no "
                + "layer with one from a checkout that has the other mode.",
            fix: Fix(first.isExecutableBit ? bitText(first) : umaskText(reads))
        ).naming(first.isExecutableBit ? drifts.map { reads.projectPath($0.path) } : []).sharing(
            remedy: "\(first.isExecutableBit)")
    }

    private func bitText(_ drift: Drift) -> String {
        let sign = drift.ofGit & 0o100 == 0 ? "+" : "-"
        return "Make both alike, with `chmod` here or `git update-index --chmod=\(sign)x` there, and let git "
            + "see the bit: git config core.fileMode true"
    }

    private func umaskText(_ reads: ContextReads) -> String {
        let folder = reads.projectPath(.root)
        return "Check out where the umask is 022, or give the files what they would have there: "
            + "chmod -R u=rwX,go=rX \(folder.isEmpty ? "." : shellText([folder]))"
    }

    private func text(_ mode: UInt16) -> String { String(mode, radix: 8) }
}
