import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// What BuildKit would refuse, in the file's text or in what it comes to; mistakes in mounts are `mount-syntax`.
struct ParseError: DockerfileCheck {
    static let id: CheckID = "parse-error"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let problems = build.dockerfile.parsed.problems + build.dockerfile.problems
        if let place = problems.first(where: { isPlaceholder($0, in: build.source) }) {
            // What the tool replaces is no mistake, and nothing to tell; what else there is may come of the template.
            if problems.allSatisfy({ isPlaceholder($0, in: build.source) }) {
                return ignoreFileProblems(of: build)
            }
            return [
                finding(
                    at: place.range, in: build.source, severity: min(.info, options.severity),
                    confidence: .likely,
                    message: "This file is a template, and is not judged by its syntax: a tool replaces "
                        + "`\(build.source.string(place.range).prefix(60))` before a build reads it.",
                    fix: Fix("Check the file that the tool writes."), subject: "template")
            ]
        }
        return ignoreFileProblems(of: build)
            + problems.compactMap { problem in
                switch problem.kind {
                case .mount: nil
                case .limit:
                    finding(
                        at: problem.range, in: build.source, severity: .info, message: problem.message,
                        fix: Fix(problem.remedy))
                case .file, .directive, .instruction, .expansion, .stage:
                    finding(
                        at: problem.range, in: build.source, message: "The build fails: \(problem.message).",
                        fix: Fix(problem.remedy, edits: problem.edits(in: build.path), .manual))
                }
            }
    }

    /// Lines of the ignore file that end the build; only a build that takes files of its context reads it.
    private func ignoreFileProblems(of build: BuildFacts) -> [Finding] {
        guard build.reachableStages.contains(where: { $0.steps.contains { !$0.contextSources.isEmpty } }),
            let file = build.context.context?.ignoreFile
        else { return [] }
        return file.problems.map { problem in
            finding(at: problem.range, in: file.source, message: problem.message, fix: Fix(problem.remedy))
        }
    }

    /// Something that no Dockerfile has and that templates are made of: `${project.version}`, `%%NAME%%`, `{{ name }}`,
    /// `<%= name %>`, `@name@`.
    private func isPlaceholder(_ problem: SyntaxProblem, in source: SourceText) -> Bool {
        switch problem.kind {
        case .instruction, .expansion: break
        case .file, .directive, .mount, .stage, .limit: return false
        }
        let text = source.string(problem.range)
        let starts = ["%%", "{{", "{%", "<%", "@@", "#{"]
        if starts.contains(where: { text.hasPrefix($0) }) { return true }
        guard problem.kind == .expansion else { return false }
        return text.split(separator: "${", omittingEmptySubsequences: false).dropFirst().contains { piece in
            let name = piece.prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
            return name.contains(".") && piece.dropFirst(name.count).hasPrefix("}")
        }
    }
}
