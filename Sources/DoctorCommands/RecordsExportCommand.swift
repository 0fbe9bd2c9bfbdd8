import ArgumentParser
import BuildRecords
import Reports

/// `clm-doctor records export`: prints the store's builds for other programs.
struct RecordsExportCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the builds in the store for other programs.",
        discussion: """
            jsonl: a line for each step of each build, for DuckDB, jq or a data frame. openmetrics: counts and durations of \
            builds and steps, for Prometheus. otlp: each build as a trace, for Jaeger, Tempo or an OpenTelemetry Collector. \
            docs/records.md has queries.

            EXAMPLES:
              clm-doctor records export --format jsonl > steps.jsonl
              clm-doctor records export --format openmetrics --output /var/lib/node_exporter/builds.prom
              clm-doctor records export --format otlp > traces.json
            """)

    @Option(help: ArgumentHelp("jsonl, openmetrics or otlp.", valueName: "format"))
    var format: RecordExportFormat

    @OptionGroup var place: OutputOption
    @OptionGroup var options: RecordOptions

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let records = try options.contents(in: surroundings).map(\.withoutSecrets)
        switch format {
        case .jsonl:
            // A store may hold more than should be one text.
            if place.output == nil {
                for record in records { surroundings.output(StepLines.text(record)) }
            } else {
                try place.write(records.map(StepLines.text).joined(), in: surroundings)
            }
        case .openmetrics: try place.write(OpenMetricsText.text(records), in: surroundings)
        case .otlp:
            let dated = records.filter { $0.started != nil }
            if dated.count < records.count {
                surroundings.note(
                    "left out: \(counted(records.count - dated.count, "build")) whose source does not tell the time"
                )
            }
            try place.write(OTLPTraces.text(dated, version: Doctor.version), in: surroundings)
        }
        return .clean
    }
}

/// How to print builds for other programs.
enum RecordExportFormat: String, ExpressibleByArgument, CaseIterable {
    case jsonl, openmetrics, otlp
}
