package import Diagnostics

/// A wildcard pattern for paths: `*`, `?` and `[…]` within a folder, `**` across folders, `\` before a literal.
package struct PathGlob: Sendable {
    private let segments: [Segment]

    private enum Segment: Sendable {
        case anyFolders
        case literal([UInt8])
        case wild(Wild)

        var isAnyFolders: Bool { if case .anyFolders = self { true } else { false } }
    }

    /// A pattern for one name.
    private struct Wild: Sendable {
        let pattern: [UInt8]
        /// What a name begins and ends with, where that is a literal: most names are told apart by them.
        let first: UInt8?
        let last: UInt8?

        init(_ pattern: [UInt8]) {
            self.pattern = pattern
            first = pattern.first.flatMap { "*?[\\".utf8.contains($0) ? nil : $0 }
            let isEscaped = pattern.count > 1 && pattern[pattern.count - 2] == UInt8(ascii: "\\")
            last = pattern.last.flatMap { "*?]\\".utf8.contains($0) || isEscaped ? nil : $0 }
        }
    }

    /// - Parameter pattern: relative, with `/` between folders.
    package init(_ pattern: some Collection<UInt8>) {
        segments = pattern.split(separator: UInt8(ascii: "/")).map { part in
            let part = Array(part)
            if part == Array("**".utf8) { return .anyFolders }
            return part.contains { "*?[\\".utf8.contains($0) } ? .wild(Wild(part)) : .literal(part)
        }
    }

    /// A path as patterns are compared with it: names, the outermost first.
    package typealias Names = ArraySlice<[UInt8]>

    package static func names(of path: some Collection<UInt8>) -> Names {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }[...]
    }

    package var isEmpty: Bool { segments.isEmpty }

    /// The first name of a path that matches, where the pattern says it without wildcards.
    var firstLiteral: [UInt8]? {
        if case .literal(let name)? = segments.first { name } else { nil }
    }

    var isOneName: Bool { segments.count == 1 }

    /// The path matches as a whole.
    /// - Parameters:
    ///   - path: relative.
    ///   - work: what comparing may take, in characters; where it is spent, nothing matches.
    package func matches(_ path: Names, work: inout WorkBudget) -> Bool {
        matches(path, from: 0, &work)
    }

    /// The path or a folder that holds it matches.
    package func matchesPathOrParent(_ path: Names, work: inout WorkBudget) -> Bool {
        if segments.contains(where: \.isAnyFolders) {
            return path.indices.contains { matches(path[...$0], from: 0, &work) }
        }
        // Each segment stands for one name.
        return path.count >= segments.count && matches(path.prefix(segments.count), from: 0, &work)
    }

    /// Something below the folder may match.
    package func mayMatchBelow(_ folder: Names, work: inout WorkBudget) -> Bool {
        for (index, part) in folder.enumerated() {
            guard work.spend() else { return true }
            guard index < segments.count else { return true }
            switch segments[index] {
            case .anyFolders: return true
            case .literal(let literal): if literal != part { return false }
            case .wild(let pattern): if !Self.matches(pattern, part, &work) { return false }
            }
        }
        return true
    }

    private func matches(_ path: Names, from first: Int, _ work: inout WorkBudget) -> Bool {
        // Greedy with one point to go back to: the time is bounded by pattern × path.
        var segment = first
        var part = path.startIndex
        var retry: (segment: Int, part: Int)?
        while part < path.endIndex {
            guard work.spend() else { return false }
            if segment < segments.count {
                switch segments[segment] {
                case .anyFolders:
                    retry = (segment, part)
                    segment += 1
                    continue
                case .literal(let literal):
                    if literal == path[part] {
                        segment += 1
                        part += 1
                        continue
                    }
                case .wild(let pattern):
                    if Self.matches(pattern, path[part], &work) {
                        segment += 1
                        part += 1
                        continue
                    }
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
    private static func matches(_ wild: Wild, _ name: [UInt8], _ work: inout WorkBudget) -> Bool {
        if let first = wild.first, first != name.first { return false }
        if let last = wild.last, last != name.last { return false }
        let pattern = wild.pattern[...]
        var at = pattern.startIndex
        var character = name.startIndex
        var retry: (at: Int, character: Int)?
        while character < name.endIndex {
            guard work.spend() else { return false }
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
