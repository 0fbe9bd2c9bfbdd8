internal import CJSONC

extension JSON {
    package enum Layout: Sendable {
        /// One line, no blanks.
        case compact
        /// A line a member, two blanks a level.
        case pretty
    }

    /// The value as a JSON text without a final newline: valid UTF-8, members in their order.
    ///
    /// Control characters (DEL, C1 and those that reverse the writing direction too) are escaped, so that a text
    /// from a repository cannot steer a terminal. A number that is not finite becomes `null`; U+0000 in a key
    /// becomes U+FFFD (json-c's keys are C strings).
    /// - Parameter indentation: how many blanks stand before each line but the first, beside those of the layout.
    package func text(_ layout: Layout = .compact, indentation: Int = 0) -> String {
        guard let tree = makeTree() else { return "null" }
        defer { json_object_put(tree) }
        var flags = JSON_C_TO_STRING_NOSLASHESCAPE
        if layout == .pretty { flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED }
        var length = 0
        guard let text = json_object_to_json_string_length(tree, flags, &length) else { return "null" }
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        return String(decoding: settled(bytes, indentation), as: UTF8.self)
    }

    /// - Returns: an owned reference; nil stands for `null`.
    private func makeTree() -> OpaquePointer? {
        switch self {
        case .null: return nil
        case .bool(let value): return json_object_new_boolean(value ? 1 : 0)
        case .integer(let value): return json_object_new_int64(Int64(value))
        // json-c would print 17 digits; Swift prints the fewest that read back as the same value.
        case .number(let value): return value.isFinite ? json_object_new_double_s(value, "\(value)") : nil
        case .string(var value):
            return value.withUTF8 { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    // An empty string may have no address; json-c wants one.
                    $0.isEmpty
                        ? json_object_new_string("")
                        : json_object_new_string_len($0.baseAddress, Int32(clamping: $0.count))
                }
            }
        case .array(let elements):
            let tree = json_object_new_array()
            for element in elements { json_object_array_add(tree, element.makeTree()) }
            return tree
        case .object(let object):
            let tree = json_object_new_object()
            for (key, value) in object.members {
                let key = key.utf8.contains(0) ? key.replacing("\0", with: "\u{FFFD}") : key
                json_object_object_add(tree, key, value.makeTree())
            }
            return tree
        }
    }
}

/// Escapes what json-c leaves in strings although it steers terminals, and evens out its versions. Outside of strings a
/// JSON text is ASCII, so the bytes may be replaced wherever they stand.
private func settled(_ bytes: UnsafeRawBufferPointer, _ indentation: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 4)
    var index = 0
    /// What is taken as it is begins here.
    var start = 0
    func replace(_ count: Int, with replacement: some Collection<UInt8>) {
        result.append(contentsOf: bytes[start..<index])
        result.append(contentsOf: replacement)
        index += count
        start = index
    }
    while index < bytes.count {
        let byte = bytes[index]
        // Nearly all bytes are none of those below.
        guard byte >= 0x7F || byte == 0x0A || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") else {
            index += 1
            continue
        }
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        let third = index + 2 < bytes.count ? bytes[index + 2] : 0
        switch (byte, next, third) {
        case (0x7F, _, _): replace(1, with: "\\u007f".utf8)
        case (0xC2, 0x80...0x9F, _): replace(2, with: escape(UInt16(next)))
        // U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069.
        case (0xE2, 0x80, 0x8E...0x8F), (0xE2, 0x80, 0xA8...0xAE), (0xE2, 0x81, 0xA6...0xA9):
            replace(3, with: escape(0x2000 | UInt16(next & 0x3F) << 6 | UInt16(third & 0x3F)))
        // No string holds a bare newline.
        case (0x0A, _, _) where indentation > 0:
            index += 1
            replace(0, with: repeatElement(UInt8(ascii: " "), count: indentation))
        // json-c 0.16 breaks the line in an empty array or object, later versions do not.
        case (UInt8(ascii: "]"), _, _), (UInt8(ascii: "}"), _, _):
            replace(0, with: EmptyCollection())
            let blanks = result.reversed().prefix { $0 == 0x20 || $0 == 0x0A }.count
            let opening = result.dropLast(blanks).last
            if result.suffix(blanks).first == 0x0A,
                opening == UInt8(ascii: "[") || opening == UInt8(ascii: "{")
            {
                result.removeLast(blanks)
            }
            index += 1
        default: index += 1
        }
    }
    replace(0, with: EmptyCollection())
    return result
}

private func escape(_ unit: UInt16) -> [UInt8] {
    let digits = String(unit, radix: 16)
    return Array("\\u".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
        + Array(digits.utf8)
}
