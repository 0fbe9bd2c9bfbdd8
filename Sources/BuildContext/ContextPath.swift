/// A path inside a build context: names separated by `/`, relative to the context's root; empty for the root itself.
///
/// Bytes, because a name on disk or in git need not be UTF-8, and because two spellings of one character are two names.
package struct ContextPath: Hashable, Comparable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    package let bytes: [UInt8]

    /// - Parameter bytes: a clean relative path: no empty, `.` or `..` names, no `/` at either end.
    package init(bytes: [UInt8]) { self.bytes = bytes }
    package init(_ path: String) { self.init(bytes: Array(path.utf8)) }
    package init(stringLiteral path: String) { self.init(path) }

    package static var root: Self { Self(bytes: []) }

    package var isRoot: Bool { bytes.isEmpty }

    /// The path as text; bytes that are not UTF-8 become U+FFFD. Not for opening files.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The last name.
    package var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: .slash) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }

    /// The folder that holds it; nil for the root.
    package var parent: ContextPath? {
        guard !isRoot else { return nil }
        guard let slash = bytes.lastIndex(of: .slash) else { return .root }
        return ContextPath(bytes: Array(bytes[..<slash]))
    }

    package var components: [ArraySlice<UInt8>] { bytes.split(separator: .slash) }

    package func appending(_ name: some Collection<UInt8>) -> ContextPath {
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        if !joined.isEmpty { joined.append(.slash) }
        joined.append(contentsOf: name)
        return ContextPath(bytes: joined)
    }

    /// Whether this is `folder` or lies below it.
    package func isInside(_ folder: ContextPath) -> Bool {
        folder.isRoot
            || bytes.starts(with: folder.bytes)
                && (bytes.count == folder.bytes.count || bytes[folder.bytes.count] == .slash)
    }

    /// Whether a walk that visits folders before what they hold, and names in the order of their bytes, comes to this path
    /// first: `a/b` before `a-b`.
    package func isVisited(before other: ContextPath) -> Bool {
        var index = 0
        while index < bytes.count, index < other.bytes.count {
            let (own, others) = (bytes[index], other.bytes[index])
            if own != others { return own == .slash || others != .slash && own < others }
            index += 1
        }
        return bytes.count < other.bytes.count
    }

    /// By bytes, so that `a-b` comes before `a/b`.
    package static func < (left: Self, right: Self) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension UInt8 {
    static var slash: UInt8 { UInt8(ascii: "/") }
    static var backslash: UInt8 { UInt8(ascii: "\\") }
    static var newline: UInt8 { UInt8(ascii: "\n") }
    static var exclamation: UInt8 { UInt8(ascii: "!") }
    static var star: UInt8 { UInt8(ascii: "*") }
    static var question: UInt8 { UInt8(ascii: "?") }
    static var dot: UInt8 { UInt8(ascii: ".") }
    static var openBracket: UInt8 { UInt8(ascii: "[") }
    static var closeBracket: UInt8 { UInt8(ascii: "]") }
    static var caret: UInt8 { UInt8(ascii: "^") }
    static var hyphen: UInt8 { UInt8(ascii: "-") }
}

/// Go's `filepath.Clean`: resolves `.`, `..` and repeated `/` without looking at the disk.
/// - Returns: the shortest equal path; `.` for nothing.
func cleanedPath(_ path: some Collection<UInt8>) -> [UInt8] {
    let isAbsolute = path.first == .slash
    var kept: [Path] = []
    var ascending = 0
    typealias Path = [UInt8]
    for part in path.split(separator: UInt8.slash) {
        if part.elementsEqual([.dot]) { continue }
        if part.elementsEqual([.dot, .dot]) {
            if !kept.isEmpty {
                kept.removeLast()
            } else if !isAbsolute {
                ascending += 1
            }
            continue
        }
        kept.append(Array(part))
    }
    let parts = Array(repeating: [UInt8.dot, .dot], count: ascending) + kept
    let joined = Array(parts.joined(separator: [UInt8.slash]))
    if isAbsolute { return [.slash] + joined }
    return joined.isEmpty ? [.dot] : joined
}

/// Decodes one character as Go does: a byte that is no UTF-8 counts as U+FFFD, one byte long.
/// - Returns: the character and its length in bytes.
func decodedRune(_ bytes: some RandomAccessCollection<UInt8>) -> (rune: UInt32, length: Int) {
    var iterator = bytes.makeIterator()
    guard let first = iterator.next() else { return (0xFFFD, 0) }
    if first < 0x80 { return (UInt32(first), 1) }
    let length: Int
    var rune: UInt32
    switch first {
    case 0xC2...0xDF: (length, rune) = (2, UInt32(first & 0x1F))
    case 0xE0...0xEF: (length, rune) = (3, UInt32(first & 0x0F))
    case 0xF0...0xF4: (length, rune) = (4, UInt32(first & 0x07))
    default: return (0xFFFD, 1)
    }
    for _ in 1..<length {
        guard let next = iterator.next(), next & 0xC0 == 0x80 else { return (0xFFFD, 1) }
        rune = rune << 6 | UInt32(next & 0x3F)
    }
    let smallest: UInt32 = [0, 0, 0x80, 0x800, 0x10000][length]
    guard rune >= smallest, rune <= 0x10FFFF, !(0xD800...0xDFFF).contains(rune) else { return (0xFFFD, 1) }
    return (rune, length)
}
