package import BuildContext

extension BuildContext {
    /// A context on disk.
    /// - Parameters:
    ///   - project: absolute path of the project's root.
    ///   - directory: the context, relative to it.
    ///   - dockerfile: relative to it.
    package convenience init(project: String, directory: String, dockerfile: String) throws(ContextError) {
        let beside = ContextPath(dockerfile).parent?.description ?? ""
        self.init(
            tree: try DiskTree(inside: project, directory: directory), directory: directory,
            dockerfile: dockerfile,
            beside: try? DiskTree(inside: project, directory: beside.isEmpty ? "." : beside))
    }
}
