extension TimeCategory {
    /// - Parameter name: of a vertex, without the target's word.
    init(vertexName name: String, isStep: Bool) {
        if isStep {
            self = .step
            return
        }
        var name = name
        // `[linux/amd64 internal] load metadata for alpine`
        if name.hasPrefix("["), let end = name.firstRange(of: " internal] "),
            !name[..<end.lowerBound].contains("]")
        {
            name = "[internal] " + name[end.upperBound...]
        }
        self = Self.beginnings.first { name.hasPrefix($0.beginning) }?.category ?? .other
        if self == .other, name.hasPrefix("[context ") {
            self = name.contains("] load metadata") ? .preparation : .contextTransfer
        } else if self == .other, name.contains("] generating sbom") || name.hasPrefix("generating sbom") {
            self = .attestation
        }
    }

    /// Sources: BuildKit's `frontend/dockerui`, `dockerfile2llb`, `cache/remotecache` and `exporter`; buildx's `build`.
    private static let beginnings: [(beginning: String, category: TimeCategory)] = [
        ("[internal] load build context", .contextTransfer),
        ("[internal] load git source", .contextTransfer),
        ("[internal] load remote build context", .contextTransfer),
        ("[internal]", .preparation),
        ("[auth]", .preparation),
        ("resolve image config for ", .preparation),
        ("docker-image://", .preparation),
        ("FROM ", .basePull),
        ("importing cache manifest from ", .cacheImport),
        ("exporting cache", .cacheExport),
        ("exporting ", .resultExport),
        ("importing to ", .resultExport),
        ("sending tarball", .resultExport),
        ("merging manifest list", .resultExport),
        ("pushing ", .resultExport),
        ("resolving provenance ", .attestation),
    ]

    /// What a status line of a vertex is, where it is not the vertex's own category.
    /// - Parameter id: `extracting sha256:…`, `exporting attestation manifest …`
    init?(statusID id: String, of category: TimeCategory, isBase: Bool) {
        if category == .resultExport {
            guard id.hasPrefix("exporting attestation") else { return nil }
            self = .attestation
        } else if category == .step, Self.isLayer(statusID: id) {
            self = isBase ? .basePull : .cachePull
        } else {
            return nil
        }
    }

    /// Whether a status line is about a layer that is fetched or unpacked.
    static func isLayer(statusID id: String) -> Bool {
        id.hasPrefix("sha256:") || id.hasPrefix("extracting sha256:") || id.hasPrefix("pulling sha256:")
    }
}
