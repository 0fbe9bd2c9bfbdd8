internal import CZlib
internal import Diagnostics

/// Unpacks what zlib packed, within limits.
struct Inflation {
    enum Format {
        case gzip
        /// Without a header, as in a zip.
        case raw
    }

    /// How many bytes may still be unpacked, in all files of an archive together.
    var budget: Int

    /// - Parameters:
    ///   - bytes: gzip: one member or several.
    ///   - size: the largest result that is wanted.
    /// - Throws: where it is broken, or more than it may be.
    mutating func unpack(_ bytes: ArraySlice<UInt8>, as format: Format, size: Int = .max) throws(RecordError)
        -> [UInt8]
    {
        let limit = min(budget, size)
        var output: [UInt8] = []
        var problem: String?
        bytes.withUnsafeBufferPointer { input in
            problem = Self.unpack(input, windowBits: format == .gzip ? 31 : -15, into: &output, limit: limit)
        }
        budget -= output.count
        if let problem { throw RecordError(problem) }
        return output
    }

    /// What is stored as it is counts as much: members of a zip may overlap.
    mutating func copy(_ bytes: ArraySlice<UInt8>) throws(RecordError) -> [UInt8] {
        guard bytes.count <= budget else {
            throw RecordError("the archive holds more than \(Limits.unpackedBytes) bytes when it is unpacked")
        }
        budget -= bytes.count
        return Array(bytes)
    }

    private static func unpack(
        _ input: UnsafeBufferPointer<UInt8>, windowBits: Int32, into output: inout [UInt8], limit: Int
    ) -> String? {
        var stream = z_stream()
        guard
            inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK,
            let base = input.baseAddress
        else { return "the archive cannot be unpacked" }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: base)
        stream.avail_in = UInt32(clamping: input.count)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let status = buffer.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                return inflate(&stream, Z_NO_FLUSH)
            }
            let count = buffer.count - Int(stream.avail_out)
            guard output.count + count <= limit else {
                return "the archive holds more than \(limit) bytes when it is unpacked"
            }
            output.append(contentsOf: buffer[..<count])
            if status == Z_STREAM_END {
                // Another member may follow; anything else is padding.
                guard windowBits > 0, stream.avail_in > 18, stream.next_in[0] == 0x1F,
                    stream.next_in[1] == 0x8B,
                    inflateReset(&stream) == Z_OK
                else { return nil }
            } else if status != Z_OK {
                return status == Z_BUF_ERROR
                    ? "the archive ends too early: was it copied whole?" : "the archive is damaged"
            }
        }
    }
}
