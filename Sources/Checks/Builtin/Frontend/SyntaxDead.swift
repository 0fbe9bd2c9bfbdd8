import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A `# syntax=` that stands where it is an ordinary comment.
struct SyntaxDead: DockerfileCheck {
    static let id: CheckID = "syntax-dead"
    static let isAboutFrontends = true
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let dead = build.dockerfile.parsed.deadSyntaxLine else { return [] }
        return [finding(line: dead.line, image: dead.image, in: build.source)]
    }

    private func finding(line: Int, image: String, in source: SourceText) -> Finding {
        let range = source.bytes(ofLine: line)
        let reason =
            line == 1
            ? "it does not begin in column 1"
            : "what stands above it has ended the block of parser directives"
        let text = "# syntax=\(image)"
        let edits =
            line == 1
            ? [Edit(path: source.path, bytes: source.textStart..<range.upperBound, replacement: text)]
            : [source.insertion(atTop: text), source.removal(ofLines: line...line)]
        return finding(
            at: range, in: source,
            message: "This line chooses no frontend, it is a comment: \(reason). "
                + "The builder reads the file with the frontend that it happens to bring.",
            fix: Fix(
                line == 1 ? "Begin it in column 1:\n    \(text)" : "Move it to line 1:\n    \(text)",
                edits: edits, isFloating(image) ? .safe : .unsafe),
            subject: text)
    }

    /// The stable frontend of the day, which reads what the builder's own does; another may read the file otherwise.
    private func isFloating(_ image: String) -> Bool {
        OfficialFrontend(image).map { $0.version == nil && $0.channel == .stable && !$0.isPinnedByDigest }
            ?? false
    }
}
