/// What was read of some commits.
package struct ReadCommits: Sendable {
    /// Their names, in the order asked.
    package let commits: [ObjectID]
    /// All files of the first one.
    package let tree: CommitTree
    /// The symlinks and submodules of that tree, in no order.
    package let symlinks: [File]
    package let submodules: [File]
    /// Its files of which who asked wanted to know more, in no order.
    package let noted: [File]
    /// Of the symlinks and of the files that are noted; nil for what git does not have or what is too large.
    package let contents: [ObjectID: [UInt8]?]

    package struct File: Sendable {
        package let path: [UInt8]
        package let id: ObjectID
    }

    /// Whether a file is to be noted, told by its name and the path of its folder (empty for the root).
    package typealias Test =
        @Sendable (
            _ name: UnsafeBufferPointer<UInt8>, _ folder: UnsafeBufferPointer<UInt8>
        ) -> Bool

    /// - Parameter path: of a file, relative to the root.
    package static func isTrue(
        _ test: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool, of path: [UInt8]
    ) -> Bool {
        path.withUnsafeBufferPointer {
            let (name, folder) = nameAndFolder(of: $0)
            return test(name, folder)
        }
    }

    /// - Parameter path: of a file, relative to the root.
    package static func withNameAndFolder<Result>(
        of path: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var path = path
        return path.withUTF8 { buffer in
            let (name, folder) = nameAndFolder(of: buffer)
            return body(name, folder)
        }
    }

    /// - Parameter path: of a file, relative to the root.
    package static func nameAndFolder(
        of path: UnsafeBufferPointer<UInt8>
    ) -> (name: UnsafeBufferPointer<UInt8>, folder: UnsafeBufferPointer<UInt8>) {
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        return (
            UnsafeBufferPointer(rebasing: path[(slash.map { $0 + 1 } ?? 0)...]),
            UnsafeBufferPointer(rebasing: path[..<(slash ?? 0)])
        )
    }
}
