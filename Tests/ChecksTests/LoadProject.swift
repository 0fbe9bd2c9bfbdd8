import Dockerfile
import Foundation
import Project
import SourceText

func loadProject(at root: URL) async throws -> Project {
    var dockerfiles: [String: ParsedDockerfile] = [:]
    var statements: [StatementFile] = []
    for case let path as String in FileManager.default.enumerator(atPath: root.path) ?? .init() {
        let file = path.split(separator: "/").last ?? ""
        guard let data = try? Data(contentsOf: root.appending(path: path)), !path.hasPrefix(".git/") else {
            continue
        }
        let source = SourceText(path: path, bytes: Array(data))
        if file == "Dockerfile" || file.hasPrefix("Dockerfile.") && !file.hasSuffix(".dockerignore")
            || file.hasSuffix(".Dockerfile")
        {
            dockerfiles[path] = ParsedDockerfile(parsing: source)
        } else if file.hasSuffix(".sh") || file == "Makefile" || file.hasSuffix(".env") {
            statements.append(StatementFile(kind: .script, source: source))
        } else if path.contains(".github/workflows/") {
            statements.append(StatementFile(kind: .workflow, source: source))
        } else if file.contains("compose") {
            statements.append(StatementFile(kind: .compose, source: source))
        }
    }
    return Project(
        root: root.path, configuration: Configuration(),
        builds: dockerfiles.keys.sorted().map { Build(name: $0, dockerfile: $0, context: .directory(".")) },
        dockerfiles: dockerfiles, statements: statements.sorted { $0.source.path < $1.source.path }, notes: []
    )
}
