import Repository

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
        ofFirstDocument(isFile: { _, folder in folder.equals(place) }, kind: .workflow) {
            yaml, draft, work in
            var reader = WorkflowReader(draft, system: system)
            return reader.read(yaml, work: &work)
        }
    }
}
