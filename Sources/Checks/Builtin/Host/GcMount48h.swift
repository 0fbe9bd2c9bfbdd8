import Diagnostics
import Facts
import Host

/// Cache mounts that nobody used for two days are deleted, and there are more of them than the rule lets be.
struct GcMount48h: HostCheck {
    static let id: CheckID = "gc-mount-48h"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let records = facts.host.engineCache.value else { return [] }
        let size = records.filter { $0.type == "exec.cachemount" }.reclaimableSize
        // Up to Engine 29.5 the default rule's types are joined by commas, so that it matches nothing.
        let rule = (facts.host.engineCollection.value ?? []).first { rule in
            rule.filters.contains("type==exec.cachemount") && rule.keepDuration > 0
        }
        guard let rule, case let limit = max(rule.maxUsedSpace, rule.reservedSpace), size > limit else {
            return []
        }
        let hours = rule.keepDuration / 3600
        return [
            finding(
                onHost: "engine",
                message:
                    "Cache mounts hold \(Amount.bytes(size)), and the garbage collection deletes those that nobody used "
                    + "for \(hours) hours until \(Amount.bytes(limit)) are left.",
                cost: "After a weekend the first build downloads and compiles everything again.",
                fix: Fix(
                    """
                    Write a policy into daemon.json that keeps them longer:
                        "builder": {"gc": {"enabled": true, "policy": [
                            {"filter": ["unused-for=336h"], "reservedSpace": "10GB"},
                            {"all": true, "reservedSpace": "20GB"}]}}
                    """))
        ]
    }
}
