import Diagnostics
import Dockerfile
import Facts
import Host

/// A cache mount was there in several builds, and nothing is in it.
struct MountEmpty: HostCheck {
    static let id: CheckID = "mount-empty"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        facts.declaredMounts.compactMap { declared in
            // A step that installs nothing known may have a reason to leave it empty.
            guard !declared.records.isEmpty, !declared.step.installs.isEmpty,
                declared.records.allSatisfy({
                    $0.record.size < options.integer("bytes") && !$0.record.isInUse
                })
            else { return nil }
            return finding(
                at: declared.mount.mount.range, in: declared.build.source, confidence: .likely,
                message:
                    "The mount at `\(declared.target)` holds \(Amount.bytes(declared.size)) on this host although the "
                    + "step that installs into it has run: the package manager writes elsewhere.",
                cost: "Every run of this step downloads everything again.",
                fix: Fix(
                    "See where the package manager keeps its cache (as the step's user), and mount that."))
        }
    }
}
