/// Paths inside of an image, as text.
package enum PathText {
    /// Cleans an absolute path as Go's `path.Clean` does; a relative one is joined to a folder first.
    package static func clean(_ path: String, in folder: String = "/") -> String {
        let absolute = path.utf8.first == slash ? path : folder + "/" + path
        if isClean(absolute) { return absolute }
        var parts: [Substring] = []
        for part in absolute.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether a path is a folder or lies below it; both cleaned.
    package static func isPath(_ path: String, inOrAt folder: String) -> Bool {
        guard path.utf8.starts(with: folder.utf8) else { return false }
        if path.utf8.count == folder.utf8.count || folder == "/" { return true }
        return path.utf8.dropFirst(folder.utf8.count).first == slash
    }

    private static let slash = UInt8(ascii: "/")

    private static func isClean(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            if byte == slash && last == slash { return false }
            if byte == UInt8(ascii: ".") && last == slash { return false }
            last = byte
        }
        return last != slash || path == "/"
    }
}
