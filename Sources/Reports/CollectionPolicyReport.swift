import Diagnostics
package import Facts
import Host
import JSON

/// What `clm-doctor cache --gc-config` prints: for each builder the configuration that keeps its cache within bounds,
/// the engine's as a diff against its daemon.json.
package struct CollectionPolicyReport: Listing, Sendable {
    private struct Part {
        let builder: String
        /// What it is for, and why so.
        let heading: [String]
        /// Where it is to be written; nil where that is not known.
        let file: String?
        /// The whole file, or the part of it that is meant.
        let configuration: String
        /// As `patch` takes it; nil where the present file is not known, empty where nothing is to be changed.
        let diff: String?
        /// What is to be done with it.
        let next: String
    }

    private let parts: [Part]

    /// - Parameter builders: names of the builders that are meant; empty for all.
    package init(_ facts: HostFacts, builders: [String] = []) {
        let mounts = Set(facts.declaredMounts.flatMap(\.records).map(\.record))
        parts = facts.host.caches.filter { builders.isEmpty || builders.contains($0.name) }.map { cache in
            let own = cache.records.filter { !$0.isShared }
            let needed = own.filter(mounts.contains).clampedSum(\.size)
            let total = own.clampedSum(\.size)
            let sizes =
                "The cache mounts of this repository hold \(formatted(bytes: needed)) there, the whole cache "
                + "\(formatted(bytes: total))."
            return cache.isEngine
                ? Self.engine(cache, facts.host, needed: needed, total: total, sizes)
                : Self.builder(cache, needed: needed, total: total, sizes)
        }
    }

    private static func engine(
        _ cache: BuilderCache, _ host: HostSnapshot, needed: Int, total: Int, _ sizes: String
    ) -> Part {
        let policy = CollectionPolicy(needed: needed, cache: total, disk: host.disk.value)
        let value = policy.daemonJSON(takesUpperLimit: cache.takesUpperLimit)
        let release =
            host.engine?.version.value.map { "for Docker Engine \($0)" }
            ?? "in the words that every release of Docker Engine takes"
        var heading = [sizes]
        let whole = DaemonConfiguration.text(collection: value)
        let next =
            "Then restart the engine, such as by `systemctl restart docker`; `docker buildx inspect` shows the rules."
        switch host.daemonFile {
        case .absent(let path):
            heading.insert("A daemon.json \(release); there is none yet.", at: 0)
            return Part(
                builder: cache.name, heading: heading, file: path, configuration: whole,
                diff: unifiedDiff(from: "", to: whole, path: path), next: next)
        case .read(let path, let bytes):
            let old = String(decoding: bytes, as: UTF8.self)
            guard let new = host.daemonConfiguration.value?.text(settingCollection: value) else {
                heading.insert(
                    "A policy for daemon.json, \(release). \(path) is not JSON: mend it first (clm-doctor check "
                        + "--only daemon-config-invalid tells where).", at: 0)
                return Part(
                    builder: cache.name, heading: heading, file: path, configuration: whole, diff: nil,
                    next: next)
            }
            heading.insert("A policy for daemon.json, \(release).", at: 0)
            return Part(
                builder: cache.name, heading: heading, file: path, configuration: new,
                diff: unifiedDiff(from: old, to: new, path: path), next: next)
        case .notRead(let reason):
            heading.insert(
                "A policy for daemon.json, \(release). The present one is not known: \(reason). Put this into the file "
                    + "on the engine's machine.", at: 0)
            return Part(
                builder: cache.name, heading: heading, file: nil, configuration: whole, diff: nil, next: next)
        }
    }

    private static func builder(_ cache: BuilderCache, needed: Int, total: Int, _ sizes: String) -> Part {
        let policy = CollectionPolicy(needed: needed, cache: total, disk: nil)
        let release = cache.takesUpperLimit ? "BuildKit 0.17 and later" : "any BuildKit"
        let next =
            switch cache.driver {
            case "docker-container", "kubernetes":
                "A builder takes it when it is made: `docker buildx create --driver \(cache.driver) "
                    + "--config buildkitd.toml`. Its present one is not known."
            case "docker": "The builder is another Docker Engine: see with its docker context."
            default:
                "It goes to /etc/buildkit/buildkitd.toml of the machine that buildkitd runs on, which is then restarted."
            }
        return Part(
            builder: cache.name, heading: ["A policy for buildkitd.toml, for \(release).", sizes], file: nil,
            configuration: cache.driver == "docker"
                ? DaemonConfiguration.text(
                    collection: policy.daemonJSON(takesUpperLimit: cache.takesUpperLimit))
                : policy.buildkitTOML(takesUpperLimit: cache.takesUpperLimit),
            diff: nil, next: next)
    }

    // MARK: Printing

    package func text(style: TextStyle) -> String {
        guard !parts.isEmpty else { return "No builder told what its cache holds.\n" }
        var lines: [String] = []
        for part in parts {
            lines.append(style.paint("Builder \(printable(part.builder))", .strong))
            lines +=
                part.heading.flatMap { wrapped(printable($0), width: style.width - 2) }.map { "  " + $0 } + [
                    ""
                ]
            if part.diff == "" {
                lines += ["  \(printable(part.file ?? "")) says so already.", ""]
                continue
            }
            lines += Self.lines(of: part.diff ?? part.configuration) + [""]
            lines += wrapped(printable(part.next), width: style.width - 2).map { "  " + $0 } + [""]
        }
        return withoutWorkflowCommands(lines.dropLast().joined(separator: "\n") + "\n")
    }

    /// The diffs and configurations alone.
    package func conciseText() -> String {
        let lines = parts.flatMap { Self.lines(of: $0.diff ?? $0.configuration) }
        return withoutWorkflowCommands(lines.map { $0 + "\n" }.joined())
    }

    /// Printable, with their tabs: `patch` is to know them again.
    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { printable($0) }.joined(
                separator: "\t")
        }
    }

    /// `docs/schema/cache-gc-config.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache-gc-config/1",
            "builders": .array(
                parts.map { part in
                    [
                        "name": .string(part.builder),
                        "file": part.file.map { .string($0) } ?? .null,
                        "configuration": .string(part.configuration),
                        "diff": part.diff.map { .string($0) } ?? .null,
                    ]
                }),
        ])
    }
}

