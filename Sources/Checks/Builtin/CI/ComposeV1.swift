import Diagnostics
import Facts
import Project
import SourceText

/// A script, workflow or job that installs Docker Compose 1, which builds without BuildKit unless
/// `COMPOSE_DOCKER_CLI_BUILD=1` is set.
/// Sources: docs.docker.com, "Migrate to Compose V2" (no longer maintained since July 2023); docker/compose 1.25.0,
/// release notes; the last `docker-compose` on PyPI is 1.29.2.
struct ComposeV1: ProjectCheck {
    static let id: CheckID = "compose-v1"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        guard project.project.buildStatements.contains(where: { $0.kind == .compose }) else { return [] }
        return project.statements.flatMap { file -> [Finding] in
            guard file.kind == .script || file.kind == .workflow,
                !file.source.holds("COMPOSE_DOCKER_CLI_BUILD")
            else {
                return []
            }
            return (1...file.source.lineCount).compactMap { finding(inLine: $0, of: file.source) }
        }
    }

    private func finding(inLine number: Int, of source: SourceText) -> Finding? {
        let range = source.bytes(ofLine: number)
        let line = source.string(range)
        guard line.holds("compose"), !line.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("#") else {
            return nil
        }
        let words = line.split { " \t\"'".contains($0) }
        let fromPip =
            zip(words, words.dropFirst()).contains { $0.hasPrefix("pip") && $1 == "install" }
            && words.contains { $0 == "docker-compose" || $0.hasPrefix("docker-compose==1") }
        guard fromPip || line.holds("compose/releases/download/1.") || line.holds("docker/compose:1.") else {
            return nil
        }
        let start = range.lowerBound + line.utf8.prefix { $0 <= 0x20 }.count
        return finding(
            at: start..<range.upperBound, in: source,
            message:
                "Docker Compose 1 comes in here, and it builds without BuildKit: no cache mounts, and stages one "
                + "after the other.",
            cost: "It also sends the whole context with each build.",
            fix: Fix("Use `docker compose`, or set DOCKER_BUILDKIT=1 and COMPOSE_DOCKER_CLI_BUILD=1."))
    }
}
