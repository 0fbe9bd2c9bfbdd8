package import BuildContext

/// A state of a repository that is not on disk, such as a commit.
package struct RepositoryState: Sendable {
    private let tree: any FileTree
    private let contents: @Sendable (ContextPath) -> [UInt8]?

    /// - Parameters:
    ///   - tree: all files, from the repository's root.
    ///   - contents: of a file; nil where they are not to be had.
    package init(tree: any FileTree, contents: @escaping @Sendable (ContextPath) -> [UInt8]?) {
        self.tree = tree
        self.contents = contents
    }

    func read(_ path: String, limit: Int) throws(ProjectFiles.Problem) -> [UInt8] {
        let place = try resolved(path)
        switch tree.entry(at: place)?.kind {
        case .file: break
        case .directory: throw .because("is a folder, not a file")
        case nil: throw .missing
        default: throw .because("is not a regular file")
        }
        guard let bytes = contents(place) else { throw .because("cannot be read: git does not have it") }
        guard bytes.count <= limit else { throw .because("is larger than \(limit) bytes") }
        return bytes
    }

    /// What stands at a path, links followed.
    func entry(_ path: String) -> ProjectFiles.Entry? {
        guard let place = try? resolved(path) else { return nil }
        return switch tree.entry(at: place)?.kind {
        case nil: nil
        case .file: .file
        case .directory: .folder
        default: .other
        }
    }

    /// Whether anything stands at a path, a link included.
    func exists(_ path: String) -> Bool {
        let place = Self.place(path)
        guard let parent = place.parent else { return true }
        if tree.entry(at: place) != nil { return true }
        guard tree.mayHoldSymlinks, case .success(let folder) = resolve(parent, in: tree), folder != parent
        else { return false }
        return tree.entry(at: folder.appending(place.name)) != nil
    }

    /// The names in a folder; nil where there is none.
    func names(in folder: String) -> [String]? {
        guard let place = try? resolved(folder) else { return nil }
        return tree.entries(of: place)?.map { String(decoding: $0.name, as: UTF8.self) }
    }

    /// The path without links.
    func target(of path: String) -> ContextPath? { try? resolved(path) }

    private func resolved(_ path: String) throws(ProjectFiles.Problem) -> ContextPath {
        var leadsOut = false
        switch resolve(Self.place(path), in: tree, leadsOut: &leadsOut) {
        case .success(let place):
            if leadsOut { throw .because("is a link that leads out of the repository") }
            return place
        case .failure(.missing(let place)):
            if place == Self.place(path) { throw .missing }
            throw .because("is a link to a file that does not exist")
        case .failure: throw .because("is a link that leads back to itself")
        }
    }

    private static func place(_ path: String) -> ContextPath { path == "." ? .root : ContextPath(path) }
}
