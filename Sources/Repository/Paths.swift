/// Paths relative to a project's root: `/` separates, no `.` or `..` inside, `.` for the root itself.
package enum Paths {
    /// - Parameters:
    ///   - path: as written; absolute ones are not taken.
    ///   - folder: what it is relative to.
    /// - Returns: the path relative to the root; nil where it leads out of it.
    package static func resolve(_ path: String, in folder: String) -> String? {
        if path.utf8.first == UInt8(ascii: "/") { return nil }
        let slash = UInt8(ascii: "/")
        var joined = folder == "." ? [] : Array(folder.utf8)
        for part in path.utf8.split(separator: slash) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                if joined.isEmpty { return nil }
                joined.removeSubrange((joined.lastIndex(of: slash) ?? 0)...)
            } else {
                if !joined.isEmpty { joined.append(slash) }
                joined += part
            }
        }
        return joined.isEmpty ? "." : String(decoding: joined, as: UTF8.self)
    }

    /// The deepest folder that holds both of two absolute folders, or is one of them.
    package static func commonFolder(_ left: String, _ right: String) -> String {
        let parts = zip(left.split(separator: "/"), right.split(separator: "/")).prefix { $0 == $1 }
        return "/" + parts.map { $0.0 }.joined(separator: "/")
    }

    /// The folder that holds a file.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return String(path[..<slash])
    }

    package static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    package static func join(_ folder: String, _ name: String) -> String {
        folder == "." ? name : "\(folder)/\(name)"
    }

    /// Whether a path is a folder or lies in it.
    package static func isInside(_ path: String, _ folder: String) -> Bool {
        folder == "." || path == folder || path.utf8.starts(with: (folder + "/").utf8)
    }
}

extension Paths {
    /// - Parameters:
    ///   - path: absolute, without links.
    ///   - root: the same.
    /// - Returns: the path relative to the root; nil for one outside of it.
    package static func relative(_ path: String, to root: String) -> String? {
        if path == root { return "." }
        let prefix = root == "/" ? "/" : root + "/"
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// The folder that holds an absolute path.
    package static func parent(of absolute: String) -> String {
        let folder = absolute.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(absolute[..<$0]) } ?? ""
        return folder.isEmpty ? "/" : folder
    }
}
