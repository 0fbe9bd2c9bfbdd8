import ArgumentParser
import Catalogue
import Diagnostics
import Facts
import Host
import Project
import Reports

/// `clm-doctor cache`: shows what is in the build caches of this machine's builders.
struct CacheCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Show what the build caches hold, and which step each cache mount belongs to.",
        discussion: """
            Nothing is deleted: --advise prints the command that would. Only --apply runs it, after a question.

            EXAMPLES:
              clm-doctor cache                               largest first
              clm-doctor cache --type exec.cachemount --sort used
              clm-doctor cache --advise --to 20GB            the least harmful way to get below a size
              clm-doctor cache --advise --older-than 7d
              clm-doctor cache --advise --to 20GB --apply    the same, and then does it
              clm-doctor cache --gc-config                   have the builder keep its cache small by itself
              clm-doctor cache --history                     the last builds, and the steps that took the time
            """)

    @Option(help: ArgumentHelp("Largest, longest unused, or most often used first.", valueName: "order"))
    var sort = CacheListing.Order.size

    @Option(
        help: ArgumentHelp(
            "List these types alone: regular, exec.cachemount, source.local … May be repeated.",
            valueName: "type"))
    var type: [String] = []

    @Option(
        help: ArgumentHelp("Only this builder (`docker buildx ls`). May be repeated.", valueName: "name"))
    var builder: [String] = []

    @Flag(help: "Tell how to make the caches smaller.")
    var advise = false

    @Option(help: ArgumentHelp("With --advise: to this size, such as 20GB.", valueName: "size"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "With --advise: what nobody used for so long, such as 7d or 168h.", valueName: "age"))
    var olderThan: String?

    @Flag(help: "With --advise: run the command that it tells, after a question.")
    var apply = false

    @Flag(help: "With --apply: do not ask.")
    var yes = false

    @Flag(
        help: ArgumentHelp(
            "Print a garbage collection policy that fits the builder and this repository, as a diff to daemon.json."
        ))
    var gcConfig = false

    @Flag(
        help: "List the builds that the builders remember, and the steps that took the time in the last ones."
    )
    var history = false

    @OptionGroup var waiting: HostOptions
    @OptionGroup var options: ProjectOptions
    @OptionGroup var display: DisplayOptions

    func validate() throws {
        if options.noHost {
            throw ValidationError("the cache is the host's: --no-host leaves nothing to show")
        }
        if [isAdvised, gcConfig, history].count(where: { $0 }) > 1 {
            throw ValidationError(
                "--advise (which --to and --older-than imply), --gc-config and --history exclude each other")
        }
        if yes, !apply { throw ValidationError("--yes needs --apply") }
        if apply, !isAdvised { throw ValidationError("--apply needs --to or --older-than") }
        guard isAdvised else { return }
        guard goal != nil else {
            throw ValidationError(
                "--advise needs --to with a size such as 20GB, or --older-than with days or hours such as 7d or 168h"
            )
        }
    }

    private var isAdvised: Bool { advise || to != nil || olderThan != nil }

    /// nil where none or two were given, or one that cannot be read.
    private var goal: CacheAdvice.Goal? {
        switch (to, olderThan) {
        case (let size?, nil): CacheAdvice.bytes(ofSize: size).map { .size($0) }
        case (nil, let age?):
            Self.hours(age).map { .age(hours: $0) }
        default: nil
        }
    }

    /// - Parameter age: `168h` or `7d`.
    /// - Returns: nil for what is neither, and for more than a century.
    private static func hours(_ age: String) -> Int? {
        guard let number = Int(age.dropLast()), 1...876_000 ~= number else { return nil }
        switch age.last {
        case "h": return number
        case "d": return number <= 36_500 ? number * 24 : nil
        default: return nil
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let project = try await options.load([], catalogue: try Catalogue.builtin(), in: surroundings)
        let probe = waiting.probe(outside: project.root, in: surroundings)
        let host = await probe.ask(history ? [.builders] : [.usage, .builders])
        if let reason = host.reasonForSilence {
            throw CommandFailure.usage("nothing is known of the caches: \(reason)")
        }
        for note in host.notes { surroundings.report(note) }
        if history {
            return try await listHistory(
                of: host, project: ProjectFacts(project: project), probe: probe, in: surroundings)
        }
        for name in builder where !host.caches.contains(where: { $0.name == name }) {
            throw CommandFailure.usage("no builder \(name) told what its cache holds")
        }
        if let goal, advise {
            let advice = host.caches.filter { builder.isEmpty || builder.contains($0.name) }.map {
                (builder: $0.name, CacheAdvice(for: goal, cache: $0, now: host.engine?.time))
            }
            let report = CacheAdviceReport(advice)
            try display.write(report, in: surroundings)
            if apply { try await apply(advice, outside: project.root, in: surroundings) }
            return .clean
        }
        let facts = HostFacts(host: host, project: ProjectFacts(project: project))
        if gcConfig {
            let report = CollectionPolicyReport(facts, builders: builder)
            try display.write(report, in: surroundings)
            return .clean
        }
        let listing = CacheListing(facts, order: sort, types: type, builders: builder)
        try display.write(listing, in: surroundings)
        return .clean
    }

    private func listHistory(
        of host: HostSnapshot, project: ProjectFacts, probe: HostProbe,
        in surroundings: Surroundings
    ) async throws -> ExitStatus {
        if let version = host.buildx.value??.version.value, version < ToolVersion(0, 20) {
            throw CommandFailure.usage("buildx \(version) tells of no past builds; version 0.20 and later do")
        }
        let running = (host.builders.value ?? []).filter { $0.nodes.contains { $0.status == "running" } }
        for name in builder where !running.contains(where: { $0.name == name }) {
            throw CommandFailure.usage("no builder \(name) runs")
        }
        var builders: [HostSnapshot.Builder] = []
        var refusals: [String] = []
        for one in running where builder.isEmpty || builder.contains(one.name) {
            guard let reason = host.reasonNotToAskForPastBuilds(of: one) else {
                builders.append(one)
                continue
            }
            let text = "builder \(one.name) is not asked for its past builds: \(reason)"
            if builder.contains(one.name) { throw CommandFailure.usage(text) }
            refusals.append(text)
        }
        if builders.isEmpty, !refusals.isEmpty {
            throw CommandFailure.usage(refusals.joined(separator: "\n"))
        }
        for refusal in refusals { surroundings.report(refusal) }
        let (builds, notes) = await probe.recordedBuilds(of: builders.map(\.name))
        for note in notes { surroundings.report(note) }
        let listing = HistoryListing(builds, of: builders, project: project, now: host.engine?.time)
        try display.write(listing, in: surroundings)
        return .clean
    }

    /// What was done is said on standard error: standard output holds the advice alone.
    private func apply(
        _ advice: [(builder: String, CacheAdvice)], outside root: String, in surroundings: Surroundings
    ) async throws {
        let probe = waiting.probe(outside: root, in: surroundings)
        for (name, advice) in advice where !advice.arguments.isEmpty {
            let builder = printable(name)
            if !yes {
                guard
                    try surroundings.isAllowed(
                        "Run this for builder \(builder)?", otherwise: "nothing was deleted")
                else {
                    surroundings.errorOutput("Nothing was deleted from builder \(builder).\n")
                    continue
                }
            }
            do {
                let line = try await probe.apply(advice)
                surroundings.errorOutput(
                    withoutWorkflowCommands("Deleted from builder \(builder): \(printable(line))\n"))
            } catch {
                throw CommandFailure.usage("docker did not do it for builder \(name): \(error.message)")
            }
        }
    }
}

extension CacheListing.Order: ExpressibleByArgument {}
