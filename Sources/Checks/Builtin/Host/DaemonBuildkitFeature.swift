import Diagnostics
import Facts
import Host
import JSON
import SourceText

/// `features.buildkit` in daemon.json does something else than it seems to.
struct DaemonBuildkitFeature: HostCheck {
    static let id: CheckID = "daemon-buildkit-feature"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let client = facts.host.clientVersion.value, facts.host.engine?.system == "linux",
            let configuration = facts.host.daemonConfiguration.value,
            let value = configuration.root?["features"]?["buildkit"]?.bool,
            let place = configuration.place(of: "features", "buildkit")
        else { return [] }
        if client >= ToolVersion(23, 0) {
            return [
                finding(
                    at: place, in: configuration.source,
                    message: value
                        ? "`features.buildkit` has no effect: docker CLI \(client) uses BuildKit by itself."
                        : "`features.buildkit` has no effect: docker CLI \(client) uses BuildKit all the same.",
                    fix: Fix("Take it out."))
            ]
        }
        guard !value, facts.host.environment["DOCKER_BUILDKIT"] == nil, facts.host.hasBuilderAlias.isFalse
        else {
            return []
        }
        return [
            finding(
                at: place, in: configuration.source, severity: .warning,
                message:
                    "`docker build` uses the old builder: this switches BuildKit off for docker CLI \(client).",
                cost: "No cache mounts, and every stage is built, one after the other.",
                fix: Fix("Write true, and restart the engine."))
        ]
    }
}
