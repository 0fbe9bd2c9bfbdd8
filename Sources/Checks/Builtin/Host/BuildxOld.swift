import Diagnostics
import Facts
import Host
import Project

/// The buildx plugin is too old for something that helps with slow builds.
struct BuildxOld: HostCheck {
    static let id: CheckID = "buildx-old"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    /// What a release brought (buildx's release notes).
    private static let features: [(since: ToolVersion, what: String)] = [
        (ToolVersion(0, 15), "check a Dockerfile without building it (`docker build --check`)"),
        (ToolVersion(0, 18), "prune the cache to a size (`docker buildx prune --max-used-space`)"),
        (ToolVersion(0, 20), "show which steps of earlier builds took how long (`docker buildx history`)"),
    ]
    /// GitHub switched the older service off in April 2025.
    private static let newCacheService = ToolVersion(0, 21)

    func findings(in facts: HostFacts) -> [Finding] {
        guard case .known(let plugin?) = facts.host.buildx, let version = plugin.version.value else {
            return []
        }
        var missing = Self.features.filter { version < $0.since }.map(\.what)
        let builds = facts.project.project.builds
        if version < Self.newCacheService,
            builds.contains(where: { ($0.cacheFrom + $0.cacheTo).contains { $0.contains("type=gha") } })
        {
            missing.append("use GitHub's cache service (`type=gha`)")
        }
        guard !missing.isEmpty else { return [] }
        return [
            finding(
                onHost: "buildx",
                message: "buildx \(version) cannot \(missing.joined(separator: ", ")).",
                fix: Fix("Install a newer docker-buildx-plugin."))
        ]
    }
}
