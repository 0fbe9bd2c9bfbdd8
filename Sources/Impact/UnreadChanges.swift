internal import Git
internal import Project

/// Of which changed files it cannot be told what they make run again: they are not read, or a build that may take them is
/// one of more than are examined.
struct UnreadChanges {
    private var unread: Set<String>
    /// Contexts of builds that are not examined.
    private var folders: Set<String> = []
    private var isAnything = false

    /// - Parameter project: of the head.
    init(notes: [Note], project: Project?) {
        unread = Set(notes.lazy.filter(\.isUnexamined).compactMap(\.path))
        guard let project else { return }
        unread.formUnion(project.unread)
        for build in project.unexaminedBuilds {
            unread.insert(build.dockerfile)
            switch build.context {
            case .directory(let folder): folders.insert(folder)
            case .elsewhere: break
            case .unknown: isAnything = true
            }
        }
    }

    func among(_ changes: [TreeChange]) -> [String] {
        if unread.isEmpty, !isAnything { return [] }
        return changes.map { String(decoding: $0.path, as: UTF8.self) }.filter {
            !$0.hasPrefix(".git/") && isAmong($0)
        }
    }

    private func isAmong(_ path: String) -> Bool {
        if isAnything || unread.contains(path) || folders.contains(".") { return true }
        guard !folders.isEmpty else { return false }
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if folders.contains(String(folder)) { return true }
        }
        return false
    }
}
