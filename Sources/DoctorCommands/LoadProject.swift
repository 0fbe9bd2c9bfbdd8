import Catalogue
import Diagnostics
import Dockerfile
import Glibc
import Project
import SourceText

// STUB until Project loads.
func loadProject(
    _ paths: [String], mayAskHost: Bool, catalogue: Catalogue, in surroundings: Surroundings
) async throws -> Project {
    let root = surroundings.absolute(paths.first ?? ".")
    var files: [String: ParsedDockerfile] = [:]
    func load(_ path: String) {
        let fd = open(root + "/" + path, O_RDONLY)
        guard fd >= 0 else { return }
        defer { close(fd) }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        let n = read(fd, &bytes, bytes.count)
        guard n >= 0 else { return }
        files[path] = ParsedDockerfile(parsing: SourceText(path: path, bytes: Array(bytes[..<n])))
    }
    load("Dockerfile")
    if let dir = opendir(root) {
        while let entry = readdir(dir) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { load(name + "/Dockerfile") }
        }
        closedir(dir)
    }
    let builds = files.keys.sorted().map { Build(name: $0, dockerfile: $0, context: .directory(".")) }
    return Project(
        root: root, configuration: Configuration(), builds: builds, dockerfiles: files, statements: [],
        notes: [])
}

func sources(of findings: [Diagnostics.Finding], in project: Project) -> [String: SourceText] {
    project.dockerfiles.mapValues(\.source)
}
