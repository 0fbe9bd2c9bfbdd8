import Diagnostics
package import SourceText

extension ParsedDockerfile {
    /// Reads a Dockerfile as BuildKit's frontend does (`parser.go`, `parse.go`), but goes on behind what is wrong.
    package init(parsing source: SourceText) {
        let directives = DirectiveReader(source)
        var parser = Parser(source, directives)
        if !directives.isAnotherLanguage { parser.parseInstructions() }
        let syntax = directives.directives.first { $0.name == .syntax }
        let isForeign = directives.isAnotherLanguage || syntax.map { !$0.namesDockerfileFrontend } ?? false
        self.init(
            source: source, directives: directives.directives, escape: directives.escape,
            // A copy without the room that an array keeps for more.
            instructions: Array(parser.instructions[...]),
            problems: isForeign ? parser.problems.filter { $0.kind == .limit } : parser.problems,
            usesForeignFrontend: isForeign, isCutShort: parser.isCutShort,
            firstUntold: isForeign ? nil : parser.firstUntold)
    }

    /// The directives of a file, whose instructions are not read.
    package static func directives(of source: SourceText) -> [ParserDirective] {
        DirectiveReader(source).directives
    }
}

extension ParserDirective {
    /// Whether a `syntax` directive names Docker's own frontend, from whatever registry.
    fileprivate var namesDockerfileFrontend: Bool {
        var image = value.prefix { $0 != " " }
        if let digest = image.firstIndex(of: "@") { image = image[..<digest] }
        let parts = image.split(separator: "/")
        guard let last = parts.last else { return false }
        let name = last.prefix { $0 != ":" }
        guard name == "dockerfile" || name == "dockerfile-upstream" else { return false }
        return parts.count >= 2 && parts[parts.count - 2] == "docker"
    }
}

/// Finds the instructions of a file: comments, continuations and heredoc bodies.
struct Parser {
    private let source: SourceText
    private let bytes: [UInt8]
    private let escape: UInt8
    private var nextLine: Int
    private var comments: [Comment] = []
    private(set) var instructions: [Instruction] = []
    private(set) var problems: [SyntaxProblem] = []
    private var parts = WorkBudget(Limits.dockerfileParts)
    /// The rest of the file is not read.
    private(set) var isCutShort = false
    /// Of the problems that are too many to tell, the first; nil where there is none.
    private(set) var firstUntold: Range<Int>?

    init(_ source: SourceText, _ directives: DirectiveReader) {
        self.source = source
        bytes = source.bytes
        escape = directives.escape
        nextLine = directives.lineCount
        problems = directives.problems
    }

    mutating func parseInstructions() {
        guard !bytes.isEmpty else {
            problems.append(
                SyntaxProblem(
                    kind: .file, range: 0..<0, message: "the Dockerfile is empty",
                    remedy: "Begin with a FROM instruction, or delete the file."))
            return
        }
        while nextLine < source.lineCount, !isCutShort { parseLine() }
        checkStages()
        let limits = problems.filter { $0.kind == .limit }
        problems.sort { $0.range.lowerBound < $1.range.lowerBound }
        if problems.count > Limits.syntaxProblems {
            firstUntold = problems[Limits.syntaxProblems].range
            problems.removeLast(problems.count - Limits.syntaxProblems)
            // That there is more is told in any case.
            problems += limits.filter { limit in
                !problems.contains { $0.kind == .limit && $0.range == limit.range }
            }
        }
    }

    // MARK: - Lines

    /// A physical line (from 0) without the `\r` and `\n` at its end.
    private func content(ofLine line: Int) -> Range<Int> {
        var start = source.lineStarts[line]
        var end = line + 1 < source.lineCount ? source.lineStarts[line + 1] : bytes.count
        if line == 0, bytes.matches("\u{FEFF}", at: 0) { start = 3 }
        while end > start, bytes[end - 1] == Byte.newline || bytes[end - 1] == Byte.carriageReturn {
            end -= 1
        }
        return start..<end
    }

    /// With its terminator.
    private func whole(line: Int) -> Range<Int> {
        source.lineStarts[line]..<(line + 1 < source.lineCount ? source.lineStarts[line + 1] : bytes.count)
    }

    /// Where the escape character stands that continues a line; nil where the line is not continued. A doubled escape
    /// character does not continue.
    private func continuation(_ range: Range<Int>) -> Int? {
        var end = range.upperBound
        while end > range.lowerBound, bytes[end - 1] == Byte.space || bytes[end - 1] == Byte.tab { end -= 1 }
        guard end > range.lowerBound, bytes[end - 1] == escape else { return nil }
        if end - 2 >= range.lowerBound, bytes[end - 2] == escape { return nil }
        return end - 1
    }

