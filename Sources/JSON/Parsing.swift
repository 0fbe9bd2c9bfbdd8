internal import CJSONC

extension JSON {
    /// Reads a JSON text (RFC 8259) strictly: no comments, no trailing text, no `NaN`, valid UTF-8, each key once.
    /// - Throws: `JSONError` with the place of the first mistake that was found.
    package static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> JSON {
        guard bytes.count <= limits.bytes else {
            throw JSONError("more than \(limits.bytes) bytes", at: 0, in: bytes)
        }
        if let offset = firstInvalidUTF8(in: bytes) {
            throw JSONError("not valid UTF-8", at: offset, in: bytes)
        }
        let tree = try parseWithJSONC(bytes, depth: limits.depth)
        defer { json_object_put(tree) }
        let keys = try checkTokens(of: bytes, depth: limits.depth)
        var members = 0
        let value = JSON(converting: tree, members: &members)
        // json-c keeps the last of equal keys and says nothing.
        if members != keys { throw duplicateKey(in: bytes) }
        return value
    }

    /// - Parameter text: a JSON text.
    package static func parse(_ text: String, limits: Limits = Limits()) throws(JSONError) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }
}

/// - Returns: an owned reference; nil stands for `null`.
private func parseWithJSONC(_ bytes: [UInt8], depth: Int) throws(JSONError) -> OpaquePointer? {
    // json-c counts what stands in the innermost array as a level, and an empty array as none.
    guard let tokener = json_tokener_new_ex(Int32(clamping: depth + 1)) else {
        throw JSONError("out of memory", at: 0, in: bytes)
    }
    defer { json_tokener_free(tokener) }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT)
    // With a final NUL json-c knows that a number ends here.
    let text = bytes + [0]
    let tree = text.withUnsafeBytes { buffer in
        json_tokener_parse_ex(tokener, buffer.baseAddress, Int32(clamping: buffer.count))
    }
    let error = json_tokener_get_error(tokener)
    let end = json_tokener_get_parse_end(tokener)
    guard error == json_tokener_success else {
        json_object_put(tree)
        throw JSONError(message(for: error, at: end, in: bytes), at: end, in: bytes)
    }
    if let trailing = bytes[min(end, bytes.count)...].firstIndex(where: { !isBlank($0) }) {
        json_object_put(tree)
        throw JSONError("unexpected text after the value", at: trailing, in: bytes)
    }
    return tree
}

private let tooDeep = "too many arrays and objects inside each other"

private func message(for error: json_tokener_error, at end: Int, in bytes: [UInt8]) -> String {
    switch error {
    case json_tokener_continue, json_tokener_error_parse_eof: "the text ends too early"
    case json_tokener_error_depth: tooDeep
    case _ where end >= bytes.count: "the text ends too early"
    default: String(cString: json_tokener_error_desc(error))
    }
}

private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

private func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
    return offset
}

// MARK: - What json-c lets pass

/// Looks at the tokens of a text that json-c took, for what it takes against the standard.
/// - Returns: how many keys the text holds.
private func checkTokens(of bytes: [UInt8], depth limit: Int) throws(JSONError) -> Int {
    var keys = 0
    var depth = 0
    var lastStringHoldsNUL = false
    var index = 0
    while index < bytes.count {
        switch bytes[index] {
        case UInt8(ascii: "\""):
            let start = index
            index = try endOfString(startingAt: start, in: bytes)
            lastStringHoldsNUL = holdsNUL(bytes[start..<index])
            continue
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            if depth > limit { throw JSONError(tooDeep, at: index, in: bytes) }
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        case UInt8(ascii: ":"):
            keys += 1
            // A key is a C string to json-c: the rest of it would be lost.
            if lastStringHoldsNUL { throw JSONError("a key holds U+0000", at: index, in: bytes) }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "I"), UInt8(ascii: "N"):
            let start = index
            while index < bytes.count, isInsideNumber(bytes[index]) { index += 1 }
            if let problem = problem(ofNumber: bytes[start..<index]) {
                throw JSONError(problem, at: start, in: bytes)
            }
            continue
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x00..<0x09, 0x0B..<0x0D, 0x0E..<0x20:
            throw JSONError("unexpected character", at: index, in: bytes)
        default: break
        }
        index += 1
    }
    return keys
}

