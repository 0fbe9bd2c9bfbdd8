/// Paths in a container, with `/` between their parts, as Go's `path` package treats them.
package enum ContainerPath {
    static func isAbsolute(_ path: String) -> Bool { path.utf8.first == Byte.slash }

    /// The shortest spelling: no `.`, `..` or empty parts; `.` for an empty path.
    package static func clean(_ path: String) -> String {
        let bytes = Array(path.utf8)
        if isClean(bytes) { return path }
        let isRooted = bytes.first == Byte.slash
        var parts: [ArraySlice<UInt8>] = []
        for part in bytes.split(separator: Byte.slash) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if let last = parts.last, !last.elementsEqual("..".utf8) {
                    parts.removeLast()
                } else if !isRooted {
                    parts.append(part)
                }
                continue
            }
            parts.append(part)
        }
        let joined = parts.joined(separator: [Byte.slash])
        if isRooted { return "/" + String(decoding: Array(joined), as: UTF8.self) }
        return parts.isEmpty ? "." : String(decoding: Array(joined), as: UTF8.self)
    }

    private static func isClean(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        if bytes.count == 1 { return true }
        if bytes.last == Byte.slash { return false }
        // No part is empty, `.` or `..`: `/root/.cache` is clean.
        var start = first == Byte.slash ? 1 : 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != Byte.slash { end += 1 }
            let dots = end - start <= 2 && bytes[start..<end].allSatisfy { $0 == UInt8(ascii: ".") }
            if dots { return false }
            start = end + 1
        }
        return true
    }

    static func join(_ parent: String, _ path: String) -> String {
        var joined = Array(parent.utf8)
        guard joined.first == Byte.slash, isClean(joined) else { return clean(parent + "/" + path) }
        if joined.count == 1 { joined = [] }
        for part in path.utf8.split(separator: Byte.slash) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                if let slash = joined.lastIndex(of: Byte.slash) { joined.removeSubrange(slash...) }
            } else {
                joined.append(Byte.slash)
                joined += part
            }
        }
        return joined.isEmpty ? "/" : String(decoding: joined, as: UTF8.self)
    }

    /// `path` as seen from a directory; a `/` (or `/.`) at its end is kept as `/`.
    static func absolute(_ path: String, from directory: String) -> String {
        let whole = isAbsolute(path) ? clean(path) : join(directory, path)
        let isDirectory = path.isEmpty || path == "." || path.hasSuffix("/") || path.hasSuffix("/.")
        return isDirectory && whole != "/" ? whole + "/" : whole
    }
}
