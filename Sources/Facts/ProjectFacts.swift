package import Project

/// What is true of a project: the input of checks that look at files against each other.
package struct ProjectFacts: Sendable {
    package let project: Project
    /// One for each build of the project whose Dockerfile was read, in the project's order.
    package let builds: [BuildFacts]

    /// - Parameters:
    ///   - project: what was found in the repository.
    ///   - builds: facts that exist already; nil to make those of all builds.
    package init(project: Project, builds: [BuildFacts]? = nil) {
        self.project = project
        let contexts = ContextStore(root: project.root)
        self.builds =
            builds ?? project.builds.compactMap { BuildFacts(build: $0, in: project, contexts: contexts) }
    }

    /// Compose, bake, workflow and script files that were read.
    package var statements: [StatementFile] { project.statements }
}
