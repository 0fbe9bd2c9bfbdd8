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
            Nothing is deleted: --advise prints the command that would.

            EXAMPLES:
              clm-doctor cache                               largest first
              clm-doctor cache --type exec.cachemount --sort used
              clm-doctor cache --advise --to 20GB            the least harmful way to get below a size
              clm-doctor cache --advise --older-than 168h
            """)

    @Option(help: ArgumentHelp("Largest, longest unused, or most often used first.", valueName: "order"))
    var sort = CacheListing.Order.size

    @Option(
        help: ArgumentHelp(
            "List these types alone: regular, exec.cachemount, source.local … May be repeated.",
            valueName: "type"))
    var type: [String] = []

    @Flag(help: "Tell how to make the caches smaller.")
    var advise = false

    @Option(help: ArgumentHelp("With --advise: to this size, such as 20GB.", valueName: "size"))
    var to: String?

    @Option(
        help: ArgumentHelp("With --advise: what nobody used for so long, such as 168h.", valueName: "hours"))
    var olderThan: String?

    @OptionGroup var waiting: HostOptions
    @OptionGroup var options: ProjectOptions
    @OptionGroup var display: DisplayOptions

    func validate() throws {
        if options.noHost {
            throw ValidationError("the cache is the host's: --no-host leaves nothing to show")
        }
        guard advise else {
            if to != nil || olderThan != nil {
                throw ValidationError("--to and --older-than belong to --advise")
            }
            return
        }
        guard goal != nil else {
            throw ValidationError(
                "--advise needs --to with a size such as 20GB, or --older-than with hours such as 168h")
        }
    }

    /// nil where none or two were given, or one that cannot be read.
    private var goal: CacheAdvice.Goal? {
        switch (to, olderThan) {
        case (let size?, nil): CacheAdvice.bytes(ofSize: size).map { .size($0) }
        case (nil, let age?): age.hasSuffix("h") ? Int(age.dropLast()).map { .age(hours: $0) } : nil
        default: nil
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let project = try await options.load([], catalogue: try Catalogue.builtin(), in: surroundings)
        let host = await waiting.probe(outside: project.root, in: surroundings).ask()
        if let reason = host.reasonForSilence {
            throw CommandFailure.usage("nothing is known of the caches: \(reason)")
        }
        for note in host.notes { surroundings.report(note) }
        let style = surroundings.style(color: display.color)
        if let goal, advise {
            let report = CacheAdviceReport(advice(for: goal, host))
            switch display.format {
            case .text: surroundings.output(report.text(style: style))
            case .concise: surroundings.output(report.conciseText())
            case .json: surroundings.output(report.json())
            }
            return .clean
        }
        let facts = HostFacts(host: host, project: ProjectFacts(project: project))
        let listing = CacheListing(facts, order: sort, types: type)
        switch display.format {
        case .text: surroundings.output(listing.text(style: style))
        case .concise: surroundings.output(listing.conciseText())
        case .json: surroundings.output(listing.json())
        }
        return .clean
    }

    private func advice(for goal: CacheAdvice.Goal, _ host: HostSnapshot) -> [(builder: String, CacheAdvice)]
    {
        let buildx: ToolVersion? =
            if case .known(let plugin?) = host.buildx { plugin.version.value } else { nil }
        var advice: [(builder: String, CacheAdvice)] = []
        func add(_ records: [CacheRecord], _ builder: String?) {
            advice.append(
                (
                    builder ?? "default",
                    CacheAdvice(
                        for: goal, records: records, builder: builder, buildx: buildx, now: host.engine?.time)
                ))
        }
        if let records = host.engineCache.value { add(records, nil) }
        for (name, records) in host.builderCaches.sorted(by: { $0.key < $1.key }) { add(records, name) }
        return advice
    }
}

extension CacheListing.Order: ExpressibleByArgument {}
