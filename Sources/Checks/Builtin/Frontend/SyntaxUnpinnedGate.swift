import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// Build checks that end the build, by a frontend that moves.
struct SyntaxUnpinnedGate: ProjectCheck {
    static let id: CheckID = "syntax-unpinned-gate"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.dockerfiles.keys.sorted().compactMap { path in
            // Most files need not be parsed for this.
            guard project.project.dockerfiles[path]?.holds("error=true") == true,
                let dockerfile = project.project.parsedDockerfile(path)
            else { return nil }
            guard let check = dockerfile.directives.first(where: { $0.name == .check }),
                check.value.split(separator: ";").contains(where: { $0.filter { $0 != " " } == "error=true" })
            else { return nil }
            let syntax = dockerfile.directives.first { $0.name == .syntax }
            if let syntax, !Self.moving.contains(syntax.value) { return nil }
            return finding(
                at: check.range, in: dockerfile.source,
                message: "With `error=true` a check that a newer frontend adds ends the build, and "
                    + (syntax.map { "`\($0.value)` moves with every release." }
                        ?? "no `# syntax=` says which frontend it is."),
                cost: "A build can fail from one day to the next without a change.",
                fix: Fix("Pin the frontend to a minor version: # syntax=docker/dockerfile:1.20"))
        }
    }

    private static let moving: Set<String> = [
        "docker/dockerfile", "docker/dockerfile:1", "docker/dockerfile:latest",
        "docker.io/docker/dockerfile:1",
        "docker/dockerfile:labs", "docker/dockerfile:1-labs",
    ]
}
