import CZlib
import Diagnostics

/// Makes archives for tests.
enum Archives {
    static func tar(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, content) in members {
            var header = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, _ offset: Int) {
                header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
            }
            put(name, 0)
            put("0000644", 100)
            put(octal(content.count, 11), 124)
            put("        ", 148)
            put("0", 156)
            put("ustar\u{0}00", 257)
            put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", 148)
            bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    private static func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// - Parameter windowBits: 31 for gzip, -15 for what a zip holds.
    static func deflated(_ bytes: [UInt8], windowBits: Int32 = 31) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 9, Z_DEFLATED, windowBits, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + 1024)
        let count = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
                return output.count - Int(stream.avail_out)
            }
        }
        return Array(output[..<count])
    }

    static func zip(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        func little(_ number: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(number >> (8 * $0) & 0xFF) }
        }
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let packed = deflated(content, windowBits: -15)
            let sizes =
                little(0, 4) + little(packed.count, 4) + little(content.count, 4) + little(name.utf8.count, 2)
            let middle = little(20, 2) + little(0, 2) + little(8, 2) + little(0, 4) + sizes + little(0, 2)
            directory +=
                [0x50, 0x4B, 1, 2] + little(20, 2) + middle + little(0, 10) + little(bytes.count, 4)
                + Array(name.utf8)
            bytes += [0x50, 0x4B, 3, 4] + middle + Array(name.utf8) + packed
        }
        return bytes + directory + [0x50, 0x4B, 5, 6] + little(0, 4) + little(members.count, 2)
            + little(members.count, 2) + little(directory.count, 4) + little(bytes.count, 4) + little(0, 2)
    }

    /// An OCI layout of records, as `docker buildx history export` writes it.
    /// - Parameter records: of each its configuration and its layers by media type.
    static func layout(
        _ records: [(config: String, layers: [(type: String, content: [UInt8])])],
        storesEachOnce: Bool = false
    ) -> [UInt8] {
        var blobs: [(name: String, content: [UInt8])] = []
        func add(_ content: [UInt8], _ type: String) -> String {
            let digest = SHA256.digest(of: content).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            let name = "blobs/sha256/" + digest
            if !storesEachOnce || !blobs.contains(where: { $0.name == name }) {
                blobs.append((name, content))
            }
            return #"{"mediaType":"\#(type)","digest":"sha256:\#(digest)","size":\#(content.count)}"#
        }
        var manifests = records.map { record in
            let config = add(Array(record.config.utf8), "application/vnd.buildkit.historyrecord.v0")
            let layers = record.layers.map { add($0.content, $0.type) }.joined(separator: ",")
            return add(
                Array(#"{"schemaVersion":2,"config":\#(config),"layers":[\#(layers)]}"#.utf8),
                "application/vnd.oci.image.manifest.v1+json")
        }
        if manifests.count > 1 {
            let list = #"{"manifests":[\#(manifests.joined(separator: ","))]}"#
            manifests = [add(Array(list.utf8), "application/vnd.oci.image.index.v1+json")]
        }
        let index = #"{"schemaVersion":2,"manifests":[\#(manifests.joined(separator: ","))]}"#
        return tar(
            [
                ("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)),
                ("index.json", Array(index.utf8)),
            ] + blobs)
    }

    /// A message of the status stream, with its length before it.
    static func status(_ fields: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(fields.count >> (8 * $0) & 0xFF) } + fields
    }

    /// A protobuf field of bytes.
    static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        [UInt8(number << 3 | 2)] + varint(content.count) + content
    }

    static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    static func field(_ number: Int, _ value: Int) -> [UInt8] { [UInt8(number << 3)] + varint(value) }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }
}
