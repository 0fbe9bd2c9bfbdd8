import Dockerfile
import Foundation
import SourceText

/// A way to write the same Dockerfile differently: what a check finds is not to depend on it.
enum Mutation: String, CaseIterable, Sendable {
    case crlf, byteOrderMark, lowerCaseKeywords, joinedContinuations, splitInstructions, backtickEscape

    /// - Returns: the Dockerfile rewritten; nil where it cannot be, or would mean something else.
    func apply(to source: SourceText) -> [UInt8]? {
        let parsed = ParsedDockerfile(parsing: source)
        switch self {
        case .crlf:
            guard !source.bytes.contains(UInt8(ascii: "\r")) else { return nil }
            return source.bytes.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
        case .byteOrderMark:
            return source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? nil : [0xEF, 0xBB, 0xBF] + source.bytes
        case .lowerCaseKeywords:
            var bytes = source.bytes
            for instruction in parsed.instructions {
                for index in instruction.keywordRange where (0x41...0x5A).contains(bytes[index]) {
                    bytes[index] |= 0x20
                }
            }
            return bytes
        case .joinedContinuations: return joined(parsed)
        case .splitInstructions:
            return edited(parsed) { instruction in
                guard case let end = instruction.keywordRange.upperBound, end < source.bytes.count,
                    source.bytes[end] == UInt8(ascii: " ")
                else { return nil }
                return (end..<end + 1, [UInt8(ascii: " "), parsed.escape] + Array("\n    ".utf8))
            }
        case .backtickEscape: return backtick(parsed)
        }
    }

    /// Continued lines become one, where nothing else stands between them.
    private func joined(_ parsed: ParsedDockerfile) -> [UInt8]? {
        let source = parsed.source
        return edited(parsed) { instruction in
            guard instruction.lines.count > 1, instruction.heredocs.isEmpty else { return nil }
            var bytes: [UInt8] = []
            for line in instruction.lines {
                var text = source.bytes[source.bytes(ofLine: line)]
                if line == instruction.lines.lowerBound {
                    text = source.bytes[instruction.range.lowerBound..<text.endIndex]
                }
                guard text.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "#"), !text.isEmpty
                else { return nil }
                if line < instruction.lines.upperBound {
                    guard text.last == parsed.escape else { return nil }
                    text.removeLast()
                }
                bytes += text
            }
            return (instruction.range, bytes)
        }
    }

    /// The same file with another escape character, where it escapes nothing but line ends.
    private func backtick(_ parsed: ParsedDockerfile) -> [UInt8]? {
        let source = parsed.source
        guard !parsed.directives.contains(where: { $0.name == .escape }),
            !source.bytes.contains(UInt8(ascii: "`"))
        else { return nil }
        var bytes = source.bytes
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\\") {
            guard index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: "\n") else { return nil }
            bytes[index] = UInt8(ascii: "`")
        }
        let heredocs = parsed.instructions.flatMap(\.heredocs)
        guard !heredocs.contains(where: { source.bytes[$0.contentRange].contains(UInt8(ascii: "\\")) }) else {
            return nil
        }
        return Array("# escape=`\n".utf8) + bytes
    }

    private func edited(
        _ parsed: ParsedDockerfile, _ edit: (Instruction) -> (Range<Int>, [UInt8])?
    ) -> [UInt8]? {
        var bytes = parsed.source.bytes
        var isChanged = false
        for instruction in parsed.instructions.reversed() {
            guard let (range, replacement) = edit(instruction) else { continue }
            bytes.replaceSubrange(range, with: replacement)
            isChanged = true
        }
        return isChanged ? bytes : nil
    }
}

extension CaseProject {
    /// The last stage of a Dockerfile once more, as the stage that is built, which takes something of the first.
    /// - Returns: nil where the path is of no Dockerfile; else the project, and the lines where the two stages begin.
    func doublingTheLastStage(of path: String) -> (project: CaseProject, stage: Int, copy: Int)? {
        guard dockerfiles.contains(path) else { return nil }
        let source = source(path)
        let parsed = ParsedDockerfile(parsing: source)
        guard parsed.problems.isEmpty, let from = parsed.instructions.last(where: { $0.keyword == .from })
        else { return nil }
        let stages = parsed.instructions.count { $0.keyword == .from }
        var bytes = source.bytes
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        let stage = bytes[source.lineStarts[from.lines.lowerBound - 1]...]
        let copy = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        bytes += Array(stage) + Array("COPY --from=\(stages - 1) /first /first\n".utf8)
        var doubled = self
        doubled.files[path] = bytes
        return (doubled, from.lines.lowerBound, copy)
    }
}
