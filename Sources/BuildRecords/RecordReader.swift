internal import Diagnostics
internal import JSON

/// Reads what builds did, from whatever tells it: logs in any format, `.dockerbuild` archives, files of `--metadata-file`. What
/// it is shows in its bytes, whatever the file is called. Feed it the bytes in pieces, then ask for the records.
package struct RecordReader {
    /// The first bytes decide between a log, which is read piece by piece, and what must be read whole.
    private enum Kind { case unknown, log, whole }

    private var kind = Kind.unknown
    private var log = LogReader()
    private var bytes: [UInt8] = []
    private var count = 0
    private var isTooLarge = false
    private let key: HashKey

    /// - Parameter key: of the hashes of arguments' values. Records that are to be compared need the same.
    package init(key: HashKey) { self.key = key }

    /// - Parameter bytes: the whole of a log or an archive.
    /// - Throws: why nothing could be read.
    package static func read(_ bytes: [UInt8], key: HashKey) throws(RecordError) -> [BuildRecord] {
        var reader = RecordReader(key: key)
        reader.add(bytes[...])
        return try reader.finished()
    }

    package mutating func add(_ piece: ArraySlice<UInt8>) {
        count += piece.count
        if kind == .unknown {
            bytes += piece
            guard bytes.count >= TarMembers.block else { return }
            decide()
        } else if kind == .log {
            guard count <= Limits.buildLogBytes else {
                isTooLarge = true
                return
            }
            log.add(piece.span)
        } else {
            guard count <= Limits.archiveBytes else {
                isTooLarge = true
                return
            }
            bytes += piece
        }
    }

    private mutating func decide() {
        kind = Self.isPacked(bytes) || Self.isDocument(bytes) || Self.isUTF16(bytes) ? .whole : .log
        guard kind == .log else { return }
        let first = bytes
        bytes = []
        log.add(first.span)
    }

    private static func isPacked(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x1F, 0x8B]) || ZipMembers.isZip(bytes) || TarMembers.isTar(bytes)
    }

    /// A JSON object over several lines, or of a metadata file.
    private static func isDocument(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(TarMembers.block).drop {
            $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09
        }
        guard start.first == UInt8(ascii: "{") else { return false }
        let rest = start.dropFirst().drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        let isLine = ["\"vertexes\"", "\"statuses\"", "\"logs\"", "\"warnings\""].contains {
            rest.starts(with: $0.utf8)
        }
        return !isLine
    }

    /// As PowerShell's `>` writes it.
    private static func isUTF16(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xFE]) }

    /// - Returns: at least one record.
    /// - Throws: why nothing could be read.
    package consuming func finished() throws(RecordError) -> [BuildRecord] {
        if kind == .unknown { decide() }
        guard !isTooLarge else {
            throw RecordError(
                "it is larger than \((kind == .log ? Limits.buildLogBytes : Limits.archiveBytes) >> 20) MiB")
        }
        let records: [BuildRecord]
        if kind == .log {
            records = log.finished()
        } else {
            var inflation = Inflation(budget: Limits.unpackedBytes)
            records = try Self.records(bytes, key: key, inflation: &inflation, depth: 0)
        }
        guard !records.isEmpty else {
            throw RecordError(
                count == 0
                    ? "the file is empty; docker writes the log to standard error: `docker build … 2> FILE`"
                    : "no build is in it; write a log with `docker build --progress=rawjson … 2> FILE`, or a record with "
                        + "`docker buildx history export`")
        }
        return records
    }

    /// - Parameter depth: in how many archives these bytes were.
    private static func records(
        _ bytes: [UInt8], key: HashKey, inflation: inout Inflation, depth: Int
    ) throws(RecordError) -> [BuildRecord] {
        guard depth < Limits.archiveDepth else {
            throw RecordError("archives in archives, too deep to be read")
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            let unpacked = try inflation.unpack(bytes[...], as: .gzip)
            return try records(unpacked, key: key, inflation: &inflation, depth: depth + 1)
        }
        if ZipMembers.isZip(bytes) {
            return try records(zip: bytes, key: key, inflation: &inflation, depth: depth)
        }
        if TarMembers.isTar(bytes) {
            guard let archive = RecordArchive(bytes, members: try TarMembers(bytes)) else {
                throw RecordError(
                    "the archive holds no record of a build; `docker buildx history export` writes one")
            }
            return try archive.records(key: key)
        }
        if isUTF16(bytes) {
            return try records(Array(utf8(ofUTF16: bytes)), key: key, inflation: &inflation, depth: depth + 1)
        }
        if isDocument(bytes), let json = try? JSON.parse(bytes) {
            return MetadataFile.records(json, key: key) ?? []
        }
        var log = LogReader()
        log.add(bytes.span)
        return log.finished()
    }

    /// The records of all files in a zip; those in which no build is are passed over.
    private static func records(
        zip bytes: [UInt8], key: HashKey, inflation: inout Inflation, depth: Int
    ) throws(RecordError) -> [BuildRecord] {
        var found: [BuildRecord] = []
        var problem: RecordError?
        let members = try ZipMembers(bytes).members
        var count = 0
        for member in members where found.count < Limits.recordedBuilds {
            count += 1
            do throws(RecordError) {
                let content: [UInt8]
                switch member.method {
                case 0: content = try inflation.copy(bytes[member.range])
                case 8: content = try inflation.unpack(bytes[member.range], as: .raw)
                default: throw RecordError("the zip is packed in a way that is not read")
                }
                found += try records(content, key: key, inflation: &inflation, depth: depth + 1)
            } catch {
                problem = problem ?? error
            }
        }
        if found.isEmpty, let problem { throw problem }
        if count < members.count {
            found[0].problems.append(
                "\(members.count - count) files of the zip are not read: more than \(Limits.recordedBuilds) builds"
            )
        }
        if let problem, !found.isEmpty {
            found[0].problems.append("a file of the zip could not be read: \(problem)")
        }
        return found
    }

    private static func utf8(ofUTF16 bytes: [UInt8]) -> String.UTF8View {
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map {
            UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
        }
        return String(decoding: units, as: UTF16.self).utf8
    }

    // MARK: Parts of an archive

    /// What `application/vnd.buildkit.status.v0` alone tells of a build.
    /// - Returns: nil where it tells nothing.
    package static func record(status bytes: ArraySlice<UInt8>) -> BuildRecord? {
        var build = ObservedBuild(source: .archive)
        let isWhole = StatusStream.read(bytes, into: &build)
        guard !build.vertices.isEmpty else { return nil }
        var record = build.judged()
        if !isWhole { record.problems.append(StatusStream.problem) }
        return record
    }

    /// What a provenance alone tells of a build; empty for what is none.
    package static func record(provenance bytes: ArraySlice<UInt8>, key: HashKey) -> BuildRecord {
        var record = BuildRecord(source: .metadata)
        if let json = try? JSON.parse(Array(bytes)) { Provenance(json)?.add(to: &record, key: key) }
        return record
    }
}
