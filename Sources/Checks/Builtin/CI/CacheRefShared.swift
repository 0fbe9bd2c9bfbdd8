import Diagnostics
import Facts
import Project
import SourceText

/// Builds of different images that write one cache: each overwrites what the one before it has written.
/// Source: docs.docker.com, "GitHub Actions cache", Scope (the same holds for a `ref` of a registry).
struct CacheRefShared: ProjectCheck {
    static let id: CheckID = "cache-ref-shared"
    let options: CheckOptions

    private struct Writer {
        let statement: BuildStatement
        let build: Build
        let entry: CacheEntry
        let place: String
        let pipeline: Pipeline?
        let job: Pipeline.Job?
    }

    func findings(in project: ProjectFacts) throws -> [Finding] {
        var byPlace: [String: [Writer]] = [:]
        for statement in project.project.dockerStatements {
            guard let build = statement.build else { continue }
            for entry in statement.cacheTo {
                let pipeline = project.pipeline(statement.path)
                let job = statement.step.flatMap { pipeline?.jobs[$0.job] }
                guard let place = entry.place,
                    // No run finds it, shared or not (gha-tag-cache-unread).
                    entry.type != "gha" || job?.runsForTagsAlone != .yes
                else { continue }
                byPlace[place, default: []].append(
                    Writer(
                        statement: statement, build: build, entry: entry, place: place,
                        pipeline: pipeline, job: job))
            }
        }
        if let (place, writers) = byPlace.first(where: { $1.count > Limits.writersOfOneCache }) {
            throw CannotTell(
                "\(writers.count) builds write the cache \(place), and no more than \(Limits.writersOfOneCache) are compared"
            )
        }
        var seen: Set<BuildOption> = []
        return byPlace.sorted { $0.key < $1.key }.flatMap { _, writers -> [Finding] in
            writers.indices.compactMap { index in
                let writer = writers[index]
                // The one before it, else the other legs of its own matrix: one of two files has the finding.
                guard !seen.contains(writer.entry.option),
                    let other = writers[..<index].first(where: { overwrite($0, writer) })
                else { return nil }
                seen.insert(writer.entry.option)
                return finding(for: writer, besides: other, in: project)
            }
        }
    }

    private func overwrite(_ first: Writer, _ second: Writer) -> Bool {
        let (one, two) = (first.build, second.build)
        let isOtherImage = one.dockerfile != two.dockerfile
        if first.statement.path != second.statement.path {
            guard isOtherImage, let left = first.job, let right = second.job, first.entry.type != "local"
            else { return false }
            let common = left.triggers.events.intersection(right.triggers.events)
            return !common.isDisjoint(with: [.push, .pullRequest, .mergeQueue])
        }
        guard let left = first.statement.step, let right = second.statement.step else {
            return isOtherImage || one.target != two.target && first.statement.kind == .bake
        }
        // Jobs have machines, and so folders, of their own.
        if first.entry.type == "local", left.job != right.job || left == right { return false }
        if isOtherImage { return true }
        if left == right {
            return one.platforms != two.platforms || one.target != two.target || one.args != two.args
                || one.context != two.context
        }
        return left.job != right.job && !one.platforms.isEmpty && !two.platforms.isEmpty
            && one.platforms != two.platforms
    }

    private func finding(for writer: Writer, besides other: Writer, in project: ProjectFacts) -> Finding? {
        guard let source = project.source(writer.entry.option.path),
            let otherSource = project.source(other.entry.option.path)
        else { return nil }
        let line = otherSource.line(at: other.entry.option.bytes.lowerBound)
        let isShared =
            other.entry.option.bytes == writer.entry.option.bytes
            && other.entry.option.path == writer.entry.option.path
        // Builds of one place in a workflow are legs of a matrix; elsewhere an anchor, or what targets inherit.
        let place =
            isShared
            ? writer.statement.step == nil || writer.pipeline?.system != .gitHub
                ? "all that take this line write it" : "the legs of this matrix all write it"
            : other.statement.path == writer.statement.path
                ? "line \(line) writes it too" : "\(other.statement.path):\(line) writes it too"
        let what =
            writer.build.dockerfile == other.build.dockerfile
            ? "another variant of \(writer.build.dockerfile)"
            : "\(writer.build.dockerfile) and \(other.build.dockerfile)"
        let name = writer.place.split(separator: " ", maxSplits: 1).last.map(String.init) ?? ""
        let kind =
            writer.entry.type == "gha" ? "scope" : writer.entry.type == "local" ? "folder" : "reference"
        return finding(
            at: writer.entry.option.bytes, in: source,
            message:
                "Two builds overwrite each other's cache: \(place), with the same \(kind) \(name), for \(what).",
            cost: "The one that is done last is kept; the others find nothing in the next run.",
            fix: Fix(
                writer.entry.type == "gha"
                    ? "Give each a name of its own on both sides: `scope=<image>-<platform>`."
                    : "Give each a \(kind) of its own on both sides."),
            subject: "\(writer.entry.option.written) \(writer.build.dockerfile)")
    }
}
