internal import Diagnostics

/// The files of a zip.
///
/// Source: PKWARE's APPNOTE.TXT 6.3: end of central directory record (4.3.16), central directory header (4.3.12), local
/// file header (4.3.7). Zip64 is not read: what CI systems make of records and logs is smaller.
struct ZipMembers {
    struct Member {
        let name: String
        /// Where its packed bytes are.
        let range: Range<Int>
        /// 0 stored, 8 deflated.
        let method: Int
        let size: Int
    }

    let members: [Member]

    static func isZip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// - Throws: without a directory that can be read.
    init(_ bytes: [UInt8]) throws(RecordError) {
        let damaged = RecordError("the zip is damaged, or ends too early")
        func number(_ at: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        }
        // The end record is 22 bytes and a comment of up to 65,535.
        var end = bytes.count - 22
        let first = max(0, end - 65_535)
        while end >= first, !bytes[end...].starts(with: [0x50, 0x4B, 0x05, 0x06]) { end -= 1 }
        guard end >= first else { throw damaged }
        let count = number(end + 10, 2)
        var position = number(end + 16, 4)
        var members: [Member] = []
        for _ in 0..<count {
            guard position <= bytes.count - 46, bytes[position...].starts(with: [0x50, 0x4B, 0x01, 0x02])
            else {
                throw damaged
            }
            let packed = number(position + 20, 4)
            let nameCount = number(position + 28, 2)
            let header = number(position + 42, 4)
            guard position + 46 + nameCount <= bytes.count, header <= bytes.count - 30,
                bytes[header...].starts(with: [0x50, 0x4B, 0x03, 0x04])
            else { throw damaged }
            let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
            guard start <= bytes.count, packed <= bytes.count - start else { throw damaged }
            let name = String(decoding: bytes[position + 46..<position + 46 + nameCount], as: UTF8.self)
            let isEncrypted = number(position + 8, 2) & 1 != 0
            if !name.hasSuffix("/"), !isEncrypted {
                members.append(
                    Member(
                        name: name, range: start..<start + packed, method: number(position + 10, 2),
                        size: number(position + 24, 4)))
            }
            position += 46 + nameCount + number(position + 30, 2) + number(position + 32, 2)
        }
        self.members = members
    }
}
