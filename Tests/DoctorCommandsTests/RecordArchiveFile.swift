import Diagnostics
import JSON

/// A `.dockerbuild` as `docker buildx history export` writes it, but for gzip: an OCI layout in a tar.
///
/// Source: buildx's `util/desktop/bundle`; BuildKit's `api/services/control/control.proto` for the progress.
struct RecordArchiveFile {
    /// The historyrecord.v0, such as `{"Ref": "…", "FrontendAttrs": {…}}`.
    var record: JSON
    /// Names of vertices that ran, each with its error if it failed.
    var vertices: [(name: String, error: String?)]
    /// The provenance predicate; nil for none.
    var provenance: JSON?

    var bytes: [UInt8] {
        var files: [(name: String, content: [UInt8])] = []
        func blob(_ content: [UInt8], _ type: String) -> JSON {
            let digits = SHA256.digest(of: content).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            files.append(("blobs/sha256/\(digits.joined())", content))
            return [
                "mediaType": .string(type), "digest": .string("sha256:\(digits.joined())"),
                "size": .integer(content.count),
            ]
        }
        let progress = blob(status, "application/vnd.buildkit.status.v0")
        let statement = provenance.map { blob(Array($0.text().utf8), "application/vnd.in-toto+json") }
        let config = blob(
            Array(record.text().utf8), "application/vnd.buildkit.historyrecord.v0")
        let manifest: JSON = [
            "config": config, "layers": .array([progress] + (statement.map { [$0] } ?? [])),
        ]
        let descriptor = blob(
            Array(manifest.text().utf8), "application/vnd.oci.image.manifest.v1+json")
        let index: JSON = ["manifests": [descriptor]]
        files.append(("index.json", Array(index.text().utf8)))
        return files.flatMap(Self.member) + [UInt8](repeating: 0, count: 1024)
    }

    /// The length in four bytes, then a StatusResponse.
    private var status: [UInt8] {
        var message: [UInt8] = []
        for (index, vertex) in vertices.enumerated() {
            // Its seconds from 1970 on, as a Timestamp.
            func time(_ seconds: Int) -> [UInt8] { [0x08] + Self.varint(1_700_000_000 + seconds) }
            var fields = Self.field(1, Array("sha256:\(index)".utf8)) + Self.field(3, Array(vertex.name.utf8))
            fields += Self.field(5, time(index)) + Self.field(6, time(index + 1))
            if let error = vertex.error { fields += Self.field(7, Array(error.utf8)) }
            message += Self.field(1, fields)
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: message.count >> ($0 * 8)) } + message
    }

    private static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
        [UInt8(number << 3 | 2)] + varint(content.count) + content
    }

    private static func varint(_ number: Int) -> [UInt8] {
        number < 128 ? [UInt8(number)] : [UInt8(number & 127 | 128)] + varint(number >> 7)
    }

    private static func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
        }
        func octal(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: width - digits.utf8.count) + digits
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(content.count, 11), at: 124)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0}", at: 148)
        return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
}
