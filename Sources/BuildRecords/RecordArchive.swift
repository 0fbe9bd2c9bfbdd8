internal import Diagnostics
internal import JSON

/// Reads the records of a `.dockerbuild`: an OCI layout in a tar.
///
/// Sources: buildx's `util/desktop/bundle` (`docker buildx history export`), OCI Image Layout 1.1.
struct RecordArchive {
    private let bytes: [UInt8]
    private let blobs: [String: Range<Int>]
    private let index: Range<Int>
    /// How many bytes may still be read: an archive may name one part over and over.
    private var budget: Int
    /// What could not be read, each problem once.
    private var problems: [String] = []

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
        budget = 2 * bytes.count
    }

    /// - Throws: where no record can be read.
    consuming func records(key: HashKey) throws(RecordError) -> [BuildRecord] {
        guard let index = try? JSON.parse(Array(bytes[index])) else {
            throw RecordError("the archive's index.json cannot be read")
        }
        var manifests: [JSON] = []
        for descriptor in index["manifests"]?.array ?? [] {
            guard manifests.count < Limits.recordedBuilds, let json = json(descriptor) else { continue }
            // Several records are an index of manifests.
            for item in json["manifests"]?.array?.prefix(Limits.recordedBuilds) ?? [] {
                if let manifest = self.json(item) { manifests.append(manifest) }
            }
            if json["manifests"] == nil { manifests.append(json) }
        }
        let general = problems
        var records: [BuildRecord] = []
        var vertices = 0
        for manifest in manifests.prefix(Limits.recordedBuilds)
        where manifest["config"]?["mediaType"]?.string == "application/vnd.buildkit.historyrecord.v0" {
            guard vertices < Limits.recordedVerticesOfAll else { break }
            problems = general
            let record = record(manifest, key: key)
            vertices += record.vertices.count
            records.append(record)
        }
        guard !records.isEmpty else {
            throw RecordError(problems.first ?? "the archive holds no record of a build: is it an image?")
        }
        return records
    }

    private mutating func record(_ manifest: JSON, key: HashKey) -> BuildRecord {
        var build = ObservedBuild(source: .archive)
        let config = manifest["config"].flatMap { json($0) }
        if let config {
            build.record.add(historyRecord: config, key: key)
            build.start = Self.microseconds(build.record.started)
        }
        func layers(_ type: String) -> [JSON] {
            (manifest["layers"]?.array ?? []).filter { $0["mediaType"]?.string == type }
        }
        for layer in layers("application/vnd.buildkit.status.v0") {
            guard let blob = blob(layer) else { continue }
            if !StatusStream.read(blob, into: &build) {
                note(StatusStream.problem)
            }
        }
        // Only where a step is said to be cached and wrote something all the same, the trace must decide.
        if build.vertices.contains(where: { $0.isCached && $0.hasOutput }) {
            for layer in layers("application/vnd.buildkit.otlp.json.v0") {
                if let blob = blob(layer) { build.decide(by: RecordedTrace(blob)) }
            }
        }
        var record = build.judged()
        for layer in layers("application/vnd.in-toto+json") {
            if let json = json(layer) { Provenance(json)?.add(to: &record, key: key) }
        }
        if record.vertices.isEmpty, problems.isEmpty {
            note("the record tells nothing of what the build did")
        }
        record.problems += problems
        var mask = ArgumentMask(attributes: config?["FrontendAttrs"])
        mask.apply(to: &record)
        return record
    }

    private static func microseconds(_ milliseconds: Int?) -> Int? { milliseconds.map { $0 * 1000 } }

    private mutating func note(_ problem: String) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    // MARK: Blobs

    private mutating func json(_ descriptor: JSON) -> JSON? {
        guard let blob = blob(descriptor) else { return nil }
        do { return try JSON.parse(Array(blob)) } catch {
            note("a part of the archive is no JSON: \(error)")
            return nil
        }
    }

    /// - Returns: what a descriptor stands for, where the archive has it and its digest is right.
    private mutating func blob(_ descriptor: JSON) -> ArraySlice<UInt8>? {
        guard let digest = descriptor["digest"]?.string, digest.hasPrefix("sha256:") else { return nil }
        let name = String(digest.dropFirst("sha256:".count))
        guard let range = blobs[name] else {
            note("a part of the archive is missing")
            return nil
        }
        budget -= range.count
        guard budget >= 0 else {
            note("the archive names its parts too often")
            return nil
        }
        guard hexadecimal(SHA256.digest(of: bytes[range])) == name else {
            note("a part of the archive does not have the digest that it should")
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
