import Diagnostics
import Facts
import Host
import Project

/// Listing past builds can stop the engine or a builder (`PastBuilds`).
struct HistoryStopsEngine: HostCheck {
    static let id: CheckID = "history-stops-engine"
    static let questions: Set<HostQuestion> = [.builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        guard case .known(let plugin?) = host.buildx, let buildx = plugin.version.value,
            PastBuilds.canHarm(buildx: buildx)
        else { return [] }
        var findings: [Finding] = []
        if let version = host.engine?.version.value, PastBuilds.canStop(engine: version) {
            findings.append(
                finding(
                    onHost: "engine",
                    message: """
                        `docker buildx history ls` can stop Docker Engine \(version): listing past builds crashes Engine \
                        28.0 to 29.3 after a build that was read has been deleted.
                        """,
                    fix: Fix("Upgrade to Docker Engine 29.4 or later. \(Self.untilThen)")))
        }
        for builder in host.builders.value ?? [] where builder.driver != "docker" {
            guard
                let version = builder.nodes.lazy.compactMap(\.version.value)
                    .first(where: PastBuilds.canStop(buildKit:))
            else { continue }
            findings.append(
                finding(
                    onHost: "builder \(builder.name)",
                    message: """
                        `docker buildx history ls` can stop builder \(builder.name) and the builds in it: listing past \
                        builds crashes BuildKit 0.20 to 0.28 after a build that was read has been deleted. It has \(version).
                        """,
                    fix: Fix("Use BuildKit 0.29 or later. \(Self.untilThen)")))
        }
        return findings
    }

    private static let untilThen = """
        Until then do not run `docker buildx history ls`, nor `inspect`, `logs`, `export` or `trace` without a build's id.
        """
}
