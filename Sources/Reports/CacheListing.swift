import Diagnostics
import Dockerfile
package import Facts
import Host
import JSON
import Project
import SourceText

/// What `clm-doctor cache` prints: what the caches of a host hold, each record joined to the steps that it belongs to.
package struct CacheListing: Listing, Sendable {
    /// By what the records stand in order.
    package enum Order: String, CaseIterable, Sendable { case size, used, uses }

    /// One record, and where it comes from.
    private struct Row {
        let record: CacheRecord
        /// nil for other records than cache mounts.
        let mount: RecordedMount?
        /// `path:line` of the steps that declare the mount, or that read like the one that made the layer.
        let declaredBy: [String]
        /// Names of the builds that have such a step.
        let images: [String]
    }

    private let caches: [(cache: BuilderCache, rows: [Row])]
    /// The engine's clock, in seconds since 1970.
    private let now: Int?
    /// Whether a mount may be one that a Dockerfile declares by a name that the files do not tell.
    private let hasUnknownMounts: Bool

    /// - Parameters:
    ///   - facts: host and project.
    ///   - order: largest, least recently used, or most often used first.
    ///   - types: BuildKit's names of the types to list; empty for all.
    ///   - builders: names of the builders to list; empty for all.
    package init(_ facts: HostFacts, order: Order, types: [String] = [], builders: [String] = []) {
        var steps = facts.stepsOfLayers().mapValues { $0.map { ($0.build, $0.instruction.range.lowerBound) } }
        for declared in facts.declaredMounts {
            for record in declared.records {
                steps[record.record, default: []].append(
                    (declared.build, declared.mount.mount.range.lowerBound))
            }
        }
        let names = Dictionary(grouping: facts.project.builds, by: \.path).mapValues { $0.map(\.build.name) }
        now = facts.host.engine?.time
        hasUnknownMounts = facts.project.builds.contains { build in
            build.stages.contains {
                $0.steps.contains { $0.cacheMounts.contains { $0.cacheKey.value == nil } }
            }
        }
        caches = facts.host.caches.filter { builders.isEmpty || builders.contains($0.name) }.map { cache in
            let records = cache.records.filter { types.isEmpty || types.contains($0.type) }
                .sorted { Self.isAbove($0, $1, by: order) }
            let rows = records.map { record in
                let own = steps[record] ?? []
                return Row(
                    record: record, mount: RecordedMount(record),
                    declaredBy: unique(own.map { "\($0.path):\($0.source.line(at: $1))" }),
                    images: unique(own.flatMap { names[$0.0.path] ?? [] }))
            }
            return (cache, rows)
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

    /// How many records of a kind the text shows.
    private static let shown = 10

    package func text(style: TextStyle) -> String {
        guard !caches.isEmpty else { return "No builder told what its cache holds.\n" }
        var lines: [String] = []
        for (cache, rows) in caches {
            let driver = cache.driver.isEmpty ? "" : " (\(printable(cache.driver)))"
            lines.append(style.paint("Builder \(printable(cache.name))", .strong) + driver)
            guard !rows.isEmpty else {
                lines += ["  Nothing is in its cache.", ""]
                continue
            }
            lines += sumLines(rows.map(\.record), style: style) + [""]
            let mounts = rows.filter { $0.mount != nil }
            let layers = rows.filter { $0.record.type == "regular" }
            let others = rows.filter { $0.mount == nil && $0.record.type != "regular" }
            lines += section("Cache mounts", mounts, style) + section("Layers", layers, style)
            // Small, and there are many.
            lines += section(
                "Build contexts and others", others.filter { $0.record.size >= 1_000_000 }, style)
        }
        lines += [
            "Next: \(style.program) cache --advise --to 20GB tells the least harmful way to make it smaller,",
            "      \(style.program) cache --gc-config how to have the builder keep it small by itself.",
        ]
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func sumLines(_ records: [CacheRecord], style: TextStyle) -> [String] {
        let own = records.filter { !$0.isShared }
        let sums = Dictionary(grouping: own, by: { CacheRecord.title(ofType: $0.type) }).mapValues {
            $0.clampedSum(\.size)
        }
        .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let largest = max(1, sums.first?.value ?? 1)
        let last = "can be freed"
        let width = max(last.count, sums.map { displayWidth(of: printable($0.key)) }.max() ?? 0)
        let total = sums.clampedSum(\.value)
        let shared = records.clampedSum { $0.isShared ? $0.size : 0 }
        return sums.map { title, size in
            "  \(printable(title).padded(to: width))  \(formatted(bytes: size).leftPadded(to: 9))  "
                + style.meter(size, of: largest, width: 30)
        } + [
            "  \(last.padded(to: width))  \(formatted(bytes: total).leftPadded(to: 9))"
                + (shared > 0 ? "  and \(formatted(bytes: shared)) that images hold too" : "")
        ]
    }

    private func section(_ title: String, _ rows: [Row], _ style: TextStyle) -> [String] {
        guard !rows.isEmpty else { return [] }
        let largest = rows.map(\.record.size).max() ?? 1
        var lines = ["  " + style.paint(title, .strong)]
        for row in rows.prefix(Self.shown) { lines += self.lines(for: row, largest: largest, style) }
        if rows.count > Self.shown {
            lines.append("    \(rows.count - Self.shown) more; --format concise lists them all")
        }
        return lines + [""]
    }

    private func lines(for row: Row, largest: Int, _ style: TextStyle) -> [String] {
        let margin = String(repeating: " ", count: 13)
        let record = row.record
        let room = max(20, style.width - 25)
        var lines = [
            "  \(formatted(bytes: record.size).leftPadded(to: 9))  "
                + "\(style.meter(record.size, of: largest, width: 10))  \(style.cutShort(title(of: row), to: room))"
        ]
        var facts = ["used \(counted(record.usageCount, "time"))"]
        if let now, let used = record.lastUsed { facts.append("last \(ago(now - used))") }
        if record.isShared { facts.append("an image's too") }
        if record.isInUse { facts.append("in use") }
        facts.append("id \(printable(record.id))")
        lines.append(margin + style.paint(facts.joined(separator: ", "), .dim))
        if !row.declaredBy.isEmpty {
            let places = row.declaredBy.map { printable($0) }.joined(separator: ", ")
            let images = row.images.map { printable($0) }.joined(separator: ", ")
            // Most builds are named after their Dockerfile.
            let isTold = row.images.allSatisfy { image in
                row.declaredBy.contains { $0.hasPrefix(image + ":") }
            }
            let text = isTold ? places : "\(places) (\(images))"
            lines += wrapped(text, width: style.width - margin.count).map { margin + $0 }
        } else if let mount = row.mount {
            lines.append(
                margin
                    + (hasUnknownMounts
                        ? "no Dockerfile here is known to declare it" : "no Dockerfile here declares it")
                    + "; made by:")
            lines.append(margin + "  " + style.cutShort(printable(Self.command(mount.command)), to: room))
        }
        return lines
    }

    private func title(of row: Row) -> String {
        if let mount = row.mount {
            // `//root/.cache` is the id that a mount without one has.
            let id = mount.identity.flatMap { $0 == "/" + mount.target ? nil : "  (\($0))" } ?? ""
            return printable(mount.target + id)
        }
        let text = row.record.description
        let prefix = "mount / from exec "
        return printable(
            (text.hasPrefix(prefix) ? "RUN " + Self.command(String(text.dropFirst(prefix.count))) : text)
                .prefix(500))
    }

    private static func command(_ text: String) -> String {
        text.hasPrefix("/bin/sh -c ") ? String(text.dropFirst("/bin/sh -c ".count)) : text
    }

    // MARK: For programs

    /// One line for each record, separated by tabs: builder, id, type, bytes, uses, steps, description.
    package func conciseText() -> String {
        let lines = caches.flatMap { cache, rows in
            rows.map { row in
                let record = row.record
                return [
                    cache.name, record.id, record.type, String(record.size), String(record.usageCount),
                    row.declaredBy.joined(separator: ","), record.description,
                ].map { printable($0) }.joined(separator: "\t") + "\n"
            }
        }
        return withoutWorkflowCommands(lines.joined())
    }

    /// `docs/schema/cache.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache/1",
            "builders": .array(
                caches.map { cache, rows in
                    [
                        "name": .string(cache.name),
                        "driver": .string(cache.driver),
                        "records": .array(rows.map(json(of:))),
                    ]
                }),
        ])
    }

    private func json(of row: Row) -> JSON {
        let record = row.record
        return [
            "id": .string(record.id),
            "type": .string(record.type),
            "description": .string(record.description),
            "size": .integer(record.size),
            "shared": .bool(record.isShared),
            "inUse": .bool(record.isInUse),
            "uses": .integer(record.usageCount),
            "lastUsed": record.lastUsed.map { .integer($0) } ?? .null,
            "mount": row.mount.map {
                ["target": .string($0.target), "identity": $0.identity.map { .string($0) } ?? .null]
            } ?? .null,
            "declaredBy": .array(row.declaredBy.map { .string($0) }),
            "images": .array(row.images.map { .string($0) }),
        ]
    }
}

/// Each once, in their order.
func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
}

func ago(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "just now"
    case ..<7200: "\(seconds / 60) minutes ago"
    case ..<172_800: "\(seconds / 3600) hours ago"
    default: "\(seconds / 86_400) days ago"
    }
}
