package import Project
package import SourceText

/// What is true of a project: the input of checks that look at files against each other.
package struct ProjectFacts: Sendable {
    package let project: Project
    private let contexts: ContextStore
    private let sources: [String: SourceText]
    private let pipelines: [String: Pipeline]
    private let known = BuildOutlines()

    package init(project: Project) {
        self.project = project
        contexts = ContextStore(of: project.snapshot)
        sources = Dictionary(
            project.statements.map { ($0.source.path, $0.source) }, uniquingKeysWith: { first, _ in first })
        pipelines = Dictionary(
            project.pipelines.map { ($0.source.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Not all of the build contexts that were asked for is examined.
    package var contextsAreCutShort: Bool { contexts.isCutShort }

    /// One for each build of the project whose Dockerfile was read, in the project's order; made when it is asked for,
    /// as those of a thousand builds together take more than 100 MB. What looks at all builds for little does with
    /// `outlines`.
    package var builds: some Sequence<BuildFacts> { project.builds.lazy.compactMap(facts) }

    /// - Returns: nil where the build's Dockerfile was not read.
    package func facts(of build: Build) -> BuildFacts? {
        guard let facts = BuildFacts(build: build, in: project, contexts: contexts) else { return nil }
        known.remember(facts)
        return facts
    }

    /// The builds whose Dockerfile was read, in the project's order, each with what its Dockerfile is like.
    package var outlines: some Sequence<(build: Build, outline: BuildOutline)> {
        project.builds.lazy.compactMap { build in outline(of: build).map { (build, $0) } }
    }

    private func outline(of build: Build) -> BuildOutline? {
        known[build] ?? BuildFacts(build: build, in: project, contexts: contexts).map(known.remember)
    }

    /// The builds that compose and bake files state beside builds of other Dockerfiles, in the project's order, each with
    /// these files.
    package var buildsMadeTogether: some Sequence<(build: BuildFacts, files: [String])> {
        var byFile: [String: Set<String>] = [:]
        for build in project.builds {
            for statement in build.statedBy where statement.kind == .compose || statement.kind == .bake {
                byFile[statement.path, default: []].insert(build.dockerfile)
            }
        }
        let several = byFile.filter { $0.value.count > 1 }
        return project.builds.lazy.compactMap { build in
            let files = build.statedBy.map(\.path).filter { several[$0] != nil }
            return files.isEmpty ? nil : facts(of: build).map { ($0, files) }
        }
    }

    /// Compose, bake, CI and script files that were read.
    package var statements: [StatementFile] { project.statements }

    /// A compose, bake, CI or script file that was read.
    package func source(_ path: String) -> SourceText? { sources[path] }

    /// What the Dockerfile of a build is like that a file states; nil where it is not known.
    package func outline(of statement: BuildStatement) -> BuildOutline? {
        statement.build.flatMap(outline)
    }

    /// The file of a CI system, where it names a builder of images.
    package func pipeline(_ path: String) -> Pipeline? { pipelines[path] }

    /// The builds that the steps of pipelines state, each with its pipeline.
    package var pipelineBuilds: [(statement: BuildStatement, pipeline: Pipeline, place: Pipeline.StepPlace)] {
        project.dockerStatements.compactMap { statement in
            guard let place = statement.step, let pipeline = pipelines[statement.path] else { return nil }
            return (statement, pipeline, place)
        }
    }
}
