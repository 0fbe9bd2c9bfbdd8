import Diagnostics

/// Whether a builder can be asked for its past builds without harm.
///
/// From BuildKit 0.20.0 to 0.28.1 a listing with a limit or filter, as buildx 0.23 and later ask for it, can meet a
/// record that was deleted after somebody had read it, and ends in a nil pointer: `filterHistoryEvents` in BuildKit's
/// `solver/llbsolver/history.go`, mended by its commit 9239fc407. The docker driver's BuildKit is the engine itself:
/// Docker Engine 28.0.0 (BuildKit 0.20.0) to 29.3.1 (0.28.1); 29.4.0 has 0.29.0. Seen on Engine 28.5.2.
package enum PastBuilds {
    private static let engines = ToolVersion(28, 0)..<ToolVersion(29, 4)
    private static let buildKits = ToolVersion(0, 20)..<ToolVersion(0, 29)
    /// The first buildx whose listing has a limit.
    private static let clients = ToolVersion(0, 23)

    /// Whether listing its past builds can stop an engine.
    package static func canStop(engine: ToolVersion) -> Bool { engines.contains(engine) }

    /// Whether listing its past builds can stop a BuildKit.
    package static func canStop(buildKit: ToolVersion) -> Bool { buildKits.contains(buildKit) }

    /// Whether a buildx asks for past builds in a way that can stop what it asks.
    package static func canHarm(buildx: ToolVersion) -> Bool { buildx >= clients }
}

extension HostSnapshot {
    /// Why a builder is not asked for its past builds, as a sentence without its end; nil where asking does no harm.
    ///
    /// A buildx that lists without a limit does no harm itself, but what is read of a build is what a later listing trips
    /// over: so the version of buildx makes no difference.
    package func reasonNotToAskForPastBuilds(of builder: Builder) -> String? {
        // buildx 0.26 and later start what does not run (docker/buildx, `commands/history/utils.go`, loadNodes).
        guard !builder.nodes.isEmpty, builder.nodes.allSatisfy({ $0.status == "running" }) else {
            return "not all of its nodes run, and buildx would start them"
        }
        let harm = "listing past builds can stop"
        if builder.name == engineBuilder?.name, let version = engine?.version.value {
            guard PastBuilds.canStop(engine: version) else { return nil }
            return "\(harm) Docker Engine 28.0 to 29.3, and this is \(version); 29.4 is safe"
        }
        for node in builder.nodes {
            guard let version = node.version.value else {
                return "\(harm) BuildKit 0.20 to 0.28, and node \(node.name) does not tell its version"
            }
            if PastBuilds.canStop(buildKit: version) {
                return "\(harm) BuildKit 0.20 to 0.28, and node \(node.name) has \(version); 0.29 is safe"
            }
        }
        return nil
    }
}
