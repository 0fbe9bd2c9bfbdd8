import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// What a build takes from its context, source by source.
struct ContextReads {
    let build: BuildFacts
    let context: BuildContext
    let reads: [ContextRead]

    /// - Returns: nil where the context is no folder that we can read, or its ignore file ends the build.
    init?(_ build: BuildFacts) {
        reads = build.context.reads {
            let sources = build.reachableStages.flatMap(\.steps).flatMap { step in
                step.contextSources.map { (step, $0) }
            }
            guard !sources.isEmpty, let context = build.context.context, context.problems.isEmpty else {
                return []
            }
            return sources.map { ContextRead(step: $0, source: $1, selection: context.selection(of: $1)) }
        }
        guard !reads.isEmpty, let context = build.context.context else { return nil }
        self.build = build
        self.context = context
    }

    /// The build's own Dockerfile; nil where it lies outside of the context, or stands in a compose file.
    var dockerfile: ContextPath? { build.source.blankLines > 0 ? nil : build.build.dockerfileInContext }

    /// Those that take folders; only these make the context be walked.
    var folderReads: [ContextRead] { reads.filter { !$0.folders.isEmpty } }

    /// What a read takes along, from the one listing of the context where that tells it.
    func entries(of read: ContextRead) -> [ContextEntry] {
        let folders = read.folders
        guard !folders.isEmpty else { return [] }
        let entries =
            read.takesAll
            ? context.listing.entries
            : build.context.entries(takenBy: read.source) { find(read, in: folders) }
        // Without budget the check's findings do not count.
        return build.work.spend(entries.count / 16) ? entries : []
    }

    /// The files that a read takes along, those that it names included.
    func files(of read: ContextRead) -> [ContextEntry] {
        let named = Set(read.selection.roots.filter { $0.kind == .file }.map(\.target))
        let single =
            named.isEmpty
            ? [] : named.sorted { $0.isVisited(before: $1) }.compactMap(context.listing.entry)
        return (single + entries(of: read)).filter { $0.kind == .file }
    }

    private func find(_ read: ContextRead, in folders: [ContextPath]) -> [ContextEntry] {
        let inside = context.listing.entries(inOrAt: folders)
        guard !read.source.excludes.isEmpty || read.source.parents else { return inside }
        let taken = Set(context.entries(of: read.source, read.selection).map(\.path))
        return inside.filter { taken.contains($0.path) }
    }

    /// The reads of each step, by the line where it begins.
    var byLine: [Int: [ContextRead]] { Dictionary(grouping: reads, by: \.step.line) }

    /// The steps that run again when a read finds something changed: the step itself if it is a RUN, and the RUNs
    /// below it that take time.
    func reruns(after read: ContextRead) -> [StepFacts] {
        let steps = build.stages[read.step.stage].steps
        let own = read.step.run == nil ? [] : [read.step]
        return own + steps[(read.step.index + 1)...].filter { $0.run != nil && $0.weight != .light }
    }

    /// The same for several reads: each step once, in the file's order.
    func reruns(after reads: [ContextRead]) -> [StepFacts] {
        var lines: Set<Int> = []
        return reads.flatMap { reruns(after: $0) }.filter { lines.insert($0.line).inserted }
            .sorted { $0.line < $1.line }
    }

    /// The context as people name it.
    var contextName: String {
        if case .directory(let path) = build.build.context, path != "." { return "\(path)/" }
        return "the repository's root"
    }

    /// A path of the context, relative to the project's root.
    func projectPath(_ path: ContextPath) -> String {
        guard case .directory(let folder) = build.build.context, folder != "." else {
            return path.description
        }
        return path.isRoot ? folder : "\(folder)/\(path)"
    }
}

extension Build {
    /// The Dockerfile's path in the context; nil where it lies outside.
    var dockerfileInContext: ContextPath? {
        guard case .directory(let folder) = context else { return nil }
        if folder == "." { return ContextPath(dockerfile) }
        return dockerfile.hasPrefix(folder + "/")
            ? ContextPath(String(dockerfile.dropFirst(folder.count + 1))) : nil
    }
}

/// `1,234 files`, `12.3 MB`: amounts in messages.
enum Amount {
    static func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(grouped(count)) files" }

    /// - Parameter count: in bytes; units of 1000, as `docker build` prints them.
    static func bytes(_ count: Int) -> String {
        guard count >= 1000 else { return count == 1 ? "1 byte" : "\(count) bytes" }
        var units = ["kB", "MB", "GB", "TB"][...]
        var tenths = count / 100 + (count % 100 >= 50 ? 1 : 0)
        while tenths >= 10_000, units.count > 1 {
            tenths = (tenths + 500) / 1000
            units.removeFirst()
        }
        let number =
            tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\((tenths + 5) / 10)"
        return "\(number) \(units.first!)"
    }

    static func grouped(_ count: Int) -> String {
        var text = ""
        for (index, digit) in String(count).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

extension BidirectionalCollection<String> {
    /// `a, b and 3 more`.
    func listed(_ limit: Int = 4) -> String {
        guard count > limit else {
            guard let last, count > 1 else { return first ?? "" }
            return dropLast().joined(separator: ", ") + " and " + last
        }
        return prefix(limit).joined(separator: ", ") + " and \(count - limit) more"
    }
}
