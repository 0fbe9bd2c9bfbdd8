internal import CYAML
import Diagnostics
import SourceText

extension YAML {
    /// Reads the first document of a file.
    /// - Throws: for what is no YAML, and for more than `Limits` allow.
    static func parse(_ bytes: [UInt8]) throws(YAMLError) -> YAML {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw YAMLError(message: "not valid UTF-8", line: 1, column: 1)
        }
        var parser = YAMLParser(bytes)
        defer { parser.end() }
        return try parser.document()
            ?? YAML(value: .scalar("", .plain), tag: "", line: 1, column: 1, offset: 0)
    }

    /// Reads all documents of a file; none for an empty one.
    /// - Throws: as `parse`.
    static func documents(_ bytes: [UInt8]) throws(YAMLError) -> [YAML] {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw YAMLError(message: "not valid UTF-8", line: 1, column: 1)
        }
        var parser = YAMLParser(bytes)
        defer { parser.end() }
        var documents: [YAML] = []
        while let document = try parser.document() { documents.append(document) }
        return documents
    }
}

/// Makes values of the events of libyaml (github.com/yaml/libyaml, `yaml.h`).
///
/// A key that is no text is never looked at: it may be an alias (`*name : x`) that stands for billions of values.
private struct YAMLParser {
    /// Without a byte order mark: libyaml would count it as a column.
    private let bytes: [UInt8]
    /// How many bytes of the file come before them.
    private let start: Int
    /// libyaml keeps the address of its input, and its own address in what it calls.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var anchors: [String: Anchored] = [:]
    /// What may still be made: an alias counts as all that it stands for.
    private var nodesLeft = Limits.yamlNodes
    private var bytesLeft = Limits.yamlBytes
    /// Events come in the order of the file: the byte of the last mark that was looked up.
    private var place = (characters: 0, bytes: 0)

    /// A value that an alias may stand for.
    private struct Anchored {
        let value: YAML
        let size: Size
    }

    /// What a value takes where it is followed through all aliases.
    private struct Size {
        var nodes = 1
        var bytes = 0
        var depth = 0

        mutating func add(_ inner: Size) {
            nodes += inner.nodes
            bytes += inner.bytes
            depth = max(depth, inner.depth + 1)
        }
    }

    private struct Mark {
        let line: Int
        let column: Int
        let offset: Int
    }

