import Diagnostics
import Facts
import Host
import JSON
import SourceText

/// A rule of the garbage collection has a filter that the engine cannot use.
struct GcFilterAnd: HostCheck {
    static let id: CheckID = "gc-filter-and"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let configuration = facts.host.daemonConfiguration.value,
            configuration.collection?["enabled"]?.bool != false
        else { return [] }
        return configuration.policies.enumerated().compactMap { index, rule in
            let filters = (rule["filter"]?.array ?? []).compactMap(\.string)
            guard let place = configuration.place(ofPolicyKey: "filter", rule: index) else { return nil }
            let message: String
            if let both = filters.first(where: { $0.contains(",") && $0.split(separator: "=").count > 2 }) {
                message =
                    "`\(both)` is read as one value: the garbage collection fails with a parse error each time, and "
                    + "nothing is ever deleted."
            } else if let twice = keys(of: filters).first(where: { key in
                keys(of: filters).count { $0 == key } > 1
            }) {
                message = "The engine does not start with two filters for `\(twice)` in one rule."
            } else {
                return nil
            }
            return finding(
                at: place, in: configuration.source, message: message,
                fix: Fix(
                    """
                    Write a rule for each value:
                        {"filter": ["type=source.local"], …}, {"filter": ["type=exec.cachemount"], …}
                    """),
                subject: "policy \(index)")
        }
    }

    private func keys(of filters: [String]) -> [String] {
        filters.map { filter in String(filter.prefix { $0 != "=" && $0 != "!" }) }
    }
}