/// A diff of two texts that differ in one place, as `patch` takes it; empty where they do not differ.
/// - Parameter path: absolute.
func unifiedDiff(from old: String, to new: String, path: String) -> String {
    guard old != new else { return "" }
    let context = 3
    let oldLines = old.split(separator: "\n", omittingEmptySubsequences: false)
    let newLines = new.split(separator: "\n", omittingEmptySubsequences: false)
    // A final newline is no line of its own; a text without one is told as such.
    func content(_ lines: [Substring]) -> ArraySlice<Substring> {
        lines.last == "" ? lines.dropLast() : lines[...]
    }
    let (before, after) = (content(oldLines), content(newLines))
    var start = 0
    while start < min(before.count, after.count), before[start] == after[start] { start += 1 }
    var tail = 0
    while tail < min(before.count, after.count) - start,
        before[before.count - 1 - tail] == after[after.count - 1 - tail]
    { tail += 1 }
    let isEnded = oldLines.last == "" || old.isEmpty
    // The line that lacks its newline is always shown.
    if !isEnded || newLines.last != "" { tail = min(tail, context) }
    let first = max(0, start - context)
    let shownTail = min(tail, context)
    func range(_ count: Int) -> String {
        let length = count - first - (tail - shownTail)
        return "\(length == 0 ? first : first + 1),\(length)"
    }
    var lines = [
        "--- \(old.isEmpty ? "/dev/null" : path)", "+++ \(path)",
        "@@ -\(range(before.count)) +\(range(after.count)) @@",
    ]
    func add(_ mark: String, _ part: ArraySlice<Substring>, of text: ArraySlice<Substring>, ended: Bool) {
        for (index, line) in zip(part.indices, part) {
            lines.append(mark + line)
            if !ended, index == text.count - 1 { lines.append("\\ No newline at end of file") }
        }
    }
    let newEnded = newLines.last == ""
    add(" ", before[first..<start], of: before, ended: true)
    add("-", before[start..<(before.count - tail)], of: before, ended: isEnded)
    add("+", after[start..<(after.count - tail)], of: after, ended: newEnded)
    add(" ", after[(after.count - tail)..<(after.count - tail + shownTail)], of: after, ended: newEnded)
    return lines.joined(separator: "\n") + "\n"
}
