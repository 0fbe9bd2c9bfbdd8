import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// No `# syntax=`, although the file uses what not every builder's own frontend has, or its neighbours name one.
struct SyntaxMissing: ProjectCheck {
    static let id: CheckID = "syntax-missing"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let needs = Dictionary(
            project.outlines.map { ($0.outline.path, $0.outline.frontend) },
            uniquingKeysWith: { first, _ in first })
        let ofOtherBuilders = Dictionary(grouping: project.project.builds, by: \.dockerfile)
            .filter { !$0.value.contains { $0.isMade(by: \.hasFrontends) } }
        let candidates = project.project.dockerfiles.sorted { $0.key < $1.key }.compactMap {
            path, source -> Candidate? in
            if ofOtherBuilders[path] != nil { return nil }
            return Candidate(
                source: source, need: needs[path] ?? FrontendNeed(ParsedDockerfile(parsing: source)))
        }
        let declaring = candidates.filter(\.need.declaresSyntax)
        let floor = FrontendVersion(options.string("floor")) ?? FrontendVersion(1, 4)
        return candidates.compactMap { candidate in
            // A file of FROM and COPY means the same to every frontend there ever was.
            guard !candidate.need.features.isEmpty else { return nil }
            let newest = candidate.need.features.filter { $0.since > floor }.max { $0.since < $1.since }
            if let newest {
                return finding(
                    in: candidate.source, because: reason(newest, in: candidate.source),
                    isFetched: !declaring.isEmpty)
            }
            let others = candidates.count - 1
            if let example = declaring.first, declaring.count * 2 >= others {
                let count =
                    declaring.count == others
                    ? "all others here" : "\(declaring.count) of \(others) others here"
                return finding(
                    in: candidate.source, because: "\(count) name theirs, such as \(example.source.path)",
                    isFetched: true)
            }
            return nil
        }
    }

    private struct Candidate {
        let source: SourceText
        let need: FrontendNeed
    }

    private func reason(_ feature: FrontendFeature, in source: SourceText) -> String {
        "`\(feature.name)` in line \(source.line(at: feature.range.lowerBound)) needs "
            + "\(feature.since), which Docker Engine has since \(feature.since.engine)"
    }

    /// - Parameter isFetched: other files here name a frontend, so that the builders do reach a registry.
    private func finding(in source: SourceText, because reason: String, isFetched: Bool) -> Finding {
        let line = "# syntax=docker/dockerfile:1"
        let startsWithShebang = source.bytes[source.textStart...].starts(with: "#!".utf8)
        return finding(
            at: source.firstLine, in: source,
            message: "Which frontend reads this file is left to each builder, and \(reason).",
            fix: Fix(
                "Name the frontend in line 1 (builders fetch it from a registry):\n    \(line)",
                edits: startsWithShebang ? [] : [source.insertion(atTop: line)], isFetched ? .safe : .unsafe),
            subject: "syntax")
    }
}
