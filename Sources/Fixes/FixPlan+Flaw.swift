package import Diagnostics
internal import Dockerfile
package import Project
package import Repository
package import SourceText

extension FixPlan {
    /// What must hold of the fixes of any project: they leave it parsable, no file is given the content that it has, and
    /// who fixes it again changes nothing. For tests and fuzzing.
    /// - Parameters: as of `init(for:_:loading:examining:)`.
    /// - Returns: what does not hold; nil where all does.
    package static func flaw(
        of project: Project, _ request: Request, loading load: @escaping (Snapshot) async -> Project?,
        examining examine: (Project) async -> Outcome
    ) async -> String? {
        let plan = await FixPlan(for: project, request, loading: load, examining: examine)
        for file in plan.files {
            if file.before == file.after { return "\(file.path) is given the content that it has" }
            guard let dockerfile = plan.project.parsedDockerfile(file.path) else { continue }
            guard dockerfile.source.bytes == file.after else {
                return "\(file.path) is another in the project"
            }
            let old = ParsedDockerfile(parsing: SourceText(path: file.path, bytes: file.before ?? []))
            if old.problems.contains(where: { $0.kind != .mount }) {
                return "\(file.path) did not parse, and was changed"
            }
            if let problem = dockerfile.problems.first(where: { $0.kind != .mount }) {
                return "\(file.path) does not parse after its fixes: \(problem.message)"
            }
        }
        guard !plan.isBounded else { return nil }
        let again = await FixPlan(for: plan.project, request, loading: load, examining: examine)
        guard again.files.isEmpty else {
            let findings = again.fixed.map { "\($0.finding.check) in \($0.finding.path)" }
            return "fixed once more: \(findings.joined(separator: ", "))"
        }
        return nil
    }

    /// A project of one Dockerfile that no disk holds, whose build nothing states.
    package static func project(of dockerfile: SourceText) -> Project {
        Project(
            snapshot: Snapshot(holding: [dockerfile.path: dockerfile.bytes]), configuration: Configuration(),
            builds: [Build(name: dockerfile.path, dockerfile: dockerfile.path, context: .unknown)],
            dockerfiles: [dockerfile.path: dockerfile], statements: [], notes: [], leftOut: [],
            buildStatements: [],
            commands: [], pipelines: [])
    }

    /// The same of the Dockerfile that a snapshot has.
    package static func project(of path: String, in snapshot: Snapshot) -> Project? {
        let bytes = try? snapshot.read(path, limit: Limits.dockerfileBytes)
        return bytes.map { project(of: SourceText(path: path, bytes: $0)) }
    }
}
