import Diagnostics
import Facts
import Host
import JSON

/// Nothing ever takes old records out of the engine's build cache.
struct GcDisabled: HostCheck {
    static let id: CheckID = "gc-disabled"
    static let questions: Set<HostQuestion> = [.usage, .builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        guard let rules = host.engineCollection.value, rules.isEmpty else { return [] }
        let size = host.engineCache.value.map { $0.reclaimableSize }
        let isLarge = size.map { $0 >= options.integer("gigabytes") * 1_000_000_000 } ?? false
        let isSwitchedOff = host.daemonConfiguration.value?.collection?["enabled"]?.bool == false
        let known = size.map { "; it holds \(Amount.bytes($0)) now" } ?? ""
        return [
            finding(
                onHost: "engine", severity: isLarge ? nil : .info,
                message: "Garbage collection of the engine's build cache is off"
                    + (isSwitchedOff ? " by daemon.json" : "") + ": the cache only grows\(known).",
                cost: "Once the disk is full, builds fail, and pruning by hand takes what is useful too.",
                fix: Fix(
                    """
                    Switch it on in daemon.json, with a size that this repository's builds fit in, and restart the engine:
                        "builder": {"gc": {"enabled": true, "\(sizeKey(for: host))": "50GB"}}
                    """))
        ]
    }

    private func sizeKey(for host: HostSnapshot) -> String {
        (host.engine?.version.value).map { $0 >= ToolVersion(28, 0) } == true
            ? "defaultMaxUsedSpace" : "defaultKeepStorage"
    }
}
