import Diagnostics
import SourceText

/// Reads the value of one `RUN --mount=…` (`commands_runmount.go`, parseMount).
struct MountReader {
    private let flag: FlagText
    private let joined: JoinedText
    private let bytes: [UInt8]

    init(_ flag: FlagText, _ joined: JoinedText) {
        self.flag = flag
        bytes = flag.bytes
        self.joined = joined
    }

    private static let keys = [
        "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw",
        "required", "size", "id", "sharing", "mode", "uid", "gid", "env",
    ]

    /// A field of the value: its text, and the place of its key and value.
    private struct Field {
        var text: [UInt8] = []
        /// For each byte its offset in the flag; nil where they follow each other from `start`.
        var origins: [Int]?
        var start = 0
        var end = 0
    }

    func mount() throws(SyntaxProblem) -> RunMount {
        var kind = RunMount.Kind.bind
        /// A kind that only a variable tells.
        var isKindKnown = true
        var values: [String: String] = [:]
        var readOnly: Bool?
        var isRequired = false
        var options: [RunMount.Option] = []
        for field in try fields() {
            let sign = field.text.firstIndex(of: Byte.equals)
            let written = String(decoding: field.text[..<(sign ?? field.text.count)], as: UTF8.self)
            let key = written.lowercased()
            let value = sign.map { String(decoding: field.text[($0 + 1)...], as: UTF8.self) }
            options.append(RunMount.Option(key: key, value: value, range: range(field, 0..<field.text.count)))
            let keyRange = range(field, 0..<(sign ?? field.text.count))
            guard let value, let sign else {
                switch key {
                case "readonly", "ro": readOnly = true
                case "readwrite", "rw": readOnly = false
                case "required" where kind == .secret || kind == .ssh || !isKindKnown: isRequired = true
                case "required": throw wrongKind(key, kind, keyRange)
                default: throw withoutValue(key, written, keyRange)
                }
                continue
            }
            let valueRange = range(field, sign + 1..<field.text.count)
            if key == "from" {
                if let dollar = value.utf8.firstIndex(of: Byte.dollar),
                    value.utf8.index(after: dollar) != value.utf8.endIndex
                {
                    throw problem(
                        valueRange, "`from` of a mount cannot hold a variable",
                        "Define a stage with `FROM \(value) AS name` (its ARG before the first FROM), and use that "
                            + "name.")
                }
            }
            // The rest is checked where no variable has a say in it; quotes are removed as BuildKit does.
            let isVariable = value.utf8.contains(Byte.dollar)
            let plain = isVariable ? value : unquoted(value)
            switch key {
            case "type":
                isKindKnown = !isVariable
                if isVariable { break }
                guard let known = RunMount.Kind(rawValue: plain.lowercased()) else {
                    throw notOne(
                        of: RunMount.Kind.allCases.map(\.rawValue), plain, "type of mount", valueRange)
                }
                kind = known
            case "readonly", "ro", "readwrite", "rw":
                guard let flag = goBool(plain) ?? (isVariable ? true : nil) else {
                    throw notBool(key, plain, valueRange)
                }
                readOnly = key.hasSuffix("o") || key == "readonly" ? flag : !flag
            case "required":
                guard kind == .secret || kind == .ssh || !isKindKnown else {
                    throw wrongKind(key, kind, keyRange)
                }
                guard let flag = goBool(plain) ?? (isVariable ? true : nil) else {
                    throw notBool(key, plain, valueRange)
                }
                isRequired = flag
            case "size":
                guard kind == .tmpfs || !isKindKnown else { throw wrongKind(key, kind, keyRange) }
                guard isVariable || isSize(plain) else {
                    throw problem(
                        valueRange, "`\(plain)` is no size", "Write a number with a unit, such as 512m or 2g."
                    )
                }
            case "sharing":
                guard isVariable || RunMount.Sharing(rawValue: plain.lowercased()) != nil else {
                    throw notOne(
                        of: RunMount.Sharing.allCases.map(\.rawValue), plain, "sharing mode", valueRange)
                }
            case "mode":
                guard isVariable || UInt32(plain, radix: 8) != nil && plain.utf8.first?.isASCIIDigit == true
                else {
                    throw problem(valueRange, "`\(plain)` is no mode", "Write it in octal, such as 0755.")
                }
            case "uid", "gid":
                guard isVariable || UInt32(plain) != nil && plain.utf8.first?.isASCIIDigit == true else {
                    throw problem(
                        valueRange, "the \(key) of a mount is a number, not `\(plain)`",
                        "Write the numeric id; names are not looked up here.")
                }
            case "from", "source", "src", "target", "dst", "destination", "id", "env": break
            default: throw unknownKey(key, keyRange)
            }
            values[Self.canonical[key] ?? key] = value
        }
        let mount = RunMount(
            kind: kind, target: values["target"], source: values["source"], from: values["from"],
            id: values["id"],
            sharing: values["sharing"].flatMap { RunMount.Sharing(rawValue: unquoted($0).lowercased()) },
            readOnly: readOnly ?? (kind != .cache && kind != .tmpfs), required: isRequired,
            size: values["size"],
            mode: values["mode"], uid: values["uid"], gid: values["gid"], env: values["env"],
            options: options,
            range: joined.sourceRange(flag.range))
        if isKindKnown { try check(mount) }
        return mount
    }

