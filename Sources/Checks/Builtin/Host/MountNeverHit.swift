import Diagnostics
import Dockerfile
import Facts
import Host

/// A cache mount's id changes from build to build, so that each build begins with an empty one.
struct MountNeverHit: HostCheck {
    static let id: CheckID = "mount-never-hit"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let recorded = facts.recordedMounts
        return facts.declaredMounts.compactMap { declared in
            guard let id = declared.mount.mount.option("id")?.value, id.utf8.contains(UInt8(ascii: "$"))
            else {
                return nil
            }
            // What stands before the variable is common to all of its ids.
            let start = "/" + id.prefix { $0 != "$" }
            let others = recorded.filter { other in
                other.target == declared.target && other.identity?.hasPrefix(start) == true
            }
            let count = Set(others.map(\.identity)).count
            guard count >= options.integer("directories") else { return nil }
            let size = others.clampedSum(\.record.size)
            return finding(
                at: declared.mount.mount.range, in: declared.build.source,
                message: "The id `\(id)` has made \(count) directories for `\(declared.target)` on this host "
                    + "(\(Amount.bytes(size))): a build with a new value begins with an empty one.",
                cost: "Every build with a new value downloads everything again.",
                fix: Fix("Take the variable out of the id, unless what is in the mount depends on it."))
        }
    }
}
