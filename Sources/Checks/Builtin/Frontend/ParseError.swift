import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// What BuildKit would refuse, in the file's text or in what it comes to; mistakes in mounts are `mount-syntax`.
struct ParseError: DockerfileCheck {
    static let id: CheckID = "parse-error"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let problems = build.dockerfile.parsed.problems + build.dockerfile.problems
        let obstacles = build.obstacles
        if let place = obstacles.placeholder {
            // What the tool replaces is no mistake, and nothing to tell; what else there is may come of the template.
            if problems.allSatisfy({ $0.isPlaceholder(in: build.source) }) {
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
            } + obstacles.unpassed.map { unpassedArgument($0, in: build) }
    }

    /// What the arguments make that a build does not pass, whose arguments are all stated.
    private func unpassedArgument(_ open: BuildObstacles.Open, in build: BuildFacts) -> Finding {
        let names = open.arguments.map { "`\($0)`" }.listed()
        let place = build.build.statedBy.first.map { "\($0.path), line \($0.line)" } ?? "what states it"
        return finding(
            at: open.problem.range, in: build.source,
            message: "The build `\(build.build.name)` fails here: \(open.problem.message). "
                + "Nothing passes it \(names), and there is no default.",
            fix: Fix("Pass \(names) in \(place), or give it a default with ARG."))
    }

    /// Lines of the ignore file that end the build; only a build that takes files of its context reads it.
    private func ignoreFileProblems(of build: BuildFacts) -> [Finding] {
        guard build.reachableStages.contains(where: { $0.steps.contains { !$0.contextSources.isEmpty } }),
            let file = build.context.context?.ignoreFile
        else { return [] }
        return file.problems.map { problem in
            finding(
                at: problem.range, in: file.source, severity: problem.isLimit ? .info : nil,
                message: problem.message, fix: Fix(problem.remedy))
        }
    }
}
