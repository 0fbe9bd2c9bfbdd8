package import Dockerfile
import SourceText

/// What decides whether a Dockerfile is to name its frontend.
package struct FrontendNeed: Sendable {
    package let declaresSyntax: Bool
    /// What it uses; empty where it names a frontend, or one in a line that counts for nothing, or cannot be parsed.
    package let features: [FrontendFeature]

    package init(_ dockerfile: ParsedDockerfile) {
        declaresSyntax = dockerfile.directives.contains { $0.name == .syntax }
        let isCase = !declaresSyntax && dockerfile.problems.isEmpty && dockerfile.deadSyntaxLine == nil
        features = isCase ? FrontendFeature.used(in: dockerfile) : []
    }
}

extension ParsedDockerfile {
    /// The first line that would name a frontend if it stood at the file's top, where none does; nil where there is none.
    package var deadSyntaxLine: (line: Int, image: String)? {
        guard !directives.contains(where: { $0.name == .syntax }) else { return nil }
        var instructions = instructions[...]
        for line in 1...source.lineCount {
            while let first = instructions.first, first.lines.upperBound < line { instructions.removeFirst() }
            if let first = instructions.first, first.lines.contains(line) { continue }
            if let image = Self.syntaxImage(in: source.bytes[source.bytes(ofLine: line)]) {
                return (line, image)
            }
        }
        return nil
    }

    /// - Returns: the image of a line that would be a syntax directive at the file's top.
    private static func syntaxImage(in line: ArraySlice<UInt8>) -> String? {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line
        rest = rest.drop(while: isBlank)
        guard rest.first == UInt8(ascii: "#") else { return nil }
        rest = rest.dropFirst().drop(while: isBlank)
        let word = "syntax".utf8
        guard rest.count > word.count,
            zip(rest, word).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        rest = rest.dropFirst(word.count).drop(while: isBlank)
        guard rest.first == UInt8(ascii: "=") else { return nil }
        rest = rest.dropFirst().drop(while: isBlank)
        while let last = rest.last, isBlank(last) || last == UInt8(ascii: "\r") { rest.removeLast() }
        // An image of a frontend has a folder in its name; prose about syntax has blanks.
        guard rest.contains(UInt8(ascii: "/")), !rest.contains(where: isBlank) else { return nil }
        return String(decoding: rest, as: UTF8.self)
    }
}
