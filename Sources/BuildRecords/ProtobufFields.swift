internal import Diagnostics

/// The fields of a protobuf message, in order.
///
/// Source: https://protobuf.dev/programming-guides/encoding/. Groups, which no message of BuildKit has, end the reading.
struct ProtobufFields: Sequence, IteratorProtocol {
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>
    /// The message could not be read to its end.
    private(set) var isBroken = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> (field: Int, value: Value)? {
        guard !rest.isEmpty, !isBroken else { return nil }
        guard let tag = varint(), tag >> 3 <= 1 << 29 else { return broken() }
        let field = Int(tag >> 3)
        switch tag & 7 {
        case 0:
            guard let number = varint() else { return broken() }
            return (field, .number(number))
        case 1, 5:
            let count = tag & 7 == 1 ? 8 : 4
            guard rest.count >= count else { return broken() }
            let number = rest.prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(count)
            return (field, .number(number))
        case 2:
            guard let length = varint(), let count = Int(exactly: length), count <= rest.count else {
                return broken()
            }
            defer { rest = rest.dropFirst(count) }
            return (field, .bytes(rest.prefix(count)))
        default: return broken()
        }
    }

    private mutating func broken() -> (field: Int, value: Value)? {
        isBroken = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}

extension ProtobufFields.Value {
    var text: String {
        if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    var flag: Bool { if case .number(let number) = self { number != 0 } else { false } }

    /// nil for a negative number, and one that is larger than any size.
    var size: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }

    /// The fields of a message in a message.
    var fields: ProtobufFields {
        if case .bytes(let bytes) = self { ProtobufFields(bytes) } else { ProtobufFields([]) }
    }

    /// A `google.protobuf.Timestamp`, in microseconds since 1970; nil for times before.
    var time: Int? {
        var (seconds, nanos) = (0, 0)
        for (field, value) in fields {
            guard let number = value.size else { return nil }
            if field == 1 { seconds = number } else if field == 2 { nanos = number }
        }
        guard seconds < Limits.recordedSeconds, nanos < 1_000_000_000 else { return nil }
        return seconds * 1_000_000 + nanos / 1000
    }
}
