package import Project

/// What is true of a project: the input of checks that look at files against each other.
package struct ProjectFacts: Sendable {
    package let project: Project
    private let contexts: ContextStore

    package init(project: Project) {
        self.init(project: project, contexts: ContextStore(of: project))
    }

    /// - Parameter contexts: those that have been read already.
    package init(project: Project, contexts: ContextStore) {
        self.project = project
        self.contexts = contexts
    }

    /// One for each build of the project whose Dockerfile was read, in the project's order; made when it is asked for,
    /// as those of a thousand builds together take more than 100 MB.
    package var builds: some Sequence<BuildFacts> {
        project.builds.lazy.compactMap { BuildFacts(build: $0, in: project, contexts: contexts) }
    }

    /// Compose, bake, workflow and script files that were read.
    package var statements: [StatementFile] { project.statements }
}
