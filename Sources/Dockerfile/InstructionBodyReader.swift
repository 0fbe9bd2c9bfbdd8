import Diagnostics
import SourceText

/// What each instruction asks of its flags and arguments (`parse.go`).
extension InstructionReader {
    func body(heredocs: [Heredoc], file: [UInt8]) throws(SyntaxProblem) -> Instruction.Body {
        switch keyword {
        case .from: return .from(try from())
        case .run: return .run(try run(heredocs: heredocs, file: file))
        case .copy, .add: return .copy(try copy())
        case .arg: return .arg(try argDeclarations())
        case .env: return .env(try keyValues())
        case .label: return .label(try keyValues())
        case .user: return .user(try singleText())
        case .workdir: return .workdir(try singleText())
        case .maintainer: return .maintainer(try singleText())
        case .stopsignal: return .stopsignal(try singleText(checksFlags: false))
        case .shell: return .shell(try shell())
        case .cmd:
            try checkFlags(FlagRule.none)
            return .cmd(command(arguments))
        case .entrypoint:
            try checkFlags(FlagRule.none)
            return .entrypoint(command(arguments))
        case .healthcheck: return .healthcheck(try healthcheck())
        case .expose, .volume:
            let words = words
            guard !words.isEmpty else { throw needsArguments() }
            try checkFlags(FlagRule.none)
            if keyword == .expose { return .expose(words) }
            for word in words where word.text.allSatisfy(\.isWhitespace) {
                throw SyntaxProblem(
                    range: word.range, message: "a VOLUME is empty", remedy: "Name a path, or remove it.")
            }
            return .volume(words)
        case .onbuild, .unknown: throw unknownInstruction()
        }
    }

    private var words: [Word] {
        switch arguments {
        case .words(let words), .json(let words): words
        case .empty, .text, .pairs: []
        }
    }

    private func unknownInstruction() -> SyntaxProblem {
        let written = bytes.prefix { !$0.isBlank }
        let name = String(decoding: written.prefix(40), as: UTF8.self) + (written.count > 40 ? "…" : "")
        let names = Keyword.allCases.filter { $0 != .unknown }.map { $0.rawValue.uppercased() }
        guard written.count <= 40, let match = closestMatch(to: name, among: names) else {
            return SyntaxProblem(
                range: keywordRange, message: "unknown instruction: \(name)",
                remedy: "If the line continues the one above, end that with `\(Unicode.Scalar(escape))`.")
        }
        return SyntaxProblem(
            range: keywordRange, message: "unknown instruction: \(name)", remedy: "Did you mean \(match)?",
            replacement: SyntaxProblem.Replacement(range: keywordRange, text: match))
    }

    private func singleText(checksFlags: Bool = true) throws(SyntaxProblem) -> Word {
        guard case .text(let range) = arguments else { throw needsArguments("exactly one argument") }
        if checksFlags { try checkFlags(FlagRule.none) }
        return word(range)
    }

    private func keyValues() throws(SyntaxProblem) -> [KeyValue] {
        try checkFlags(FlagRule.none)
        guard case .pairs(let pairs) = arguments else { throw needsArguments() }
        for pair in pairs where pair.key.text.isEmpty {
            throw SyntaxProblem(
                range: pair.value.range, message: "a name of \(keyword.rawValue.uppercased()) is empty",
                remedy: "Write a name before `=`.")
        }
        return pairs
    }

    private func argDeclarations() throws(SyntaxProblem) -> [ArgDeclaration] {
        let ranges = quotedWords(argumentRange)
        guard !ranges.isEmpty else { throw needsArguments() }
        var declarations: [ArgDeclaration] = []
        declarations.reserveCapacity(ranges.count)
        for range in ranges {
            guard let sign = bytes.firstOffset(of: Byte.equals, in: range) else {
                declarations.append(ArgDeclaration(name: word(range), defaultValue: nil))
                continue
            }
            guard sign > range.lowerBound else {
                throw SyntaxProblem(
                    range: joined.sourceRange(range), message: "a name of ARG is empty",
                    remedy: "Write a name before `=`.")
            }
            declarations.append(
                ArgDeclaration(
                    name: word(range.lowerBound..<sign), defaultValue: word(sign + 1..<range.upperBound)))
        }
        return declarations
    }