    /// Parses the instruction that begins on the next line, or skips a blank or comment line.
    private mutating func parseLine() {
        let first = nextLine
        nextLine += 1
        var range = content(ofLine: first)
        range = bytes.skippingSpace(range)..<range.upperBound
        if range.isEmpty { return }
        if bytes[range.lowerBound] == Byte.hash {
            let text = bytes.trimmed(range.lowerBound + 1..<range.upperBound)
            // BuildKit cuts off the line's first byte, so only an unindented `#` is an empty comment.
            let isIndented = range.lowerBound > source.lineStarts[first] && first > 0
            if text.isEmpty && !isIndented {
                comments = []
            } else {
                comments.append(
                    Comment(text: bytes.string(range.lowerBound + 1..<range.upperBound), range: range))
            }
            checkLength(ofLines: first..<nextLine)
            return
        }
        var joined = JoinedText()
        if let end = continuation(range) {
            joined.append(range.lowerBound..<end, of: bytes)
            var isOpen = true
            while isOpen, nextLine < source.lineCount {
                let line = content(ofLine: nextLine)
                nextLine += 1
                let start = bytes.skippingSpace(line)
                if start == line.upperBound || bytes[start] == Byte.hash { continue }
                let end = continuation(line)
                joined.append(line.lowerBound..<(end ?? line.upperBound), of: bytes)
                isOpen = end != nil
            }
            joined = joined.slice(joined.bytes.trimmed(0..<joined.count))
        } else {
            joined.append(bytes.trimmed(range), of: bytes)
        }
        parseInstruction(joined, firstLine: first, fallback: range)
        comments = []
    }

    // MARK: - Instructions

    private mutating func parseInstruction(_ joined: JoinedText, firstLine: Int, fallback: Range<Int>) {
        var reader = InstructionReader(joined, escape: escape, fallback: fallback)
        var heredocs: [Heredoc] = []
        do {
            if reader.mayHoldHeredocs {
                for opener in try HeredocOpener.all(in: reader.bytes, reader.keywordRange) {
                    heredocs.append(try readBody(opener))
                }
            }
        } catch {
            reader.refuse(error)
        }
        let range = reader.keywordRange.lowerBound..<content(ofLine: nextLine - 1).upperBound
        let place = InstructionReader.Place(
            range: range.lowerBound..<max(range.lowerBound, range.upperBound), lines: firstLine + 1...nextLine
        )
        if !checkLength(ofLines: firstLine..<nextLine) { reader.refuseSilently() }
        let instruction = reader.instruction(at: place, heredocs: heredocs, comments: comments, file: bytes)
        guard instructions.count < Limits.instructions, parts.spend(instruction.partCount) else {
            isCutShort = true
            problems.append(
                SyntaxProblem(
                    kind: .limit, range: instruction.keywordRange,
                    message: parts.isSpent
                        ? "the file has more than \(Limits.dockerfileParts) arguments and options; from here on it is not examined"
                        : "the file has more than \(Limits.instructions) instructions; from here on it is not examined",
                    remedy: "Split the file."))
            return
        }
        problems += reader.problems
        instructions.append(instruction)
    }

    /// Takes the lines up to the one that is the delimiter.
    private mutating func readBody(_ opener: HeredocOpener) throws(SyntaxProblem) -> Heredoc {
        let firstLine = nextLine
        let start = firstLine < source.lineCount ? source.lineStarts[firstLine] : bytes.count
        while nextLine < source.lineCount {
            let line = nextLine
            nextLine += 1
            var text = content(ofLine: line)
            if opener.chomps {
                while !text.isEmpty, bytes[text.lowerBound] == Byte.tab {
                    text = text.lowerBound + 1..<text.upperBound
                }
            }
            if bytes[text].elementsEqual(opener.name) {
                return opener.heredoc(body: start..<source.lineStarts[line], of: bytes)
            }
        }
        let name = String(decoding: opener.name, as: UTF8.self)
        throw SyntaxProblem(
            range: opener.range, message: "the heredoc `\(name)` is not terminated",
            remedy: "End it with a line that is only `\(name)`.")
    }

    @discardableResult
    private mutating func checkLength(ofLines lines: Range<Int>) -> Bool {
        for line in lines {
            let range = whole(line: line)
            guard range.count > Limits.dockerfileLineBytes else { continue }
            // The last byte that fits the scanner's buffer may be the newline.
            if range.count == Limits.dockerfileLineBytes + 1, bytes[range.upperBound - 1] == Byte.newline {
                continue
            }
            problems.append(
                SyntaxProblem(
                    kind: .file, range: range.lowerBound..<range.lowerBound,
                    message: "the line is longer than \(Limits.dockerfileLineBytes) bytes",
                    remedy: "Split it with continuations, or move its content to a file."))
            return false
        }
        return true
    }

    /// Only ARG may stand before the first FROM, and there must be one.
    private mutating func checkStages() {
        guard let first = instructions.first else {
            if problems.isEmpty {
                problems.append(
                    SyntaxProblem(
                        kind: .file, range: 0..<0, message: "the file has no instructions",
                        remedy: "Begin with a FROM instruction, or delete the file."))
            }
            return
        }
        if let stray = instructions.first(where: { $0.keyword != .arg }), stray.keyword != .from {
            // An unknown instruction is told of already.
            guard stray.keyword != .unknown else { return }
            let hasStage = isCutShort || instructions.contains { $0.keyword == .from }
            problems.append(
                SyntaxProblem(
                    range: stray.keywordRange,
                    message: "\(stray.keyword.rawValue.uppercased()) stands before the first FROM",
                    remedy: hasStage
                        ? "Move it below the FROM; only ARG may stand above." : "Begin the file with FROM."))
        } else if !isCutShort, !instructions.contains(where: { $0.keyword == .from }) {
            problems.append(
                SyntaxProblem(
                    kind: .file, range: first.range, message: "the file contains no stages to build",
                    remedy: "Add a FROM instruction."))
        }
    }
}