    private static let canonical = [
        "src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite",
    ]

    /// What must hold between the keys of a mount.
    private func check(_ mount: RunMount) throws(SyntaxProblem) {
        let kind = mount.kind.rawValue
        if mount.kind == .bind || mount.kind == .tmpfs {
            for key in ["mode", "uid", "gid"] {
                if let option = mount.options.last(where: { $0.key == key }) {
                    throw problem(
                        option.range, "a \(kind) mount takes no `\(key)`",
                        "Remove it, or use another type of mount.")
                }
            }
        }
        if mount.kind == .secret {
            if mount.from != nil, mount.from != "" {
                throw problem(mount.range, "a secret mount takes no `from`", "Remove it.")
            }
            if mount.source ?? "" == "", mount.target ?? "" == "", mount.id ?? "" == "" {
                throw problem(
                    mount.range, "a secret mount needs an `id` or a `target`", "Add `id=`, the secret's name."
                )
            }
            if mount.source ?? "" != "", mount.id ?? "" != "" {
                throw problem(mount.range, "a secret mount takes `source` or `id`, not both", "Keep `id`.")
            }
        }
        if mount.kind != .cache, let option = mount.options.last(where: { $0.key == "sharing" }),
            option.value ?? "" != ""
        {
            throw problem(
                option.range, "a \(kind) mount takes no `sharing`", "Remove it, or write `type=cache`.")
        }
        if mount.target == "/", mount.kind != .secret, mount.kind != .ssh {
            throw problem(mount.range, "a mount cannot have the target `/`", "Name a directory below it.")
        }
    }

    // MARK: - Fields

    /// Splits the value at commas, with quotes as in CSV.
    private func fields() throws(SyntaxProblem) -> [Field] {
        guard let start = flag.valueStart, start < bytes.count else {
            throw problem(
                joined.sourceRange(flag.range), "a --mount is empty", "Write `--mount=type=…,target=…`.")
        }
        var fields: [Field] = []
        var offset = start
        while true {
            var field = Field()
            if offset < bytes.count, bytes[offset] == Byte.doubleQuote {
                field = try quotedField(&offset)
            } else {
                field.start = offset
                while offset < bytes.count, bytes[offset] != Byte.comma {
                    if bytes[offset] == Byte.doubleQuote { throw misquoted() }
                    offset += 1
                }
                field.text = Array(bytes[field.start..<offset])
            }
            field.end = offset
            fields.append(field)
            guard offset < bytes.count else { return fields }
            guard bytes[offset] == Byte.comma else { throw misquoted() }
            offset += 1
        }
    }

    /// A field in quotes, in which two quotes stand for one.
    private func quotedField(_ offset: inout Int) throws(SyntaxProblem) -> Field {
        var text: [UInt8] = []
        var origins: [Int] = []
        offset += 1
        while true {
            guard offset < bytes.count else { throw misquoted() }
            if bytes[offset] == Byte.doubleQuote {
                offset += 1
                guard offset < bytes.count, bytes[offset] == Byte.doubleQuote else {
                    return Field(text: text, origins: origins)
                }
            }
            text.append(bytes[offset])
            origins.append(offset)
            offset += 1
        }
    }

