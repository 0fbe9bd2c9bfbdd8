package import BuildRecords
import Diagnostics
import JSON

/// What `clm-doctor records list` prints.
package struct RecordsListing: Listing, Sendable {
    private let builds: [BuildTimings]
    private let folder: String

    /// - Parameter folder: of the store.
    package init(_ records: [BuildRecord], folder: String) {
        builds = BuildSeries(records).builds
        self.folder = folder
    }

    package func text(style: TextStyle) -> String {
        let kept = "\(Limits.storedDays) days and \(Limits.storedRecords) builds are kept at most"
        var lines = wrapped(
            "\(counted(builds.count, "build")) in \(printable(folder)); \(kept)", width: style.width)
        lines[0] = style.paint(lines[0], .strong)
        for timings in builds {
            let record = timings.record
            let time = record.milliseconds.map(formatted(milliseconds:)) ?? style.ellipsis
            let state =
                record.status == .completed || record.status == .unknown ? "" : ", \(record.status.rawValue)"
            let commit = record.revision.map { " \($0.prefix(7))" } ?? ""
            let repository = record.repository.map { "  \($0)" } ?? ""
            lines.append(
                "  \(time.leftPadded(to: 12))  \("\(timings.hits)".leftPadded(to: 3)) of "
                    + "\("\(timings.steps)".leftPadded(to: 3)) steps cached  "
                    + (record.started.map(formatted(time:)) ?? "").padded(to: 20) + "  "
                    + printable(TimingsWords.title(record) + commit) + state
                    + style.paint(printable(repository), .dim))
        }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// One line for each build, separated by tabs: id, status, start, milliseconds, steps, cached steps, source, repository,
    /// revision, name.
    package func conciseText() -> String {
        let lines = builds.map { timings in
            let record = timings.record
            return [
                record.id ?? "", record.status.rawValue, record.started.map { String($0) } ?? "",
                record.milliseconds.map { String($0) } ?? "", String(timings.steps), String(timings.hits),
                record.source.rawValue, record.repository ?? "", record.revision ?? "",
                TimingsWords.title(record),
            ].map { printable($0) }.joined(separator: "\t") + "\n"
        }
        return withoutWorkflowCommands(lines.joined())
    }

    /// `docs/schema/records.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/records/1",
            "folder": .string(folder),
            "builds": .array(
                builds.map { timings in
                    let record = timings.record
                    return [
                        "id": record.id.map { .string($0) } ?? .null,
                        "name": record.name.map { .string($0) } ?? .null,
                        "target": record.target.map { .string($0) } ?? .null,
                        "status": .string(record.status.rawValue),
                        "source": .string(record.source.rawValue),
                        "started": record.started.map { .integer($0) } ?? .null,
                        "milliseconds": record.milliseconds.map { .integer($0) } ?? .null,
                        "steps": .integer(timings.steps),
                        "cached": .integer(timings.hits),
                        "repository": record.repository.map { .string($0) } ?? .null,
                        "revision": record.revision.map { .string($0) } ?? .null,
                        "problems": .array(record.problems.map { .string($0) }),
                    ]
                }),
        ])
    }
}
