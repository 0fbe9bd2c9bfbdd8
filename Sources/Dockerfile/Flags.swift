import Diagnostics
import SourceText

/// A flag as the parser takes it from a line: quotes and escape characters removed.
struct FlagText {
    /// Dashes included.
    let bytes: [UInt8]
    /// Without the dashes.
    let name: String
    /// Where the value begins in `bytes`; nil without `=`.
    let valueStart: Int?
    /// For each of `bytes` its offset in the line; nil where they follow each other from `range`'s start.
    private let origins: [Int]?
    /// In the joined line.
    let range: Range<Int>
    /// Where the name ends in `bytes`; its text may be of another length, where it is not UTF-8.
    var nameEnd: Int { max(2, valueStart.map { $0 - 1 } ?? bytes.count) }

    /// The words that begin with `--`, up to the first that does not or a bare `--` (`split_command.go`,
    /// extractBuilderFlags). BuildKit reads single bytes here, so other characters than ASCII come out changed.
    /// - Returns: the flags, and the offset behind them.
    static func all(in line: [UInt8], from start: Int, escape: UInt8) -> (flags: [FlagText], end: Int) {
        var flags: [FlagText] = []
        var offset = start
        while true {
            while offset < line.count, line[offset].isSpaceAsLatin1 { offset += 1 }
            guard line.matches("--", at: offset) else { return (flags, min(offset, line.count)) }
            let flag = FlagText(line, from: offset, escape: escape)
            offset = flag.range.upperBound
            if flag.bytes == [Byte.dash, Byte.dash] { return (flags, offset) }
            flags.append(flag)
        }
    }

    private init(_ line: [UInt8], from start: Int, escape: UInt8) {
        var end = start
        while end < line.count, !line[end].isSpaceAsLatin1, line[end] < 0x80, line[end] != Byte.singleQuote,
            line[end] != Byte.doubleQuote, line[end] != escape
        {
            end += 1
        }
        if end == line.count || (line[end].isSpaceAsLatin1 && line[end] < 0x80) {
            bytes = Array(line[start..<end])
            origins = nil
            range = start..<end
            valueStart = bytes.firstOffset(of: Byte.equals, in: 0..<bytes.count).map { $0 + 1 }
            name = bytes.string(2..<max(2, valueStart.map { $0 - 1 } ?? bytes.count))
            return
        }
        var text: [UInt8] = []
        var places: [Int] = []
        func add(_ offset: Int) {
            for byte in String(Unicode.Scalar(line[offset])).utf8 {
                text.append(byte)
                places.append(offset)
            }
        }
        var quote: UInt8?
        end = start
        while end < line.count {
            let byte = line[end]
            if quote == nil, byte.isSpaceAsLatin1 { break }
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == Byte.singleQuote || byte == Byte.doubleQuote {
                quote = byte
            } else if byte == escape {
                end += 1
                if end < line.count { add(end) }
            } else {
                add(end)
            }
            end += 1
        }
        end = min(end, line.count)
        bytes = text
        origins = places
        range = start..<end
        valueStart = bytes.firstOffset(of: Byte.equals, in: 0..<bytes.count).map { $0 + 1 }
        name = bytes.string(2..<max(2, valueStart.map { $0 - 1 } ?? bytes.count))
    }

    /// Where a range of `bytes` stands in the joined line.
    func lineRange(_ part: Range<Int>) -> Range<Int> {
        guard let origins else {
            return range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
        }
        if part.isEmpty {
            let offset = part.lowerBound < origins.count ? origins[part.lowerBound] : range.upperBound
            return offset..<offset
        }
        return origins[part.lowerBound]..<origins[part.upperBound - 1] + 1
    }

    var value: String? { valueStart.map { bytes.string($0..<bytes.count) } }

    func valueRange(in joined: JoinedText) -> Range<Int>? {
        valueStart.map { start in
            let lower = start < bytes.count ? lineRange(start..<start + 1).lowerBound : range.upperBound
            // A quote that opens the value belongs to it.
            let isQuoted = lower > range.lowerBound && start < bytes.count && origins != nil
            let quote = isQuoted ? joined[lower - 1] : 0
            let isOpening = quote == Byte.singleQuote || quote == Byte.doubleQuote
            return joined.sourceRange((isOpening ? lower - 1 : lower)..<range.upperBound)
        }
    }

