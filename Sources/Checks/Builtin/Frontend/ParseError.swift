import Diagnostics
import Dockerfile
import Facts

/// What BuildKit would refuse, in the file's text or in what it comes to; mistakes in mounts are `mount-syntax`.
struct ParseError: DockerfileCheck {
    static let id: CheckID = "parse-error"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let problems = build.dockerfile.parsed.problems + build.dockerfile.problems
        return problems.compactMap { problem in
            switch problem.kind {
            case .mount: nil
            case .limit:
                finding(
                    at: problem.range, in: build.source, severity: .info, message: problem.message,
                    fix: Fix(problem.remedy))
            case .file, .directive, .instruction, .expansion, .stage:
                finding(
                    at: problem.range, in: build.source, message: "The build fails: \(problem.message).",
                    fix: Fix(problem.remedy, edits: problem.edits(in: build.path)))
            }
        }
    }
}
