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
        let dockerfiles = project.project.dockerfiles.values.sorted { $0.source.path < $1.source.path }
        let declaring = dockerfiles.filter(declaresSyntax)
        let floor = FrontendVersion(options.string("floor")) ?? FrontendVersion(1, 4)
        return dockerfiles.compactMap { dockerfile in
            guard !declaresSyntax(dockerfile), !dockerfile.instructions.isEmpty,
                dockerfile.problems.isEmpty, !hasDeadSyntax(dockerfile)
            else { return nil }
            let features = FrontendFeature.used(in: dockerfile)
            if let newest = features.filter({ $0.since > floor }).max(by: { $0.since < $1.since }) {
                return finding(in: dockerfile, because: reason(newest, in: dockerfile.source))
            }
            // A file of FROM and COPY means the same to every frontend there ever was.
            guard !features.isEmpty else { return nil }
            let others = dockerfiles.count - 1
            if let example = declaring.first, declaring.count * 2 >= others {
                let count =
                    declaring.count == others
                    ? "all others here" : "\(declaring.count) of \(others) others here"
                return finding(
                    in: dockerfile, because: "\(count) name theirs, such as \(example.source.path)")
            }
            return nil
        }
    }

    private func reason(_ feature: FrontendFeature, in source: SourceText) -> String {
        "`\(feature.name)` in line \(source.line(at: feature.range.lowerBound)) needs "
            + "\(feature.since), which Docker Engine has since \(feature.since.engine)"
    }

    private func finding(in dockerfile: ParsedDockerfile, because reason: String) -> Finding {
        let source = dockerfile.source
        let line = "# syntax=docker/dockerfile:1"
        let startsWithShebang = source.bytes[source.textStart...].starts(with: "#!".utf8)
        return finding(
            at: source.textStart..<source.bytes(ofLine: 1).upperBound, in: source,
            message: "Which frontend reads this file is left to each builder, and \(reason).",
            fix: Fix(
                "Name the frontend in line 1 (builders fetch it from a registry):\n    \(line)",
                edits: startsWithShebang ? [] : [source.insertion(atTop: line)]),
            subject: "syntax")
    }

    private func declaresSyntax(_ dockerfile: ParsedDockerfile) -> Bool {
        dockerfile.directives.contains { $0.name == .syntax }
    }

    /// Then `syntax-dead` says what there is to say.
    private func hasDeadSyntax(_ dockerfile: ParsedDockerfile) -> Bool {
        SyntaxDead.deadLine(in: dockerfile) != nil
    }
}
