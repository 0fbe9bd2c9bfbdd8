internal import Diagnostics
internal import JSON

/// Takes values of build arguments out of what a builder wrote: it expands `RUN deploy --key $TOKEN` with the value, which
/// may be a secret. In its place stands the argument: `RUN deploy --key ${TOKEN}`.
struct ArgumentMask {
    private struct Value {
        let bytes: [UInt8]
        let name: String

        /// It stands in texts by chance too. Of a step it is masked only as a word, and where the Dockerfile may have the
        /// argument there.
        var isShort: Bool { bytes.count < 4 }
    }

    /// Lines of a Dockerfile.
    private typealias Source = ArraySlice<ArraySlice<UInt8>>

    /// By their first byte; the longest first.
    private var values: [UInt8: [Value]] = [:]
    private var budget = WorkBudget(Limits.maskingWork)

    /// - Parameter attributes: what a client tells the frontend, `build-arg:NAME` among it.
    init(attributes: JSON?) {
        guard let attributes = attributes?.object else { return }
        for (key, value) in attributes.members where key.hasPrefix("build-arg:") {
            let bytes = Array((value.string ?? "").utf8)
            guard let first = bytes.first else { continue }
            let name = String(key.dropFirst("build-arg:".count))
            values[first, default: []].append(Value(bytes: bytes, name: name))
        }
        for key in values.keys { values[key]?.sort { $0.bytes.count > $1.bytes.count } }
    }

    /// Masks the instructions and errors of a record.
    mutating func apply(to record: inout BuildRecord) {
        guard !values.isEmpty else { return }
        let lines = record.dockerfile.map { $0.text.split(separator: 0x0A, omittingEmptySubsequences: false) }
        let names = record.vertices.map(\.name)
        for index in record.vertices.indices {
            let vertex = record.vertices[index]
            let source = vertex.lines.flatMap { range in
                lines.map { $0[min(range.lowerBound - 1, $0.count)..<min(range.upperBound, $0.count)] }
            }
            record.vertices[index].name = masked(name: vertex.name, source: source)
            if let text = vertex.step?.text {
                record.vertices[index].step?.text = masked(text, isInstruction: true, source: source)
            }
            record.vertices[index].error = vertex.error.map { masked($0, isInstruction: false, source: nil) }
        }
        for index in record.activities.indices {
            let (name, vertex) = (record.activities[index].name, record.activities[index].vertex)
            record.activities[index].name =
                name == names[vertex] ? record.vertices[vertex].name : masked(name: name, source: nil)
        }
        for index in record.images.indices {
            record.images[index].reference = masked(
                record.images[index].reference, isInstruction: false, source: nil)
        }
        for index in record.errors.indices {
            record.errors[index] = masked(record.errors[index], isInstruction: false, source: nil)
        }
    }

    /// Behind the label, which holds no value, of what is no work of BuildKit's own.
    private mutating func masked(name: String, source: Source?) -> String {
        guard name.hasPrefix("["), let label = name.firstRange(of: "] ") else {
            // `BUILDKIT_SYNTAX` names the image of the frontend.
            return name.contains("docker-image://")
                ? masked(name, isInstruction: false, source: nil) : name
        }
        if name.hasPrefix("[internal]") || name.hasPrefix("[auth]") {
            return name[..<label.upperBound]
                + masked(String(name[label.upperBound...]), isInstruction: false, source: nil)
        }
        let text = String(name[label.upperBound...])
        return name[..<label.upperBound] + masked(text, isInstruction: true, source: source)
    }

    /// - Parameters:
    ///   - isInstruction: of the Dockerfile, in which short values are masked too.
    ///   - source: its lines in the Dockerfile, where they are known.
    /// - Returns: the text up to where the work ended, if it was too much.
    private mutating func masked(_ text: String, isInstruction: Bool, source: Source?) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var found: Value?
            for value in values[bytes[index]] ?? [] {
                guard budget.spend(value.bytes.count) else {
                    return String(decoding: result, as: UTF8.self) + "…"
                }
                guard bytes[index...].starts(with: value.bytes) else { continue }
                if value.isShort {
                    guard isInstruction, Self.isWord(index..<index + value.bytes.count, of: bytes),
                        mayStand(value.name, in: source)
                    else { continue }
                }
                found = value
                break
            }
            if let found {
                result += Array("${\(found.name)}".utf8)
                index += found.bytes.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isWord(_ range: Range<Int>, of bytes: [UInt8]) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF:
                true
            default: false
            }
        }
        return (range.lowerBound == 0 || !isLetter(bytes[range.lowerBound - 1]))
            && (range.upperBound == bytes.count || !isLetter(bytes[range.upperBound]))
    }

    /// Whether `$NAME` or `${NAME…}` stands somewhere, or that cannot be told.
    private mutating func mayStand(_ name: String, in source: Source?) -> Bool {
        guard let source else { return true }
        for line in source {
            guard budget.spend(line.count),
                line.firstRange(of: "$\(name)".utf8) == nil, line.firstRange(of: "${\(name)".utf8) == nil
            else { return true }
        }
        return false
    }
}
