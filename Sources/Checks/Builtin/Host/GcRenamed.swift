import Diagnostics
import Facts
import Host
import JSON
import SourceText

/// daemon.json sets the size of the build cache by keys of another release of the engine.
struct GcRenamed: HostCheck {
    static let id: CheckID = "gc-renamed"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    private static let newDefaults = ["defaultReservedSpace", "defaultMaxUsedSpace", "defaultMinFreeSpace"]
    private static let newRuleKeys = ["reservedSpace", "maxUsedSpace", "minFreeSpace"]

    func findings(in facts: HostFacts) -> [Finding] {
        guard let version = facts.host.engine?.version.value,
            let configuration = facts.host.daemonConfiguration.value,
            let collection = configuration.collection
        else { return [] }
        var findings: [Finding] = []
        func add(
            _ place: Range<Int>?, _ severity: Severity, _ message: String, _ fix: String, _ subject: String
        ) {
            guard let place else { return }
            findings.append(
                finding(
                    at: place, in: configuration.source, severity: severity, message: message, fix: Fix(fix),
                    subject: subject))
        }
        if version >= ToolVersion(28, 0) {
            if collection["defaultKeepStorage"] != nil {
                add(
                    configuration.place(of: "builder", "gc", "defaultKeepStorage"), .info,
                    "`defaultKeepStorage` is what Engine 28 and later call `defaultReservedSpace`: the space that is "
                        + "never cleaned.",
                    "Write defaultReservedSpace, or defaultMaxUsedSpace for an upper limit.",
                    "defaultKeepStorage")
            }
            for (index, rule) in configuration.policies.enumerated() where rule["keepStorage"] != nil {
                add(
                    configuration.place(ofPolicyKey: "keepStorage", rule: index), .info,
                    "`keepStorage` is what Engine 28 and later call `reservedSpace`: the space that is never cleaned.",
                    "Write reservedSpace, or maxUsedSpace for an upper limit.", "policy \(index)")
            }
            return findings
        }
        for key in Self.newDefaults where collection[key] != nil {
            add(
                configuration.place(of: "builder", "gc", key), .warning,
                "Engine \(version) does not know `\(key)` and ignores it; it came with 28.0.",
                "Write defaultKeepStorage, which every release takes.", key)
        }
        for (index, rule) in configuration.policies.enumerated() where rule["keepStorage"] == nil {
            guard let key = Self.newRuleKeys.first(where: { rule[$0] != nil }) else { continue }
            add(
                configuration.place(ofPolicyKey: key, rule: index), .error,
                "Engine \(version) does not start with this rule: it knows no `\(key)`, which came with 28.0, and asks "
                    + "for `keepStorage`.",
                "Write keepStorage, which every release takes.", "policy \(index)")
        }
        return findings
    }
}
