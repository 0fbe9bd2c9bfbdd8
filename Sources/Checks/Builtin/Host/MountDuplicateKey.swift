import Diagnostics
import Dockerfile
import Facts
import Host

/// A cache mount shares its directory with one at another path.
struct MountDuplicateKey: HostCheck {
    static let id: CheckID = "mount-duplicate-key"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        facts.declaredMounts.compactMap { declared in
            guard
                let other = declared.records.first(where: {
                    $0.identity == declared.identity && $0.target != declared.target
                })
            else { return nil }
            let command = other.command.prefix(80)
            return finding(
                at: declared.mount.mount.range, in: declared.build.source,
                message:
                    "The directory of this mount, `\(declared.identity)`, was made on this host for `\(other.target)` by "
                    + "another step: `\(command)`. Both find each other's files.",
                fix: Fix("Give the mounts ids of their own."))
        }
    }
}
