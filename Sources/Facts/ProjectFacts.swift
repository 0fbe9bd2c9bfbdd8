package import Project
package import SourceText

/// What is true of a project: the input of checks that look at files against each other.
package struct ProjectFacts: Sendable {
    package let project: Project
    private let contexts: ContextStore
    private let sources: [String: SourceText]
    private let outlines = BuildOutlines()

    package init(project: Project) {
        self.init(project: project, contexts: ContextStore(of: project))
    }

    /// - Parameter contexts: those that have been read already.
    package init(project: Project, contexts: ContextStore) {
        self.project = project
        self.contexts = contexts
        sources = Dictionary(
            project.statements.map { ($0.source.path, $0.source) }, uniquingKeysWith: { first, _ in first })
    }

    /// One for each build of the project whose Dockerfile was read, in the project's order; made when it is asked for,
    /// as those of a thousand builds together take more than 100 MB.
    package var builds: some Sequence<BuildFacts> { builds { _, _ in true } }

    /// Those of the builds that are worth it, by what is known of them before: the build, and the text of its Dockerfile.
    package func builds(
        where isWorthIt: @escaping (Build, SourceText) -> Bool
    ) -> some Sequence<BuildFacts> {
        project.builds.lazy.compactMap { build in
            guard let source = project.dockerfiles[build.dockerfile], isWorthIt(build, source) else {
                return nil
            }
            return BuildFacts(build: build, in: project, contexts: contexts)
        }
    }

    /// Compose, bake, workflow and script files that were read.
    package var statements: [StatementFile] { project.statements }

    /// A compose, bake, workflow or script file that was read.
    package func source(_ path: String) -> SourceText? { sources[path] }

    /// What the Dockerfile of a build is like that a file states; nil where it is not known.
    package func outline(of statement: BuildStatement) -> BuildOutline? {
        statement.build.flatMap { build in
            outlines.outline(of: build) { BuildFacts(build: build, in: project, contexts: contexts) }
        }
    }

    /// The builds that workflows state, each with its workflow.
    package var workflowBuilds: [(statement: BuildStatement, workflow: Workflow, place: Workflow.StepPlace)] {
        let workflows = Dictionary(
            project.workflows.map { ($0.source.path, $0) }, uniquingKeysWith: { first, _ in first })
        return project.buildStatements.compactMap { statement in
            guard let place = statement.step, let workflow = workflows[statement.path] else { return nil }
            return (statement, workflow, place)
        }
    }
}
