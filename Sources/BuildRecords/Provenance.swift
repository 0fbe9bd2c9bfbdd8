internal import Diagnostics
internal import JSON

/// The provenance of a build: the graph with what each vertex does, and the Dockerfile with the lines that vertices are of.
///
/// Sources: SLSA v0.2 and v1 as BuildKit writes them (`solver/llbsolver/provenance/types`); `digestMapping` and `locations`
/// join a vertex to its lines without a guess.
struct Provenance {
    private let config: JSON?
    private let metadata: JSON?
    private let parameters: JSON?
    private let materials: [JSON]

    /// - Parameter json: a predicate, or an in-toto statement that holds one.
    /// - Returns: nil for anything else.
    init?(_ json: JSON) {
        let predicate = json["predicate"] ?? json
        if let definition = predicate["buildDefinition"] {
            config = definition["internalParameters"]?["buildConfig"]
            let own = predicate["runDetails"]?["metadata"]
            metadata = own?["buildkit_metadata"] ?? own?[Self.metadataKey]
            parameters = definition["externalParameters"]?["request"]
            materials = definition["resolvedDependencies"]?.array ?? []
        } else if predicate["buildType"] != nil || predicate["buildConfig"] != nil {
            config = predicate["buildConfig"]
            metadata = predicate["metadata"]?[Self.metadataKey]
            parameters = predicate["invocation"]?["parameters"]
            materials = predicate["materials"]?.array ?? []
        } else {
            return nil
        }
    }

    private static let metadataKey = "https://mobyproject.org/buildkit@v1#metadata"

    /// Adds what it tells to a record whose vertices have digests.
    func add(to record: inout BuildRecord, key: HashKey) {
        addImages(to: &record)
        let vcs = metadata?["vcs"]
        record.revision = record.revision ?? vcs?["revision"]?.string
        record.repository = record.repository ?? vcs?["source"]?.string
        if record.arguments.isEmpty { record.add(attributes: parameters?["args"], key: key) }
        if record.dockerfile == nil, let info = metadata?["source"]?["infos"]?[0],
            let text = info["data"]?.string.flatMap(Base64.bytes(of:))
        {
            record.dockerfile = RecordedDockerfile(path: info["filename"]?.string ?? "Dockerfile", text: text)
        }
        join(&record)
    }

    private func addImages(to record: inout BuildRecord) {
        for material in materials.prefix(Limits.recordedParts) {
            guard let uri = material["uri"]?.string, uri.hasPrefix("pkg:docker/"),
                let image = PinnedImage(packageURL: uri, digest: material["digest"]?["sha256"]?.string)
            else { continue }
            if let index = record.images.firstIndex(where: { image.isLike($0) }) {
                record.images[index].digest = image.digest ?? record.images[index].digest
                record.images[index].platform = record.images[index].platform ?? image.platform
            } else {
                record.images.append(image)
            }
        }
    }

    /// Gives vertices their definition and their lines.
    private func join(_ record: inout BuildRecord) {
        guard let mapping = config?["digestMapping"]?.object else { return }
        var operations: [String: JSON] = [:]
        for step in config?["llbDefinition"]?.array ?? [] {
            if let id = step["id"]?.string { operations[id] = step["op"] }
        }
        let locations = metadata?["source"]?["locations"]
        for index in record.vertices.indices {
            guard let digest = record.vertices[index].digest, let step = mapping[digest]?.string else {
                continue
            }
            if let operation = operations[step], operation["Op"]?.object?.isEmpty == false {
                record.vertices[index].definition = Self.hash(of: operation)
            }
            record.vertices[index].lines = Self.lines(locations?[step])
        }
    }

    /// - Returns: the place that comes first: a FROM of two stages has two.
    private static func lines(_ json: JSON?) -> ClosedRange<Int>? {
        let places = (json?["locations"]?.array ?? []).compactMap { location -> ClosedRange<Int>? in
            guard (location["sourceIndex"]?.integer ?? 0) == 0 else { return nil }
            let lines = (location["ranges"]?.array ?? []).flatMap { range in
                [range["start"]?["line"]?.integer, range["end"]?["line"]?.integer].compactMap(\.self)
            }
            guard let first = lines.min(), let last = lines.max(), first > 0 else { return nil }
            return first...last
        }
        return places.min { $0.lowerBound < $1.lowerBound }
    }

    /// Constraints name the worker, which is no part of what a step does.
    private static func hash(of operation: JSON) -> String {
        var operation = operation
        if case .object(var members) = operation {
            members["constraints"] = nil
            operation = .object(members)
        }
        return hexadecimal(SHA256.digest(of: operation.text().utf8))
    }
}

extension PinnedImage {
    /// `pkg:docker/stub@1?platform=linux%2Famd64`
    fileprivate init?(packageURL: String, digest: String?) {
        let parts = packageURL.dropFirst("pkg:docker/".count).split(separator: "?", maxSplits: 1)
        guard let first = parts.first else { return nil }
        let name = first.split(separator: "@", maxSplits: 1).map { Self.decoded(String($0)) }
        self.init(reference: name.joined(separator: ":"), digest: digest.map { "sha256:" + $0 })
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] where pair.hasPrefix("platform=") {
            platform = Self.decoded(String(pair.dropFirst("platform=".count)))
        }
    }

    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
