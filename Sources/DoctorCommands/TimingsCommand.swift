import ArgumentParser
import BuildRecords
import Diagnostics
import Reports

/// `clm-doctor timings`: says where the time of builds went.
struct TimingsCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "timings",
        abstract: "Show where the time of a build went, from its log or its record.",
        discussion: """
            Reads what builds have written: logs of --progress=rawjson and plain, of the classic builder, of bake and
            Compose, also with what a CI service puts in front of each line; and .dockerbuild archives, which
            `docker buildx history export` and Docker's GitHub actions write. A builder is asked only for a build that
            is named by its id, ID or BUILDER/NODE/ID.

            Without a file: the builds of this repository that `clm-doctor records add` has kept.

            One build is drawn on a time axis, with the steps that its end waited for. Of several builds, the steps are
            listed by how often they ran times their median.

            EXAMPLES:
              docker build --progress=rawjson . 2> build.log
              clm-doctor timings build.log
              clm-doctor timings ~/Downloads/records        every record of a folder, together
              clm-doctor timings                            the builds of this repository in the store
              clm-doctor timings default/default/m2k1…      a build that a builder remembers
              clm-doctor timings --compare old.log new.log  what became slower
              clm-doctor timings --format html --output build.html build.dockerbuild
              gh run view --log 123456 | clm-doctor timings -
              clm-doctor timings --fail-above 5min build.log
            """)

    @Argument(
        help: ArgumentHelp(
            "Logs, .dockerbuild archives, or folders of them; - for standard input; ids of builds.",
            valueName: "file"), completion: .file())
    var files: [String] = []

    @Flag(help: "Compare two builds: the second with the first.")
    var compare = false

    @Option(
        help: ArgumentHelp(
            "Exit code 1 if a build took longer: 90s, 5min, 1h, or 4m30s.", valueName: "duration"))
    var failAbove: String?

    @Flag(help: "List steps that took no time, and all builds and steps of a series.")
    var allSteps = false

    @OptionGroup var store: RecordOptions
    @OptionGroup var waiting: HostOptions

    @Option(help: ArgumentHelp("text, concise, json, markdown or html.", valueName: "format"))
    var format = TimingsFormat.text

    @OptionGroup var place: OutputOption

    @Option(help: ArgumentHelp("Whether to use colour.", valueName: "when"))
    var color = ColorChoice.auto

    func validate() throws {
        if !files.isEmpty, store.records != nil {
            throw ValidationError("--records names what is read in place of files")
        }
        if let failAbove, Duration.milliseconds(failAbove) == nil {
            throw ValidationError(
                "--fail-above takes a duration such as 90s, 5min or 4m30s; not `\(failAbove)`")
        }
        if compare, format == .markdown || format == .html {
            throw ValidationError("--compare prints text, concise or json")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let remembered = try await RememberedBuilds(files, waiting, in: surroundings)
        let read =
            try files.isEmpty
            ? (records: store.buildsHere(in: surroundings), isWhole: true)
            : RecordFiles.records(files, remembered, key: store.key(in: surroundings), in: surroundings)
        let records = read.records.map(\.withoutSecrets)
        let style = place.style(color, in: surroundings)
        if compare {
            guard records.count == 2 else {
                throw CommandFailure.usage(
                    "--compare takes two builds, and \(records.count == 1 ? "there is one" : "there are \(records.count)") in what you named"
                )
            }
            let difference = BuildDifference(records[0], records[1])
            let report =
                switch format {
                case .json: TimingsJSON.text(difference)
                case .concise: TimingsConcise.text(difference)
                case .text, .markdown, .html: DifferenceText(difference).text(style: style, all: allSteps)
                }
            try place.write(report, in: surroundings)
            return try status(of: [records[1]], in: surroundings)
        }
        let series = BuildSeries(records)
        if records.count > 1 {
            for problem in Set(records.flatMap(\.problems)).sorted().prefix(5) { surroundings.note(problem) }
        }
        let report =
            switch format {
            case .text:
                series.builds.count == 1
                    ? TimingsText(series.builds[0]).text(style: style, allSteps: allSteps)
                    : SeriesText(series).text(style: style, all: allSteps)
            case .concise: TimingsConcise.text(series)
            case .json: TimingsJSON.text(series)
            case .markdown: TimingsMarkdown(series).text()
            case .html: TimingsHTML(series).text()
            }
        try place.write(report, in: surroundings)
        if records.allSatisfy({ $0.steps.isEmpty && $0.status == .unknown && $0.source != .metadata }) {
            throw CommandFailure.usage(
                "there is no step of a Dockerfile in it; write the whole log with `docker build --progress=rawjson . 2> FILE`"
            )
        }
        let status = try status(of: records, in: surroundings)
        return read.isWhole ? status : .usage
    }

    private func status(of records: [BuildRecord], in surroundings: Surroundings) throws -> ExitStatus {
        guard let failAbove, let limit = Duration.milliseconds(failAbove) else { return .clean }
        var isOver = false
        for record in records {
            guard let time = record.milliseconds, record.status != .unknown, record.status != .running else {
                throw CommandFailure.usage(
                    "--fail-above: a build does not tell how long it took, as its log has no times or ends before it; write "
                        + "the whole log with --progress=rawjson"
                )
            }
            isOver = isOver || time > limit
        }
        return isOver ? .findings : .clean
    }
}

/// How to print timings.
enum TimingsFormat: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json, markdown, html
}

extension Duration {
    /// Reads `90s`, `5min`, `1h`, `4m30s`, `250ms`.
    /// - Returns: milliseconds; nil for what is no such duration, or longer than 1,000 days.
    static func milliseconds(_ text: String) -> Int? {
        let units = [
            "ms": 1, "s": 1000, "sec": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        var rest = text[...]
        var total = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int(digits), number <= 86_400_000_000, let factor = units[String(unit)] else {
                return nil
            }
            total = total.addingClamped(number * factor)
            guard (0...86_400_000_000).contains(total) else { return nil }
        }
        return text.isEmpty ? nil : total
    }
}