    init(_ file: [UInt8]) {
        start = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let bytes = start == 0 ? file : Array(file[start...])
        self.bytes = bytes
        parser = .allocate(capacity: 1)
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.update(fromContentsOf: bytes)
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    /// Has to be called once.
    func end() {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// - Returns: nil where there is no further one.
    mutating func document() throws(YAMLError) -> YAML? {
        while true {
            var event = try next()
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_DOCUMENT_START_EVENT:
                var first = try next()
                defer { yaml_event_delete(&first) }
                anchors = [:]
                return try value(first, depth: 0).value
            case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return nil
            default: break
            }
        }
    }

    /// - Returns: the next event, which the caller deletes.
    private func next() throws(YAMLError) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw error() }
        return event
    }

    private func error() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
        switch parser.pointee.error {
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR, YAML_COMPOSER_ERROR:
            let context = parser.pointee.context.map { String(cString: $0) + ": " } ?? ""
            let mark = parser.pointee.problem_mark
            return YAMLError(
                message: context + problem, line: Int(clamping: mark.line) + 1,
                column: Int(clamping: mark.column) + 1)
        case YAML_READER_ERROR:
            let place = SourceText(path: "", bytes: bytes)
                .position(at: Int(clamping: parser.pointee.problem_offset))
            return YAMLError(message: problem, line: place.line, column: place.column)
        default: return YAMLError(message: "cannot be read", line: 1, column: 1)
        }
    }

    // MARK: - Values

    private mutating func value(
        _ event: yaml_event_t, depth: Int
    ) throws(YAMLError) -> (value: YAML, size: Size) {
        let mark = mark(event.start_mark)
        if event.type == YAML_ALIAS_EVENT {
            let name = Self.text(event.data.alias.anchor) ?? ""
            guard let anchored = anchors[name] else {
                throw YAMLError(message: "found undefined alias", line: mark.line, column: mark.column)
            }
            try take(anchored.size, depth: depth, at: mark)
            return (anchored.value, anchored.size)
        }
        try take(Size(), depth: depth, at: mark)
        let value: YAML.Value
        let anchor: String?
        let tag: String?
        var size = Size()
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: Int(clamping: scalar.length)),
                as: UTF8.self)
            size.bytes = text.utf8.count
            value = .scalar(text, Self.style(scalar.style))
            anchor = Self.text(scalar.anchor)
            tag = scalar.quoted_implicit == 1 ? nil : Self.text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            value = .sequence(try sequence(depth: depth, size: &size))
            anchor = Self.text(start.anchor)
            tag = start.implicit != 0 ? nil : Self.text(start.tag)
        default:
            let start = event.data.mapping_start
            value = .mapping(YAML.Mapping(try mapping(depth: depth, size: &size)))
            anchor = Self.text(start.anchor)
            tag = start.implicit != 0 ? nil : Self.text(start.tag)
        }
        let name = tag ?? ""
        let yaml = YAML(
            value: value, tag: name.hasPrefix("tag:yaml.org") || name == "!" ? "" : name, line: mark.line,
            column: mark.column, offset: mark.offset)
        // Only now, so that an alias inside of what it names is an undefined one.
        if let anchor { anchors[anchor] = Anchored(value: yaml, size: size) }
        return (yaml, size)
    }

    private mutating func sequence(depth: Int, size: inout Size) throws(YAMLError) -> [YAML] {
        var items: [YAML] = []
        while true {
            var event = try next()
            defer { yaml_event_delete(&event) }
            if event.type == YAML_SEQUENCE_END_EVENT { return items }
            let item = try value(event, depth: depth + 1)
            size.add(item.size)
            items.append(item.value)
        }
    }

    private mutating func mapping(
        depth: Int, size: inout Size
    ) throws(YAMLError) -> [(key: YAML, value: YAML)] {
        var pairs: [(key: YAML, value: YAML)] = []
        var merged: [(key: YAML, value: YAML)] = []
        var known: Set<Key> = []
        while true {
            var keyEvent = try next()
            defer { yaml_event_delete(&keyEvent) }
            if keyEvent.type == YAML_MAPPING_END_EVENT { break }
            let key = try value(keyEvent, depth: depth + 1)
            var valueEvent = try next()
            defer { yaml_event_delete(&valueEvent) }
            let value = try value(valueEvent, depth: depth + 1)
            size.add(key.size)
            size.add(value.size)
            if let name = Key(key.value), !known.insert(name).inserted {
                let mark = mark(keyEvent.start_mark)
                throw YAMLError(
                    message: "the key \(name.text) stands here twice", line: mark.line, column: mark.column)
            }
            if case .scalar("<<", .plain) = key.value.value {
                for source in value.value.sequence ?? [value.value] { merged += source.mapping ?? [] }
            } else {
                pairs.append((key.value, value.value))
            }
        }
        if merged.isEmpty { return pairs }
        var names = Set(pairs.compactMap { $0.key.string })
        for pair in merged {
            if let name = pair.key.string, !names.insert(name).inserted { continue }
            pairs.append(pair)
        }
        return pairs
    }

    /// What makes two keys one: `1` and `"1"` are a number and a text.
    private struct Key: Hashable {
        let text: String
        private let isText: Bool

        /// - Returns: nil for a key that is a list or a mapping.
        init?(_ yaml: YAML) {
            guard case .scalar(let text, let style) = yaml.value else { return nil }
            self.text = text
            let mayBeNumber = text.utf8.first.map { $0 <= UInt8(ascii: "9") } ?? false
            isText =
                style != .plain
                || !yaml.isNull && yaml.bool == nil && !(mayBeNumber && Double(text) != nil)
        }
    }

    /// The nodes of an alias are shared, so that a few lines can stand for billions of values: each visit counts.
    private mutating func take(_ size: Size, depth: Int, at mark: Mark) throws(YAMLError) {
        func error(_ message: String) -> YAMLError {
            YAMLError(message: message, line: mark.line, column: mark.column)
        }
        nodesLeft -= size.nodes
        bytesLeft -= size.bytes
        guard nodesLeft >= 0 else {
            throw error("more than \(Limits.yamlNodes) values (aliases count each time they are used)")
        }
        guard bytesLeft >= 0 else {
            throw error("the aliases stand for more than \(Limits.yamlBytes) bytes")
        }
        guard depth + size.depth <= Limits.yamlDepth else {
            throw error("nested more than \(Limits.yamlDepth) levels deep")
        }
    }

    // MARK: - Places and texts

    /// libyaml counts characters, the rest of the program bytes.
    private mutating func mark(_ mark: yaml_mark_t) -> Mark {
        let characters = Int(clamping: mark.index)
        while place.characters > characters, place.bytes > 0 {
            place.bytes -= 1
            while place.bytes > 0, bytes[place.bytes] & 0xC0 == 0x80 { place.bytes -= 1 }
            place.characters -= 1
        }
        while place.characters < characters, place.bytes < bytes.count {
            place.bytes += 1
            while place.bytes < bytes.count, bytes[place.bytes] & 0xC0 == 0x80 { place.bytes += 1 }
            place.characters += 1
        }
        return Mark(
            line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1,
            offset: start + place.bytes)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(decoding: UnsafeBufferPointer(start: $0, count: strlen($0)), as: UTF8.self) }
    }

    private static func strlen(_ pointer: UnsafeMutablePointer<yaml_char_t>) -> Int {
        var count = 0
        while pointer[count] != 0 { count += 1 }
        return count
    }

    private static func style(_ style: yaml_scalar_style_t) -> YAML.Style {
        switch style {
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        default: .plain
        }
    }
}
