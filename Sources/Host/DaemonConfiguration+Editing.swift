import SourceText

package import JSON

extension DaemonConfiguration {
    /// The file's text with another `builder.gc`, and nothing else changed.
    /// - Returns: nil where the file is no JSON object.
    package func text(settingCollection value: JSON) -> String? {
        guard let root, root.object != nil else { return nil }
        let bytes = source.bytes
        guard bytes.contains(UInt8(ascii: "{")) else {
            return Self.text(collection: value)
        }
        if root["builder"]?["gc"] != nil, let key = place(of: "builder", "gc") {
            return replacing(valueRange(after: key), by: lines(of: value, depth: 2))
        }
        if root["builder"]?.object != nil, let key = place(of: "builder") {
            let object = valueRange(after: key)
            return inserting("\"gc\": " + lines(of: value, depth: 2), into: object, depth: 2)
        }
        let builder = "\"builder\": " + lines(of: ["gc": value], depth: 1)
        if root["builder"] != nil, let key = place(of: "builder") {
            return replacing(key.lowerBound..<valueRange(after: key).upperBound, by: builder)
        }
        let start = bytes.firstIndex(of: UInt8(ascii: "{"))!
        return inserting(builder, into: start..<bytes.count, depth: 1)
    }

    /// A file that says nothing else.
    package static func text(collection value: JSON) -> String {
        JSON.object(["builder": ["gc": value]]).text(.pretty) + "\n"
    }

    /// What one level is set in by: as in the file, else two blanks.
    private var indent: String {
        for line in String(decoding: source.bytes, as: UTF8.self).split(separator: "\n") {
            let blanks = line.prefix { $0 == " " || $0 == "\t" }
            if !blanks.isEmpty, line.dropFirst(blanks.count).first == "\"" { return String(blanks) }
        }
        return "  "
    }

    /// A value as it stands behind a key of the given depth.
    private func lines(of value: JSON, depth: Int) -> String {
        let own = value.text(.pretty).split(separator: "\n").map { (line: Substring) -> String in
            let blanks = line.prefix { $0 == " " }.count
            return String(repeating: indent, count: depth + blanks / 2) + line.dropFirst(blanks)
        }
        return String(own.joined(separator: "\n").dropFirst(indent.count * depth))
    }

    private func replacing(_ range: Range<Int>, by text: String) -> String {
        let bytes = source.bytes
        return String(
            decoding: bytes[..<range.lowerBound] + Array(text.utf8) + bytes[range.upperBound...],
            as: UTF8.self)
    }

    /// - Parameters:
    ///   - object: begins with `{`.
    ///   - depth: of its members.
    private func inserting(_ member: String, into object: Range<Int>, depth: Int) -> String {
        let start = object.lowerBound + 1
        let rest = source.bytes[start...].firstIndex { $0 > 0x20 }!
        let outer = String(repeating: indent, count: depth - 1)
        if source.bytes[rest] == UInt8(ascii: "}") {
            return replacing(start..<rest, by: "\n" + outer + indent + member + "\n" + outer)
        }
        if source.bytes[start..<rest].contains(UInt8(ascii: "\n")) {
            return replacing(start..<start, by: "\n" + outer + indent + member + ",")
        }
        return replacing(start..<rest, by: "\n" + outer + indent + member + ",\n" + outer + indent)
    }

    /// - Parameter key: where a key stands, in a text that is known to be JSON.
    private func valueRange(after key: Range<Int>) -> Range<Int> {
        let bytes = source.bytes
        var start = key.upperBound
        while start < bytes.count, bytes[start] <= 0x20 || bytes[start] == UInt8(ascii: ":") { start += 1 }
        var depth = 0
        var isString = false
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if isString {
                if byte == UInt8(ascii: "\\") { index += 1 }
                if byte == UInt8(ascii: "\"") { isString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return start..<index }
                    depth -= 1
                    if depth == 0 { return start..<index + 1 }
                case UInt8(ascii: ","), 0...0x20: if depth == 0 { return start..<index }
                default: break
                }
            }
            index += 1
        }
        return start..<min(index, bytes.count)
    }
}
