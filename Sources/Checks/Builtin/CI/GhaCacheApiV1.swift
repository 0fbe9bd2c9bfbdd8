import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A cache of `type=gha` with a buildx or BuildKit that knows only the first version of GitHub's cache service, which
/// was shut down on 15 April 2025.
/// Source: docs.docker.com, "Cache management with GitHub Actions", GitHub cache (at least buildx 0.21 and BuildKit 0.20).
struct GhaCacheApiV1: ProjectCheck {
    static let id: CheckID = "gha-cache-api-v1"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var seen: Set<String> = []
        return project.pipelineBuilds.flatMap { statement, pipeline, place -> [Finding] in
            let job = pipeline.jobs[place.job]
            // Runners of others bring cache services of their own.
            guard case .hosted = job.runner,
                (statement.cacheTo + statement.cacheFrom).contains(where: {
                    $0.type == "gha" && $0.attributes["url"] == nil && $0.attributes["url_v2"] == nil
                })
            else { return [] }
            return job.steps[..<place.step].flatMap { step -> [Finding] in
                guard step.action == "docker/setup-buildx-action" else { return [] }
                return [
                    old(
                        step["version"], step["version"]?.value, least: ToolVersion(0, 21), of: "buildx",
                        in: pipeline),
                    old(
                        step["driver-opts"], step["driver-opts"]?.value.flatMap(buildkitVersion),
                        least: ToolVersion(0, 20), of: "BuildKit", in: pipeline),
                ].compactMap { $0 }
            }.filter { seen.insert("\($0.path) \($0.subject) \($0.range?.start.line ?? 0)").inserted }
        }
    }

    private func buildkitVersion(_ options: String) -> String? {
        let prefix = "image=moby/buildkit:"
        return options.split { $0 == "\n" || $0 == "," }.map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix(prefix) }
            .map { line in
                let tag = line.dropFirst(prefix.count)
                return String(tag.hasSuffix("-rootless") ? tag.dropLast(9) : tag)
            }
    }

    private func old(
        _ input: Pipeline.Input?, _ written: String?, least: ToolVersion, of tool: String,
        in pipeline: Pipeline
    ) -> Finding? {
        guard let input, let written, written.hasPrefix("v"), let version = ToolVersion(written),
            version < least
        else { return nil }
        return finding(
            at: input.bytes, in: pipeline.source,
            message:
                "The cache of type=gha fails with \(tool) \(written.dropFirst()): it speaks the version of GitHub's "
                + "cache service that was shut down on 15 April 2025.",
            cost: "The build stops, or goes on without any cache.",
            fix: Fix("Use \(tool) \(least) or later."), subject: input.written)
    }
}
