import Diagnostics
import Dockerfile
import Facts

/// What BuildKit would refuse, in the file's text or in what it comes to.
struct ParseError: DockerfileCheck {
    static let id: CheckID = "parse-error"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        (build.dockerfile.parsed.problems + build.dockerfile.problems).map { problem in
            finding(at: problem.range, in: build.source, message: problem.message, fix: Fix(problem.remedy))
        }
    }
}