/// - Returns: the offset behind the closing quote.
private func endOfString(startingAt start: Int, in bytes: [UInt8]) throws(JSONError) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
        if bytes[index] < 0x20 {
            throw JSONError("a control character inside a string", at: index, in: bytes)
        }
        index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, bytes.count)
}

private func holdsNUL(_ string: ArraySlice<UInt8>) -> Bool {
    var index = string.startIndex
    while let escape = string[index...].firstIndex(of: UInt8(ascii: "\\")) {
        if string[escape...].starts(with: Array(#"\u0000"#.utf8)) { return true }
        index = min(escape + 2, string.endIndex)
    }
    return false
}

private func isInsideNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
    default: false
    }
}

/// json-c takes `NaN`, `Infinity`, `01` and `1.`, and replaces an integer that is too large by the largest.
private func problem(ofNumber text: ArraySlice<UInt8>) -> String? {
    var rest = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    let integer = rest.prefix { isDigit($0) }
    rest = rest.dropFirst(integer.count)
    guard !integer.isEmpty, integer.count == 1 || integer.first != UInt8(ascii: "0") else {
        return "not a number of JSON"
    }
    let isInteger = rest.isEmpty
    if rest.first == UInt8(ascii: ".") {
        let fraction = rest.dropFirst().prefix { isDigit($0) }
        guard !fraction.isEmpty else { return "not a number of JSON" }
        rest = rest.dropFirst(1 + fraction.count)
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return "not a number of JSON" }
        rest = rest.dropFirst(rest.count)
    }
    guard rest.isEmpty else { return "not a number of JSON" }
    if text.count < 19 && !text.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) { return nil }
    let string = String(decoding: text, as: UTF8.self)
    if isInteger { return Int(string) == nil ? "an integer of more than 64 bits" : nil }
    return Double(string)?.isFinite == true ? nil : "a number that is too large"
}

private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// What makes the shape of a text.
private enum Token {
    case opening(isObject: Bool)
    case closing
    /// With its quotes.
    case key(Range<Int>)
}

/// Goes through the tokens of a text that json-c took, until `visit` returns something.
private func first<Result>(in bytes: [UInt8], _ visit: (Token) -> Result?) -> Result? {
    var lastString = 0..<0
    var index = 0
    while index < bytes.count {
        var token: Token?
        switch bytes[index] {
        case UInt8(ascii: "\""):
            let start = index
            index = (try? endOfString(startingAt: start, in: bytes)) ?? bytes.count
            lastString = start..<index
            continue
        case UInt8(ascii: "{"): token = .opening(isObject: true)
        case UInt8(ascii: "["): token = .opening(isObject: false)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): token = .closing
        case UInt8(ascii: ":"): token = .key(lastString)
        default: break
        }
        if let token, let result = visit(token) { return result }
        index += 1
    }
    return nil
}

/// Finds the key that stands twice in a text that json-c took.
private func duplicateKey(in bytes: [UInt8]) -> JSONError {
    var seen: [Set<String>] = []
    let error = first(in: bytes) { token -> JSONError? in
        switch token {
        case .opening: seen.append([])
        case .closing: _ = seen.popLast()
        case .key(let range):
            let key = decoded(bytes[range])
            if !seen.isEmpty, !seen[seen.count - 1].insert(key).inserted {
                return JSONError("duplicate key \"\(key)\"", at: range.lowerBound, in: bytes)
            }
        }
        return nil
    }
    return error ?? JSONError("duplicate key", at: 0, in: bytes)
}

