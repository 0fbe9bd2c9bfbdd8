import Diagnostics
import Repository
import SourceText

/// `$X` and `${X…}` in a compose file (compose-spec, `12-interpolation.md`), with the values of `.env`.
struct Interpolation {
    private let values: [String: String]
    /// Variables whose values refer to others.
    let undecided: Set<String>

    /// - Parameter bytes: of the `.env` of the project directory; nil where there is none.
    init(_ bytes: [UInt8]?, work: inout WorkBudget) {
        guard let bytes, work.spend(bytes.count) else {
            (values, undecided) = ([:], [])
            return
        }
        (values, undecided) = Self.read(bytes)
    }

    subscript(name: String) -> String? { values[name] }

    /// - Parameter text: as it stands in the file.
    /// - Returns: nil where a variable decides that has no value here, and for what is too much.
    func expand(_ text: String, _ work: inout WorkBudget) -> String? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        return expand(Array(text.utf8)[...], depth: 0, &work)
    }

    private func expand(_ text: ArraySlice<UInt8>, depth: Int, _ work: inout WorkBudget) -> String? {
        guard depth < Limits.expansionDepthOfStatements, work.spend(text.count) else { return nil }
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "$"), index + 1 < text.endIndex else {
                result.append(text[index])
                index += 1
                continue
            }
            switch text[index + 1] {
            case UInt8(ascii: "$"):
                result.append(UInt8(ascii: "$"))
                index += 2
            case UInt8(ascii: "{"):
                guard let end = Self.end(of: text, at: index + 1),
                    let value = parameter(text[(index + 2)..<end], depth: depth, &work),
                    result.count + value.utf8.count <= Limits.expandedBytes, work.spend(value.utf8.count)
                else { return nil }
                result += Array(value.utf8)
                index = end + 1
            default:
                let name = text[(index + 1)...].prefix(while: Self.isName)
                guard !name.isEmpty, let value = values[String(decoding: name, as: UTF8.self)],
                    result.count + value.utf8.count <= Limits.expandedBytes, work.spend(value.utf8.count)
                else { return nil }
                result += Array(value.utf8)
                index = name.endIndex
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func parameter(_ text: ArraySlice<UInt8>, depth: Int, _ work: inout WorkBudget) -> String? {
        let name = text.prefix(while: Self.isName)
        var rest = text[name.endIndex...]
        let value = values[String(decoding: name, as: UTF8.self)]
        let countsEmpty = rest.first == UInt8(ascii: ":")
        if countsEmpty { rest = rest.dropFirst() }
        let isSet = value.map { !$0.isEmpty || !countsEmpty } ?? false
        switch rest.first {
        case nil: return value
        case UInt8(ascii: "-"):
            return isSet ? value : expand(rest.dropFirst(), depth: depth + 1, &work)
        case UInt8(ascii: "?"): return isSet ? value : nil
        case UInt8(ascii: "+"):
            return isSet ? expand(rest.dropFirst(), depth: depth + 1, &work) : ""
        default: return nil
        }
    }

    private static func end(of text: ArraySlice<UInt8>, at start: Int) -> Int? {
        var depth = 0
        for index in start..<text.endIndex {
            if text[index] == UInt8(ascii: "{") { depth += 1 }
            if text[index] == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    /// `NAME=value` lines; quotes around a value are taken off, a comment behind a bare one as well.
    /// Source: compose-spec/compose-go, `dotenv/parser.go`: `=` or `:` behind a name.
    private static func read(_ bytes: [UInt8]) -> (values: [String: String], undecided: Set<String>) {
        var values: [String: String] = [:]
        var undecided: Set<String> = []
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for line in bytes[start...].split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            var text = String(decoding: line, as: UTF8.self)[...].drop { $0 == " " || $0 == "\t" }
            if text.hasPrefix("export ") { text = text.dropFirst(7) }
            guard !text.hasPrefix("#"), let equals = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                continue
            }
            let name = text[..<equals].filter { $0 != " " }
            var value = text[text.index(after: equals)...].drop { $0 == " " }
            if let quote = value.first, quote == "\"" || quote == "'" {
                value = value.dropFirst().prefix { $0 != quote }
            } else {
                if let comment = value.firstRange(of: " #") { value = value[..<comment.lowerBound] }
                while value.last == " " || value.last == "\t" { value.removeLast() }
            }
            // A value that refers to others is not worth following.
            if value.contains("$") {
                undecided.insert(String(name))
            } else {
                values[String(name)] = String(value)
            }
        }
        return (values, undecided)
    }
}