    // MARK: - FROM

    private func from() throws(SyntaxProblem) -> FromInstruction {
        let words = words
        var name: Word?
        if words.count == 3, words[1].text.lowercased() == "as" {
            guard isStageName(words[2].text) else {
                throw SyntaxProblem(
                    range: words[2].range, message: "`\(words[2].text)` is no name for a stage",
                    remedy: "Begin with a letter, and use letters, digits, `-`, `_` and `.` only.")
            }
            name = words[2]
        } else if words.count != 1 {
            let comment = words.first { $0.text.hasPrefix("#") }
            throw SyntaxProblem(
                range: argumentSource, message: "FROM requires one argument, or three: `FROM image AS name`",
                remedy: comment == nil
                    ? "Write `FROM image` or `FROM image AS name`."
                    : "Put the comment on a line of its own: a `#` behind an instruction does not begin one.")
        }
        try checkFlags(FlagRule.from)
        return FromInstruction(image: words[0], platform: flagWord("platform"), name: name)
    }

    private func isStageName(_ name: String) -> Bool {
        let name = name.lowercased().utf8
        guard let first = name.first, first.isASCIILetter else { return false }
        return name.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "-_.".utf8.contains($0) }
    }

    // MARK: - Commands

    private func command(_ arguments: Arguments) -> CommandForm {
        switch arguments {
        case .json(let words): .exec(words)
        case .text(let range): .shell(joined.slice(range))
        case .empty, .words, .pairs: .shell(JoinedText())
        }
    }

    private func shell() throws(SyntaxProblem) -> [Word] {
        try checkFlags(FlagRule.none)
        switch arguments {
        case .json(let words) where !words.isEmpty: return words
        case .text:
            throw SyntaxProblem(
                range: argumentSource, message: "SHELL requires the JSON form",
                remedy: "Write it as `SHELL [\"/bin/bash\", \"-c\"]`.")
        default: throw needsArguments()
        }
    }

    private func healthcheck() throws(SyntaxProblem) -> CommandForm? {
        guard let split = healthcheckSplit else { throw needsArguments() }
        let type = bytes.string(split.type)
        if type.uppercased() == "NONE" {
            guard case .empty = arguments else {
                throw SyntaxProblem(
                    range: argumentSource, message: "HEALTHCHECK NONE takes no arguments",
                    remedy: "Remove what follows NONE.")
            }
            return nil
        }
        try checkFlags(FlagRule.healthcheck)
        guard type.uppercased() == "CMD" else {
            throw SyntaxProblem(
                range: joined.sourceRange(split.type), message: "HEALTHCHECK has no type `\(type)`",
                remedy: "Write `HEALTHCHECK CMD …` or `HEALTHCHECK NONE`.")
        }
        switch arguments {
        case .empty: throw needsArguments("a command after CMD")
        case .json(let words) where words.isEmpty: throw needsArguments("a command after CMD")
        default: break
        }
        for flag in flagTexts {
            guard let value = flag.value, !value.isEmpty else { continue }
            let isRight =
                flag.name == "retries" ? Int32(value).map { $0 >= 0 } ?? false : Duration.isValid(value)
            guard isRight else {
                throw SyntaxProblem(
                    range: joined.sourceRange(flag.range), message: "--\(flag.name) cannot be `\(value)`",
                    remedy: flag.name == "retries"
                        ? "Write a number." : "Write a duration of 1ms or more, such as 30s or 1m30s.")
            }
        }
        return command(arguments)
    }

    private func run(heredocs: [Heredoc], file: [UInt8]) throws(SyntaxProblem) -> RunInstruction {
        try checkFlags(FlagRule.run)
        var mounts: [RunMount] = []
        for flag in flagTexts where flag.name == "mount" {
            guard mounts.count < Limits.mounts else {
                throw SyntaxProblem(
                    kind: .limit, range: joined.sourceRange(flag.range),
                    message: "the RUN has more than \(Limits.mounts) mounts; it is not examined",
                    remedy: "Use fewer.")
            }
            mounts.append(try MountReader(flag, joined).mount())
        }
        let network = flagWord("network")
        if let network, !["default", "none", "host"].contains(network.text) {
            throw SyntaxProblem(
                range: network.range, message: "`\(network.text)` is no network of a RUN",
                remedy: "Write default, none or host.")
        }
        let security = flagWord("security")
        if let security, security.text != "sandbox", security.text != "insecure" {
            throw SyntaxProblem(
                range: security.range, message: "`\(security.text)` is no security mode of a RUN",
                remedy: "Write sandbox or insecure.")
        }
        var form = command(arguments)
        var isScript = false
        var interpreter: String?
        if let heredoc = heredocs.first, case .shell(let text) = form,
            (try? HeredocOpener(text.bytes, keywordRange)) ?? nil != nil
        {
            let script = HeredocOpener.joined(heredoc.contentRange, of: file, chomps: heredoc.chomps)
            isScript = true
            let bytes = script.bytes
            if bytes.matches("#!", at: 0) {
                let end = bytes.firstOffset(of: Byte.newline, in: 0..<bytes.count)
                interpreter = bytes.string(bytes.trimmed(2..<(end ?? bytes.count)))
            }
            form = .shell(script)
        }
        return RunInstruction(
            command: form, isHeredocScript: isScript, interpreter: interpreter, mounts: mounts,
            network: network?.text, security: security?.text, devices: flagWords("device").map(\.text))
    }

    // MARK: - COPY and ADD

    private func copy() throws(SyntaxProblem) -> CopyInstruction {
        let words = words
        let name = keyword.rawValue.uppercased()
        guard words.count >= 2, let destination = words.last else {
            throw SyntaxProblem(
                range: argumentSource, message: "\(name) requires at least two arguments",
                remedy: "Name the sources, then the destination.")
        }
        try checkFlags(keyword == .copy ? FlagRule.copy : FlagRule.add)
        if isHeredoc(destination) {
            throw SyntaxProblem(
                range: destination.range, message: "\(name) cannot take a heredoc as its destination",
                remedy: "Put the heredoc before the destination.")
        }
        let from = keyword == .copy ? flagWord("from") : nil
        if let from, holdsVariable(from.text) {
            throw SyntaxProblem(
                range: from.range, message: "--from cannot hold a variable",
                remedy:
                    "Define a stage with `FROM \(from.text) AS name` (its ARG before the first FROM), and copy "
                    + "from that.")
        }
        return CopyInstruction(
            sources: words.dropLast().filter { !isHeredoc($0) }, destination: destination,
            from: from.flatMap { $0.text.isEmpty ? nil : $0 }, chown: flagWord("chown"),
            chmod: flagWord("chmod"),
            checksum: flagWord("checksum"), link: flagBool("link") ?? false,
            parents: flagBool("parents") ?? false,
            keepGitDir: flagBool("keep-git-dir") ?? false, unpack: flagBool("unpack"),
            excludes: flagWords("exclude"))
    }

    private func holdsVariable(_ text: String) -> Bool {
        guard text.utf8.contains(Byte.dollar) else { return false }
        var lexer = WordLexer(Array(text.utf8), escape: escape)
        return (try? lexer.expand()) != Array(text.utf8)
    }

    private func isHeredoc(_ word: Word) -> Bool {
        guard word.text.utf8.contains(Byte.less) else { return false }
        return ((try? HeredocOpener(Array(word.text.utf8), word.range)) ?? nil) != nil
    }
}

/// A duration as Go writes it.
private enum Duration {
    /// Whether Go's `time.ParseDuration` takes it and BuildKit allows it: 0, or at least a millisecond.
    static func isValid(_ text: String) -> Bool {
        if text == "0" || text == "+0" || text == "-0" { return true }
        var rest = Substring(text)
        if rest.first == "-" { return Duration.seconds(rest.dropFirst()) == 0 }
        if rest.first == "+" { rest = rest.dropFirst() }
        guard let seconds = seconds(rest) else { return false }
        return seconds == 0 || seconds >= 0.001
    }

    private static func seconds(_ text: Substring) -> Double? {
        var rest = text
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard number.contains(where: \.isNumber), let value = Double("0" + number + "0"),
                let factor = factors[String(unit)]
            else { return nil }
            sum += (number.contains(".") ? value : value / 10) * factor
        }
        return sum
    }

    private static let factors = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]
}
