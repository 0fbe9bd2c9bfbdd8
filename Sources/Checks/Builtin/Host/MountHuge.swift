import Diagnostics
import Dockerfile
import Facts
import Host

/// A cache mount has grown large.
struct MountHuge: HostCheck {
    static let id: CheckID = "mount-huge"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        facts.declaredMounts.compactMap { declared in
            guard declared.size > options.integer("gigabytes") * 1_000_000_000 else { return nil }
            let commands = declared.records.map { "    " + facts.host.pruneCommand(for: $0.record) }
            return finding(
                at: declared.mount.mount.range, in: declared.build.source,
                message:
                    "The mount at `\(declared.target)` holds \(Amount.bytes(declared.size)) on this host: what is in it is "
                    + "never cleaned by the package manager itself.",
                fix: Fix(
                    "Empty it once; the next build of this step downloads all again:\n"
                        + commands.joined(separator: "\n")))
        }
    }
}
