extension Pipeline.System {
    package static let gitea = Self("Gitea")
    package static let forgejo = Self("Forgejo")
}

/// Workflows of Gitea and Forgejo have GitHub's grammar; their runners are one's own, whatever their labels say.
/// Sources: docs.gitea.com, "Comparison with GitHub Actions"; forgejo.org/docs, "Forgejo Actions | Reference".
extension PipelineFormat {
    static let gitea = workflows(in: ".gitea/workflows", of: .gitea)
    static let forgejo = workflows(in: ".forgejo/workflows", of: .forgejo)

    private static func workflows(in place: StaticString, of system: Pipeline.System) -> Self {
        Self(isFile: { _, folder in folder.equals(place) }, kind: .workflow) {
            documents, source, files, work in
            var reader = WorkflowReader(files: files, source: source, system: system)
            return documents.first.map { reader.read($0, work: &work) } ?? StatedBuilds()
        }
    }
}
