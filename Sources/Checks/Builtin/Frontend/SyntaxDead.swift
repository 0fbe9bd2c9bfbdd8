import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A `# syntax=` that stands where it is an ordinary comment.
struct SyntaxDead: DockerfileCheck {
    static let id: CheckID = "syntax-dead"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let dead = Self.deadLine(in: build.dockerfile.parsed) else { return [] }
        return [finding(line: dead.line, image: dead.image, in: build.source)]
    }

    /// - Returns: the first line that would name a frontend if it stood at the file's top, where none does.
    static func deadLine(in dockerfile: ParsedDockerfile) -> (line: Int, image: String)? {
        let source = dockerfile.source
        guard !dockerfile.directives.contains(where: { $0.name == .syntax }) else { return nil }
        var instructions = dockerfile.instructions[...]
        for line in 1...source.lineCount {
            while let first = instructions.first, first.lines.upperBound < line { instructions.removeFirst() }
            if let first = instructions.first, first.lines.contains(line) { continue }
            if let image = syntaxImage(in: source.bytes[source.bytes(ofLine: line)]) { return (line, image) }
        }
        return nil
    }

    private func finding(line: Int, image: String, in source: SourceText) -> Finding {
        let range = source.bytes(ofLine: line)
        let reason =
            line == 1
            ? "it does not begin in column 1"
            : "what stands above it has ended the block of parser directives"
        let text = "# syntax=\(image)"
        let edits =
            line == 1
            ? [Edit(path: source.path, bytes: source.textStart..<range.upperBound, replacement: text)]
            : [source.insertion(atTop: text), source.removal(ofLines: line...line)]
        return finding(
            at: range, in: source,
            message: "This line chooses no frontend, it is a comment: \(reason). "
                + "The builder reads the file with the frontend that it happens to bring.",
            fix: Fix(
                line == 1 ? "Begin it in column 1:\n    \(text)" : "Move it to line 1:\n    \(text)",
                edits: edits, isFloating(image) ? .safe : .unsafe),
            subject: text)
    }

    /// The stable frontend of the day, which reads what the builder's own does; another may read the file otherwise.
    private func isFloating(_ image: String) -> Bool {
        OfficialFrontend(image).map { $0.version == nil && $0.channel == .stable && !$0.isPinnedByDigest }
            ?? false
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
        let image = String(decoding: rest, as: UTF8.self).trimmingBlanks
        // An image of a frontend has a folder in its name; prose about syntax has blanks.
        guard image.utf8.contains(UInt8(ascii: "/")), !image.utf8.contains(where: isBlank) else { return nil }
        return image
    }
}
