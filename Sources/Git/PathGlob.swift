/// A wildcard pattern for paths: `*`, `?` and `[…]` within a folder, `**` across folders, `\` before a literal.
package struct PathGlob: Sendable {
    private let segments: [Segment]

    private enum Segment: Sendable {
        case anyFolders
        case literal([UInt8])
        case wild([UInt8])
    }

    /// - Parameter pattern: relative, with `/` between folders.
    package init(_ pattern: some Collection<UInt8>) {
        segments = pattern.split(separator: UInt8(ascii: "/")).map { part in
            let part = Array(part)
            if part == Array("**".utf8) { return .anyFolders }
            return part.contains { "*?[\\".utf8.contains($0) } ? .wild(part) : .literal(part)
        }
    }

    package var isEmpty: Bool { segments.isEmpty }

    /// The path matches as a whole.
    /// - Parameter path: relative, no empty parts.
    package func matches(_ path: some Collection<UInt8>) -> Bool {
        matches(path.split(separator: UInt8(ascii: "/")).map { Array($0) }[...], from: 0)
    }

    /// The path or a folder that holds it matches.
    package func matchesPathOrParent(_ path: some Collection<UInt8>) -> Bool {
        let parts = path.split(separator: UInt8(ascii: "/")).map { Array($0) }
        return parts.indices.contains { matches(parts[...$0], from: 0) }
    }

    /// Something below the folder may match.
    package func mayMatchBelow(_ folder: some Collection<UInt8>) -> Bool {
        let parts = folder.split(separator: UInt8(ascii: "/")).map { Array($0) }
        for (index, part) in parts.enumerated() {
            guard index < segments.count else { return true }
            switch segments[index] {
            case .anyFolders: return true
            case .literal(let literal): if literal != part { return false }
            case .wild(let pattern): if !Self.matches(pattern[...], part[...]) { return false }
            }
        }
        return true
    }

    private func matches(_ path: ArraySlice<[UInt8]>, from first: Int) -> Bool {
        // Greedy with one point to go back to: the time is bounded by pattern × path.
        var segment = first
        var part = path.startIndex
        var retry: (segment: Int, part: Int)?
        while part < path.endIndex {
            if segment < segments.count {
                switch segments[segment] {
                case .anyFolders:
                    retry = (segment, part)
                    segment += 1
                    continue
                case .literal(let literal) where literal == path[part],
                    .wild(let literal) where Self.matches(literal[...], path[part][...]):
                    segment += 1
                    part += 1
                    continue
                case .literal, .wild: break
                }
            }
            guard let back = retry else { return false }
            retry = (back.segment, back.part + 1)
            segment = back.segment + 1
            part = back.part + 1
        }
        // A `**` at the end stands for at least one name.
        return segment == segments.count
    }

    /// One name against one pattern without `/`.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var at = pattern.startIndex
        var character = name.startIndex
        var retry: (at: Int, character: Int)?
        while character < name.endIndex {
            if at < pattern.endIndex {
                switch pattern[at] {
                case UInt8(ascii: "*"):
                    retry = (at, character)
                    at += 1
                    continue
                case UInt8(ascii: "?"):
                    at += 1
                    character += 1
                    continue
                case UInt8(ascii: "["):
                    if let (isMember, end) = membership(of: name[character], in: pattern, at: at) {
                        if isMember {
                            at = end
                            character += 1
                            continue
                        }
                    }
                case UInt8(ascii: "\\") where at + 1 < pattern.endIndex:
                    if pattern[at + 1] == name[character] {
                        at += 2
                        character += 1
                        continue
                    }
                case name[character]:
                    at += 1
                    character += 1
                    continue
                default: break
                }
            }
            guard let back = retry else { return false }
            retry = (back.at, back.character + 1)
            at = back.at + 1
            character = back.character + 1
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// - Returns: whether `[…]` at an offset holds the byte, and the offset behind it; nil where it is not closed,
    ///   and matches nothing.
    private static func membership(
        of byte: UInt8, in pattern: ArraySlice<UInt8>, at start: Int
    ) -> (isMember: Bool, end: Int)? {
        var index = start + 1
        guard index < pattern.endIndex else { return nil }
        let isNegated = pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var isMember = false
        var isFirst = true
        while index < pattern.endIndex, pattern[index] != UInt8(ascii: "]") || isFirst {
            isFirst = false
            if pattern[index] == UInt8(ascii: "\\"), index + 1 < pattern.endIndex { index += 1 }
            let low = pattern[index]
            if index + 2 < pattern.endIndex, pattern[index + 1] == UInt8(ascii: "-"),
                pattern[index + 2] != UInt8(ascii: "]")
            {
                if low <= byte, byte <= pattern[index + 2] { isMember = true }
                index += 3
            } else {
                if low == byte { isMember = true }
                index += 1
            }
        }
        guard index < pattern.endIndex else { return nil }
        return (isMember != isNegated, index + 1)
    }
}