/// The text of a quoted string, its escapes resolved by json-c, so that `"a"` and `"\u0061"` are one key.
private func decoded(_ quoted: ArraySlice<UInt8>) -> String {
    if quoted.count >= 2, !quoted.contains(UInt8(ascii: "\\")) {
        return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
    guard let tree = try? parseWithJSONC(Array(quoted), depth: 1) else { return "" }
    defer { json_object_put(tree) }
    var members = 0
    return JSON(converting: tree, members: &members).string ?? ""
}

// MARK: - Conversion

extension JSON {
    /// - Parameters:
    ///   - tree: stays the caller's.
    ///   - members: counts the members of all objects.
    fileprivate init(converting tree: OpaquePointer?, members: inout Int) {
        switch json_object_get_type(tree) {
        case json_type_boolean: self = .bool(json_object_get_boolean(tree) != 0)
        case json_type_int: self = .integer(Int(json_object_get_int64(tree)))
        case json_type_double: self = .number(json_object_get_double(tree))
        case json_type_string:
            let start = UnsafeRawPointer(json_object_get_string(tree)!)
            let count = Int(json_object_get_string_len(tree))
            self = .string(
                String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self))
        case json_type_array:
            let count = json_object_array_length(tree)
            var elements: [JSON] = []
            elements.reserveCapacity(count)
            for index in 0..<count {
                elements.append(JSON(converting: json_object_array_get_idx(tree, index), members: &members))
            }
            self = .array(elements)
        case json_type_object:
            var object = Object()
            var iterator = json_object_iter_begin(tree)
            var end = json_object_iter_end(tree)
            while json_object_iter_equal(&iterator, &end) == 0 {
                let key = String(cString: json_object_iter_peek_name(&iterator))
                object[key] = JSON(converting: json_object_iter_peek_value(&iterator), members: &members)
                json_object_iter_next(&iterator)
            }
            members += object.count
            self = .object(object)
        default: self = .null
        }
    }
}

// MARK: - Places

extension JSON {
    /// Where a member stands in a text that `parse` takes.
    /// - Parameters:
    ///   - path: the keys that lead to it from the outermost object; arrays are not entered.
    ///   - bytes: the text.
    /// - Returns: the offset of the key's opening quote; nil where there is no such member.
    package static func offset(ofKey path: [String], in bytes: [UInt8]) -> Int? {
        firstKey(in: bytes, depth: path.count) { keys, place in
            keys == path.map(Optional.some) ? place : nil
        }
    }

    /// Where the members of an object stand in a text that `parse` takes.
    /// - Parameters:
    ///   - key: the object's in the outermost one.
    ///   - bytes: the text.
    /// - Returns: the offsets of the opening quotes of the keys.
    package static func offsets(ofMembersOf key: String, in bytes: [UInt8]) -> [String: Int] {
        var offsets: [String: Int] = [:]
        _ = firstKey(in: bytes, depth: 2) { keys, place -> Int? in
            if keys.count == 2, keys[0] == key, let name = keys[1], offsets[name] == nil {
                offsets[name] = place
            }
            return nil
        }
        return offsets
    }

    /// Goes through the keys of objects that stand in no array.
    /// - Parameters:
    ///   - depth: of the deepest that are looked at.
    ///   - visit: takes the keys that lead to a member (nil for an array), and its place.
    private static func firstKey(
        in bytes: [UInt8], depth: Int, _ visit: ([String?], Int) -> Int?
    ) -> Int? {
        var keys: [String?] = []
        return first(in: bytes) { token -> Int? in
            switch token {
            case .opening(let isObject): keys.append(isObject ? "" : nil)
            case .closing: _ = keys.popLast()
            case .key(let range):
                guard !keys.isEmpty, keys.count <= depth else { break }
                keys[keys.count - 1] = decoded(bytes[range])
                return visit(keys, range.lowerBound)
            }
            return nil
        }
    }
}