    private func misquoted() -> SyntaxProblem {
        problem(
            joined.sourceRange(flag.range),
            "the quotes in the value of --mount are not those of a CSV record",
            "Remove them, or put the whole `key=value` in them.")
    }

    /// Where a part of a field stands in the file.
    private func range(_ field: Field, _ part: Range<Int>) -> Range<Int> {
        if part.isEmpty { return joined.sourceRange(flag.lineRange(field.end..<field.end)) }
        let start = field.origins?[part.lowerBound] ?? field.start + part.lowerBound
        let end = (field.origins?[part.upperBound - 1] ?? field.start + part.upperBound - 1) + 1
        return joined.sourceRange(flag.lineRange(start..<end))
    }

    private func unquoted(_ value: String) -> String {
        let isPlain = !value.utf8.contains {
            $0 == Byte.backslash || $0 == Byte.singleQuote || $0 == Byte.doubleQuote
        }
        if isPlain { return value }
        var lexer = WordLexer(Array(value.utf8), escape: Byte.backslash)
        return (try? lexer.expand()).map { String(decoding: $0, as: UTF8.self) } ?? value
    }

    /// Go's `strconv.ParseBool`.
    private func goBool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    /// go-units' RAMInBytes: a number, a unit of one letter, `b` or `ib` behind it; any case.
    private func isSize(_ text: String) -> Bool {
        var digits = text.lowercased()[...]
        if digits.hasSuffix("ib") {
            digits = digits.dropLast(2)
        } else if digits.hasSuffix("b") {
            digits = digits.dropLast()
        }
        if let unit = digits.last, "kmgtpezy".contains(unit) { digits = digits.dropLast() }
        if digits.last == " " { digits = digits.dropLast() }
        return Double(digits).map { $0 >= 0 && $0.isFinite } ?? false
    }

    // MARK: - Problems

    private func problem(
        _ range: Range<Int>, _ message: String, _ remedy: String, _ replacement: String? = nil
    ) -> SyntaxProblem {
        SyntaxProblem(
            kind: .mount, range: range, message: message, remedy: remedy,
            replacement: replacement.map { SyntaxProblem.Replacement(range: range, text: $0) })
    }

    private func notOne(of known: [String], _ value: String, _ noun: String, _ range: Range<Int>)
        -> SyntaxProblem
    {
        let match = closestMatch(to: value, among: known)
        return problem(
            range, "`\(value)` is no \(noun)",
            match.map { "Did you mean \($0)?" } ?? "It is one of \(known.joined(separator: ", ")).", match)
    }

    private func notBool(_ key: String, _ value: String, _ range: Range<Int>) -> SyntaxProblem {
        problem(range, "`\(key)` is true or false, not `\(value)`", "Write `\(key)` or `\(key)=false`.")
    }

    private func wrongKind(_ key: String, _ kind: RunMount.Kind, _ range: Range<Int>) -> SyntaxProblem {
        let wanted = key == "size" ? "type=tmpfs" : "type=secret or type=ssh"
        return problem(
            range, "a \(kind.rawValue) mount takes no `\(key)`", "Remove it, or write `\(wanted)` before it.")
    }

    private func withoutValue(_ key: String, _ written: String, _ range: Range<Int>) -> SyntaxProblem {
        if key.isEmpty {
            return problem(
                joined.sourceRange(flag.range), "a --mount has an empty field",
                "Remove the comma that is too many.")
        }
        if Self.keys.contains(key) {
            return problem(range, "the key `\(written)` of a mount has no value", "Write `\(key)=value`.")
        }
        return unknownKey(key, range)
    }

    private func unknownKey(_ key: String, _ range: Range<Int>) -> SyntaxProblem {
        let match = closestMatch(to: key, among: Self.keys)
        return problem(
            range, "a mount has no key `\(key)`",
            match.map { "Did you mean \($0)?" } ?? "Its keys are \(Self.keys.joined(separator: ", ")).", match
        )
    }
}
