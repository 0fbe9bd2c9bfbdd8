package import Project
import SourceText

/// What `--show-files` prints: each file that is examined, with what it is, separated by a tab.
package struct FilesListing: Sendable {
    private let project: Project

    package init(_ project: Project) { self.project = project }

    package func text() -> String {
        var files = project.dockerfiles.keys.map { ($0, "Dockerfile") }
        files += project.statements.map { ($0.source.path, $0.kind.label) }
        if let path = project.configuration.path { files.append((path, Statement.Kind.config.label)) }
        return withoutWorkflowCommands(
            files.sorted { $0 < $1 }.map { "\(printable($0))\t\($1)\n" }.joined())
    }
}
