package import Repository

extension Project {
    /// What of a repository is asked for, relative to its root.
    package struct Selection: Sendable {
        /// Folders whose builds are examined.
        package internal(set) var folders: [String]
        /// Dockerfiles.
        package internal(set) var files: [String]
        /// The root is that of a git repository: what git ignores is passed over.
        package let isRepository: Bool

        /// All of a git repository.
        package static let all = Selection(folders: ["."], files: [], isRepository: true)
        /// All of a folder that is in no repository.
        package static let folder = Selection(folders: ["."], files: [], isRepository: false)

        func includes(_ path: String) -> Bool {
            files.contains(path) || folders.contains { Paths.isInside(path, $0) }
        }

        /// What of it a snapshot has.
        package func kept(in snapshot: Snapshot) -> Selection {
            Selection(
                folders: folders.filter(snapshot.isFolder), files: files.filter { snapshot.exists($0) },
                isRepository: isRepository)
        }

        package var isEmpty: Bool { folders.isEmpty && files.isEmpty }
    }
}
