import Diagnostics
import Facts
import Host
import JSON

/// The engine forgets its builds after two days.
///
/// Source: BuildKit's `solver/llbsolver/history.go` (NewHistoryQueue, gc): 48 hours and 50 records where nothing is set, and a
/// record goes only where it exceeds both; moby's `daemon/config/builder.go` (BuilderHistoryConfig), since Engine 24.0.
struct BuildHistoryShort: HostCheck {
    static let id: CheckID = "build-history-short"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    /// The first with a history of builds, and the first buildx that can read it.
    private static let first = (engine: ToolVersion(24, 0), buildx: ToolVersion(0, 20))

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        guard let engine = host.engine?.version.value, engine >= Self.first.engine,
            case .known(let plugin?) = host.buildx, let buildx = plugin.version.value,
            buildx >= Self.first.buildx, isDefault(host)
        else { return [] }
        return [
            finding(
                onHost: "engine",
                message: """
                    The engine forgets builds after 48 hours, except for the last 50: `clm-doctor timings` and `why` have \
                    nothing older to compare with.
                    """,
                fix: Fix(
                    """
                    Keep a month in daemon.json, and restart the engine; a build takes about 12 kB:
                        "builder": {"history": {"maxAge": "720h", "maxEntries": 50}}
                    """))
        ]
    }

    /// Whether daemon.json says nothing of it; false where that is not known.
    private func isDefault(_ host: HostSnapshot) -> Bool {
        if case .absent = host.daemonFile { return true }
        guard let root = host.daemonConfiguration.value?.root?.object else { return false }
        // Below the outermost object Go takes keys in any case.
        guard let builder = root["builder"]?.object else { return true }
        return !builder.members.contains { name, value in name.lowercased() == "history" && !value.isNull }
    }
}