    func flag(in joined: JoinedText) -> Flag {
        Flag(name: name, value: value, range: joined.sourceRange(range), valueRange: valueRange(in: joined))
    }
}

/// A flag that an instruction knows.
struct FlagRule {
    enum Kind { case boolean, single, repeated }

    let name: String
    let kind: Kind

    static let none: [FlagRule] = []
    static let from = [FlagRule(name: "platform", kind: .single)]
    static let run = [
        FlagRule(name: "mount", kind: .repeated), FlagRule(name: "network", kind: .single),
        FlagRule(name: "security", kind: .single), FlagRule(name: "device", kind: .repeated),
    ]
    static let copy = [
        FlagRule(name: "from", kind: .single), FlagRule(name: "chown", kind: .single),
        FlagRule(name: "chmod", kind: .single), FlagRule(name: "link", kind: .boolean),
        FlagRule(name: "exclude", kind: .repeated), FlagRule(name: "parents", kind: .boolean),
    ]
    static let add = [
        FlagRule(name: "chown", kind: .single), FlagRule(name: "chmod", kind: .single),
        FlagRule(name: "link", kind: .boolean), FlagRule(name: "keep-git-dir", kind: .boolean),
        FlagRule(name: "checksum", kind: .single), FlagRule(name: "unpack", kind: .boolean),
        FlagRule(name: "exclude", kind: .repeated),
    ]
    static let healthcheck = ["interval", "timeout", "start-period", "start-interval", "retries"].map {
        FlagRule(name: $0, kind: .single)
    }
}

extension InstructionReader {
    /// Refuses flags that the instruction does not know, as BuildKit's `bflag.go` does.
    func checkFlags(_ rules: [FlagRule]) throws(SyntaxProblem) {
        var seen = 0
        for flag in flagTexts {
            let name = flag.name
            let range = joined.sourceRange(flag.range)
            guard let index = rules.firstIndex(where: { $0.name == name }) else {
                throw unknownFlag(name, flag, rules, range)
            }
            let rule = rules[index]
            defer { seen |= 1 << index }
            guard seen & 1 << index == 0 || rule.kind == .repeated else {
                throw SyntaxProblem(
                    range: range, message: "the flag --\(name) is given twice", remedy: "Remove one of them.")
            }
            switch (rule.kind, flag.value) {
            case (.boolean, nil): break
            case (.boolean, let value?):
                guard value.lowercased() != "true", value.lowercased() != "false" else { break }
                throw SyntaxProblem(
                    range: range, message: "--\(name) is true or false, not `\(value)`",
                    remedy: "Write `--\(name)`, or leave it out.")
            case (_, nil):
                throw SyntaxProblem(
                    range: range, message: "the flag --\(name) has no value",
                    remedy: "Write `--\(name)=value`.")
            default: break
            }
        }
    }

    private func unknownFlag(
        _ name: String, _ flag: FlagText, _ rules: [FlagRule], _ range: Range<Int>
    ) -> SyntaxProblem {
        let instruction = keyword.rawValue.uppercased()
        if let match = closestMatch(to: name, among: rules.map(\.name)) {
            return SyntaxProblem(
                range: range, message: "\(instruction) has no flag --\(name)",
                remedy: "Did you mean --\(match)?",
                replacement: SyntaxProblem.Replacement(
                    range: joined.sourceRange(flag.lineRange(2..<flag.nameEnd)), text: match))
        }
        let known = rules.map { "--" + $0.name }.joined(separator: ", ")
        return SyntaxProblem(
            range: range, message: "\(instruction) has no flag --\(name)",
            remedy: rules.isEmpty
                ? "\(instruction) takes no flags; quote the word or use the JSON form if it is an argument."
                : "It has \(known).")
    }

    /// The value of a flag that is given at most once, as a word of the file.
    func flagWord(_ name: String) -> Word? {
        for flag in flagTexts where flag.name == name {
            if let value = flag.value, let range = flag.valueRange(in: joined) {
                return Word(text: value, range: range)
            }
        }
        return nil
    }

    func flagWords(_ name: String) -> [Word] {
        flagTexts.compactMap { flag in
            guard flag.name == name, let value = flag.value, let range = flag.valueRange(in: joined) else {
                return nil
            }
            return Word(text: value, range: range)
        }
    }

    /// A boolean flag; nil where it is absent.
    func flagBool(_ name: String) -> Bool? {
        flagTexts.first { $0.name == name }.map { $0.value?.lowercased() != "false" }
    }
}
