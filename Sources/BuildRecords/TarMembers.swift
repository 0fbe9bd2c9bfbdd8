internal import Diagnostics

/// The regular files of a tar, with where they stand in it.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; Go's archive/tar writes it for `docker buildx history export`.
struct TarMembers {
    let members: [(name: String, range: Range<Int>)]

    /// Bytes of a header; contents fill up blocks of the same size.
    static let block = 512

    static func isTar(_ bytes: [UInt8]) -> Bool {
        bytes.count >= block && bytes[257..<262].elementsEqual("ustar".utf8)
    }

    /// - Throws: where a member reaches beyond the end, or there are too many.
    init(_ bytes: [UInt8]) throws(RecordError) {
        var members: [(name: String, range: Range<Int>)] = []
        var position = 0
        var count = 0
        while position + Self.block <= bytes.count, bytes[position] != 0 {
            count += 1
            guard count <= Limits.archiveMembers else {
                throw RecordError("the archive has more than \(Limits.archiveMembers) members")
            }
            let header = bytes[position..<position + Self.block]
            guard Self.sum(header) == Self.octal(header, 148, 8), let size = Self.octal(header, 124, 12)
            else {
                throw RecordError("the archive is damaged")
            }
            let start = position + Self.block
            guard size <= bytes.count - start else {
                throw RecordError("the archive ends too early: was it copied whole?")
            }
            let type = header[position + 156]
            if type == 0 || type == UInt8(ascii: "0") {
                let name = header[position..<position + 100].prefix { $0 != 0 }
                members.append((String(decoding: name, as: UTF8.self), start..<start + size))
            }
            position = start + (size + Self.block - 1) / Self.block * Self.block
        }
        self.members = members
    }

    private static func octal(_ header: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int? {
        let start = header.startIndex + offset
        var value = 0
        var hasDigit = false
        for byte in header[start..<start + count] {
            if byte == 0 || byte == 0x20 {
                if hasDigit { break }
                continue
            }
            guard byte >= 0x30, byte <= 0x37 else { return nil }
            value = value << 3 | Int(byte - 0x30)
            hasDigit = true
        }
        return hasDigit ? value : nil
    }

    /// Of all bytes, those of the sum itself taken as blanks.
    private static func sum(_ header: ArraySlice<UInt8>) -> Int {
        var sum = 0
        for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 0x20 : Int(byte) }
        return sum
    }
}
