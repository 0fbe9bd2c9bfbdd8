internal import Diagnostics
internal import JSON

/// Reads the records of a `.dockerbuild`: an OCI layout in a tar.
///
/// Sources: buildx's `util/desktop/bundle` (`docker buildx history export`), OCI Image Layout 1.1.
struct RecordArchive {
    private let bytes: [UInt8]
    private let blobs: [String: Range<Int>]
    private let index: Range<Int>

    /// - Returns: nil for a tar that is no OCI layout.
    init?(_ bytes: [UInt8], members: TarMembers) {
        self.bytes = bytes
        var blobs: [String: Range<Int>] = [:]
        var index: Range<Int>?
        for (name, range) in members.members {
            let name = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
            if name == "index.json" {
                index = range
            } else if name.hasPrefix("blobs/sha256/") {
                blobs[String(name.dropFirst("blobs/sha256/".count))] = range
            }
        }
        guard let index else { return nil }
        self.index = index
        self.blobs = blobs
    }

    /// - Throws: where no record can be read.
    func records(key: HashKey) throws(RecordError) -> [BuildRecord] {
        guard let index = try? JSON.parse(Array(bytes[index])) else {
            throw RecordError("the archive's index.json cannot be read")
        }
        var problems: [String] = []
        var manifests: [JSON] = []
        for descriptor in index["manifests"]?.array ?? [] {
            guard let json = json(descriptor, &problems) else { continue }
            if let list = json["manifests"]?.array {
                // Several records: an index of manifests.
                manifests += list.prefix(Limits.recordedBuilds).compactMap { self.json($0, &problems) }
            } else {
                manifests.append(json)
            }
        }
        var records: [BuildRecord] = []
        for manifest in manifests.prefix(Limits.recordedBuilds)
        where manifest["config"]?["mediaType"]?.string == "application/vnd.buildkit.historyrecord.v0" {
            records.append(record(manifest, key: key, problems: problems))
        }
        guard !records.isEmpty else {
            throw RecordError(problems.first ?? "the archive holds no record of a build: is it an image?")
        }
        return records
    }

    private func record(_ manifest: JSON, key: HashKey, problems: [String]) -> BuildRecord {
        var problems = problems
        var build = ObservedBuild(source: .archive)
        let config = manifest["config"].flatMap { json($0, &problems) }
        if let config {
            build.record.add(historyRecord: config, key: key)
            build.start = Self.microseconds(build.record.started)
        }
        func layers(_ type: String) -> [JSON] {
            (manifest["layers"]?.array ?? []).filter { $0["mediaType"]?.string == type }
        }
        for layer in layers("application/vnd.buildkit.status.v0") {
            guard let blob = blob(layer, &problems) else { continue }
            if !StatusStream.read(blob, into: &build) {
                problems.append(StatusStream.problem)
            }
        }
        // Only where a step is said to be cached and wrote something all the same, the trace must decide.
        if build.vertices.contains(where: { $0.isCached && $0.hasOutput }) {
            for layer in layers("application/vnd.buildkit.otlp.json.v0") {
                if let blob = blob(layer, &problems) { build.decide(by: RecordedTrace(blob)) }
            }
        }
        var record = build.judged()
        for layer in layers("application/vnd.in-toto+json") {
            if let json = json(layer, &problems) { Provenance(json)?.add(to: &record, key: key) }
        }
        if record.vertices.isEmpty, problems.isEmpty {
            problems.append("the record tells nothing of what the build did")
        }
        record.problems += problems
        return record
    }

    private static func microseconds(_ milliseconds: Int?) -> Int? { milliseconds.map { $0 * 1000 } }

    // MARK: Blobs

    private func json(_ descriptor: JSON, _ problems: inout [String]) -> JSON? {
        guard let blob = blob(descriptor, &problems) else { return nil }
        do { return try JSON.parse(Array(blob)) } catch {
            problems.append("a part of the archive is no JSON: \(error)")
            return nil
        }
    }

    /// - Returns: what a descriptor stands for, where the archive has it and its digest is right.
    private func blob(_ descriptor: JSON, _ problems: inout [String]) -> ArraySlice<UInt8>? {
        guard let digest = descriptor["digest"]?.string, digest.hasPrefix("sha256:") else { return nil }
        let name = String(digest.dropFirst("sha256:".count))
        guard let range = blobs[name] else {
            problems.append("a part of the archive is missing")
            return nil
        }
        guard hexadecimal(SHA256.digest(of: bytes[range])) == name else {
            problems.append("a part of the archive does not have the digest that it should")
            return nil
        }
        return bytes[range]
    }
}

extension ObservedBuild {
    /// Where a vertex is said to be cached, and its program wrote something: what the trace has of it.
    fileprivate mutating func decide(by trace: RecordedTrace) {
        for index in vertices.indices where vertices[index].isCached && vertices[index].hasOutput {
            guard let digest = vertices[index].digest else { continue }
            if trace.executed.contains(digest) {
                vertices[index].isCached = false
            } else if trace.loaded.contains(digest) {
                vertices[index].hasOutput = false
            }
        }
    }
}
