import ArgumentParser
import BuildRecords
import Catalogue
import Diagnostics
import Impact
import Project

/// What the last commits and records of builds say of the cost of findings.
struct HistoryOptions: ParsableArguments {
    @Flag(
        help:
            "Tell first what costs most here, by how often its step ran again in the last commits: seconds for many builds."
    )
    var history = false

    @Option(
        help: ArgumentHelp(
            "As --history, and exit with 1 for a finding whose step takes as much as this by records of builds: `10min/week`.",
            valueName: "time"))
    var failOnCost: String?

    @OptionGroup var store: RecordOptions

    func validate() throws {
        if let failOnCost, Self.perWeek(failOnCost) == nil {
            throw ValidationError(
                "--fail-on-cost takes a duration a week, such as 10min/week or 90s/week; not `\(failOnCost)`")
        }
    }

    /// In milliseconds; nil for what is no time a week.
    private static func perWeek(_ text: String) -> Int? {
        text.hasSuffix("/week") ? Duration.milliseconds(String(text.dropLast("/week".count))) : nil
    }

    /// Puts what costs most first, and tells how often what each finding is about ran again.
    /// - Returns: what was not looked at, as a sentence without its final dot; nil for nothing.
    /// - Throws: where `--fail-on-cost` could not tell.
    func order(
        _ findings: inout [Finding], of project: Project, _ catalogue: Catalogue,
        in surroundings: Surroundings
    ) async throws -> String? {
        guard history || failOnCost != nil, !findings.isEmpty else { return nil }
        // Of an ignore file, all builds that it is the one of.
        let isOfContexts = findings.contains { $0.path.hasSuffix(".dockerignore") }
        let paths = Set(findings.map(\.path)).intersection(project.dockerfiles.keys)
        let dockerfiles = isOfContexts ? Set(project.dockerfiles.keys) : paths
        guard !dockerfiles.isEmpty else { return nil }
        let builds = max(1, project.builds.count { dockerfiles.contains($0.dockerfile) })
        let left =
            builds > Limits.weighedBuilds
            ? "history is not looked at for more than \(Limits.weighedBuilds) builds, and there are \(builds)"
            : nil
        if let left, failOnCost != nil {
            throw CommandFailure.usage("--fail-on-cost: \(left); name folders to examine fewer")
        }
        var request = Replay.Request(
            folder: project.root,
            last: min(Limits.weighedCommits, Limits.weighedPairs / min(builds, Limits.weighedBuilds)),
            options: LoadOptions(environment: surroundings.environment))
        request.dockerfiles = dockerfiles
        let replay: Replay?
        if failOnCost != nil {
            // A gate that cannot tell does not pass.
            let records = try store.buildsHere(in: surroundings)
            do { replay = try await Replay.make(request, records: records) } catch {
                throw CommandFailure.usage("--fail-on-cost: \(error)")
            }
        } else {
            replay = try? await Replay.make(
                request, records: (try? store.buildsHere(in: surroundings)) ?? [])
        }
        if let replay { findings = FindingOrder(project, catalogue, replay).ordered(findings) }
        return left
    }

    /// Whether a finding costs as much as `--fail-on-cost` says.
    func fails(_ findings: [Finding]) -> Bool {
        guard let failOnCost, let limit = Self.perWeek(failOnCost) else { return false }
        return findings.contains { $0.rebuilds?.millisecondsPerWeek ?? 0 >= limit }
    }
}
