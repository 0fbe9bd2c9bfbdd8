/// The names and kinds in a tar archive as BuildKit exports it (ustar with pax records).
enum TarArchive {
    struct Entry: Hashable {
        /// Without `/` at the end.
        let path: [UInt8]
        let kind: Character
        let size: Int
    }

    struct Malformed: Error {}

    static func entries(of archive: [UInt8]) throws -> [Entry] {
        var entries: [Entry] = []
        var offset = 0
        var longName: [UInt8]?
        while offset + 512 <= archive.count, archive[offset] != 0 {
            let header = Array(archive[offset..<(offset + 512)])
            func field(_ start: Int, _ count: Int) -> [UInt8] {
                Array(header[start..<(start + count)].prefix { $0 != 0 })
            }
            guard let size = Int(String(decoding: field(124, 11), as: UTF8.self), radix: 8) else {
                throw Malformed()
            }
            let content = archive[(offset + 512)...].prefix(size)
            offset += 512 + (size + 511) / 512 * 512
            switch header[156] {
            case UInt8(ascii: "x"): longName = pathRecord(Array(content)) ?? longName
            case UInt8(ascii: "g"): break
            case let type:
                let prefix = field(345, 155)
                var path = longName ?? (prefix.isEmpty ? [] : prefix + [UInt8(ascii: "/")]) + field(0, 100)
                longName = nil
                while path.last == UInt8(ascii: "/") { path.removeLast() }
                entries.append(Entry(path: path, kind: kind(type), size: size))
            }
        }
        return entries
    }

    private static func kind(_ type: UInt8) -> Character {
        switch type {
        case UInt8(ascii: "5"): "d"
        case UInt8(ascii: "2"): "l"
        case UInt8(ascii: "0"), UInt8(ascii: "1"), 0: "-"
        default: "o"
        }
    }

    /// A record is `LENGTH path=VALUE\n`.
    private static func pathRecord(_ records: [UInt8]) -> [UInt8]? {
        var rest = records[...]
        while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
            let length = Int(String(decoding: rest[..<blank], as: UTF8.self)), length <= rest.count
        {
            let record = rest.prefix(length)[(blank + 1)...].dropLast()
            if record.starts(with: Array("path=".utf8)) { return Array(record.dropFirst(5)) }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}
