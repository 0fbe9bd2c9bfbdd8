import Diagnostics
import Facts
import Host
import JSON
import SourceText

/// A rule of the garbage collection has an age limit in a key that the engine does not know.
struct GcKeepdurationIgnored: HostCheck {
    static let id: CheckID = "gc-keepduration-ignored"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let configuration = facts.host.daemonConfiguration.value else { return [] }
        return configuration.policies.enumerated().compactMap { index, rule in
            guard let duration = rule["keepDuration"],
                let place = configuration.place(ofPolicyKey: "keepDuration", rule: index)
            else { return nil }
            let age = duration.string ?? "48h"
            return finding(
                at: place, in: configuration.source,
                message:
                    "`keepDuration` is no key of daemon.json: the rule has no age limit, and records are deleted "
                    + "although they are younger.",
                cost: "Caches that the next build needs are gone.",
                fix: Fix("Write the age as a filter:\n    \"filter\": [\"unused-for=\(age)\"]"),
                subject: "policy \(index)")
        }
    }
}
