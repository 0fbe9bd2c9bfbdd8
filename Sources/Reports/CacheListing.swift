import Diagnostics
import Dockerfile
package import Facts
import Host
import JSON
import SourceText

/// What `clm-doctor cache` prints: what the caches of a host hold, cache mounts joined to the steps that declare them.
package struct CacheListing: Sendable {
    /// By what the records stand in order.
    package enum Order: String, CaseIterable, Sendable { case size, used, uses }

    /// One record, and where it comes from.
    private struct Row {
        let builder: String
        let record: CacheRecord
        /// `path:line` of the steps that declare it; empty for other records than cache mounts.
        let declaredBy: [String]
    }

    private let rows: [Row]
    private let builders: [String]

    /// - Parameters:
    ///   - facts: host and project.
    ///   - order: largest, least recently used, or most often used first.
    ///   - types: BuildKit's names of the types to list; empty for all.
    package init(_ facts: HostFacts, order: Order, types: [String] = []) {
        var declaredBy: [CacheRecord: [String]] = [:]
        for mount in facts.declaredMounts {
            let line = mount.build.source.line(at: mount.mount.mount.range.lowerBound)
            for record in mount.records {
                declaredBy[record.record, default: []].append("\(mount.build.path):\(line)")
            }
        }
        var caches = facts.host.builderCaches.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if let engine = facts.host.engineCache.value { caches.insert(("default", engine), at: 0) }
        builders = caches.map(\.0)
        rows = caches.flatMap { name, records in
            records.filter { types.isEmpty || types.contains($0.type) }
                .sorted { Self.isAbove($0, $1, by: order) }
                .map { Row(builder: name, record: $0, declaredBy: declaredBy[$0] ?? []) }
        }
    }

    private static func isAbove(_ left: CacheRecord, _ right: CacheRecord, by order: Order) -> Bool {
        switch order {
        case .size: (right.size, left.id) < (left.size, right.id)
        case .used: (left.lastUsed ?? 0, left.id) < (right.lastUsed ?? 0, right.id)
        case .uses: (right.usageCount, left.id) < (left.usageCount, right.id)
        }
    }

    // MARK: Text

    /// How many records of a builder the text shows.
    private static let shown = 15

    package func text(style: TextStyle) -> String {
        guard !builders.isEmpty else { return "No builder told what its cache holds.\n" }
        var lines: [String] = []
        for builder in builders {
            let own = rows.filter { $0.builder == builder }
            lines += [style.paint("Builder \(printable(builder))", .strong)]
            lines += typeLines(own.map(\.record), style: style) + [""]
            for row in own.prefix(Self.shown) { lines += self.lines(for: row, style: style) }
            if own.count > Self.shown {
                lines.append("  \(own.count - Self.shown) more; --format concise lists them all")
            }
            lines.append("")
        }
        lines.append(
            "Next: clm-doctor cache --advise --to 20GB tells the least harmful way to make it smaller.")
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func typeLines(_ records: [CacheRecord], style: TextStyle) -> [String] {
        let sums = Dictionary(grouping: records.filter { !$0.isShared }, by: \.type)
            .mapValues { $0.reduce(0) { $0 + $1.size } }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let largest = max(1, sums.first?.value ?? 1)
        let width = sums.map { displayWidth(of: printable($0.key)) }.max() ?? 0
        let total = sums.reduce(0) { $0 + $1.value }
        return sums.map { type, size in
            let length = max(size > 0 ? 1 : 0, size / max(1, largest / 30))
            let bar = String(repeating: style.unicode ? "█" : "#", count: min(30, length))
            return "  \(printable(type).padded(to: width))  \(formatted(bytes: size).leftPadded(to: 9))  "
                + style.paint(bar, .info)
        } + ["  \("total".padded(to: width))  \(formatted(bytes: total).leftPadded(to: 9))"]
    }

    private func lines(for row: Row, style: TextStyle) -> [String] {
        let record = row.record
        let size = formatted(bytes: record.size).leftPadded(to: 9)
        let shared = record.isShared ? ", an image's too" : ""
        let title = RecordedMount(record).map { "mount \($0.target)" } ?? record.description
        let what = printable(title.prefix(200))
        let room = max(20, style.width - 13)
        let cut = what.count > room ? String(what.prefix(room - 1)) + style.ellipsis : what
        let declared =
            row.declaredBy.isEmpty ? "" : "  " + row.declaredBy.map { printable($0) }.joined(separator: ", ")
        return [
            "  \(size)  \(cut)",
            style.paint(
                "             \(printable(record.id)), \(printable(record.type)), used \(record.usageCount)x"
                    + "\(shared)\(declared)", .dim),
        ]
    }

    // MARK: For programs

    /// One line for each record, separated by tabs: builder, id, type, bytes, uses, steps, description.
    package func conciseText() -> String {
        let lines = rows.map { row in
            let record = row.record
            return [
                row.builder, record.id, record.type, String(record.size), String(record.usageCount),
                row.declaredBy.joined(separator: ","), record.description,
            ].map { printable($0) }.joined(separator: "\t") + "\n"
        }
        return withoutWorkflowCommands(lines.joined())
    }

    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache/1",
            "builders": .array(
                builders.map { builder in
                    [
                        "name": .string(builder),
                        "records": .array(rows.filter { $0.builder == builder }.map(json(of:))),
                    ]
                }),
        ])
    }

    private func json(of row: Row) -> JSON {
        let record = row.record
        let mount = RecordedMount(record)
        return [
            "id": .string(record.id),
            "type": .string(record.type),
            "description": .string(record.description),
            "size": .integer(record.size),
            "shared": .bool(record.isShared),
            "inUse": .bool(record.isInUse),
            "uses": .integer(record.usageCount),
            "lastUsed": record.lastUsed.map { .integer($0) } ?? .null,
            "mount": mount.map {
                ["target": .string($0.target), "identity": $0.identity.map { .string($0) } ?? .null]
            } ?? .null,
            "declaredBy": .array(row.declaredBy.map { .string($0) }),
        ]
    }
}
