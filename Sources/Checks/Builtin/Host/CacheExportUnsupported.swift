import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A build exports its cache, and the builder of this host cannot.
struct CacheExportUnsupported: HostCheck {
    static let id: CheckID = "cache-export-unsupported"
    static let questions: Set<HostQuestion> = [.builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let builder = facts.host.currentBuilder, builder.driver == "docker",
            facts.host.environment["BUILDX_BUILDER"] == nil,
            let engine = facts.host.engine, engine.system == "linux", !engine.usesContainerdStore
        else { return [] }
        let files = Dictionary(
            facts.project.statements.map { ($0.source.path, $0) }, uniquingKeysWith: { first, _ in first })
        return facts.project.project.builds.flatMap { build -> [Finding] in
            guard let export = build.cacheTo.first(where: { !$0.contains("type=inline") }) else { return [] }
            return build.statedBy.compactMap { statement in
                // A workflow's builder is not this machine's, and a script may create one.
                guard statement.kind == .compose || statement.kind == .bake, let file = files[statement.path]
                else {
                    return nil
                }
                return finding(
                    at: file.source.bytes(ofLine: statement.line), in: file.source,
                    message:
                        "The build \(build.name) fails on this host: `\(export)` exports its cache, which the engine's own "
                        + "builder cannot with the storage driver \(engine.storageDriver).",
                    fix: Fix(
                        """
                        Use a builder of its own, or switch on containerd's image store in daemon.json \
                        ("features": {"containerd-snapshotter": true}):
                            docker buildx create --use --driver docker-container
                        """))
            }
        }
    }
}
