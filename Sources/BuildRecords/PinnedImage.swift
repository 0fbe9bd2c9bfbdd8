/// A base image (or the image of the frontend) with the digest that it had when the build ran.
package struct PinnedImage: Sendable, Hashable {
    /// `docker.io/library/alpine:3.20`
    package var reference: String
    /// `sha256:…`; nil where the source does not tell.
    package var digest: String?
    package var platform: String?

    package init(reference: String, digest: String?, platform: String? = nil) {
        self.reference = reference
        self.digest = digest
        self.platform = platform
    }

    /// Whether both name the same image: vertices write `docker.io/library/alpine` for `alpine`.
    package func isLike(_ other: PinnedImage) -> Bool {
        func short(_ reference: String) -> Substring {
            for prefix in ["docker.io/library/", "docker.io/"] where reference.hasPrefix(prefix) {
                return reference.dropFirst(prefix.count)
            }
            return reference[...]
        }
        return short(reference) == short(other.reference)
            && (platform == nil || other.platform == nil || platform == other.platform)
    }
}

extension BuildRecord {
    /// The image that read the Dockerfile; nil for the builder's own frontend.
    ///
    /// Source: BuildKit's `frontend/gateway`, which fetches the image before all else and gives the vertex no name of its own.
    /// The scanner of an SBOM has such a vertex too, and is named by another (`frontend/attestations/sbom`).
    package var frontend: PinnedImage? {
        let (prefix, scan) = ("docker-image://", "generating sbom using ")
        let scanners = Set(
            vertices.compactMap { vertex in
                vertex.name.firstRange(of: scan).map { String(vertex.name[$0.upperBound...]) }
            })
        return vertices.lazy.filter { $0.name.hasPrefix(prefix) }.compactMap { vertex in
            let parts = vertex.name.dropFirst(prefix.count).split(separator: "@", maxSplits: 1)
            return parts.first.map {
                PinnedImage(reference: String($0), digest: parts.count > 1 ? String(parts[1]) : nil)
            }
        }.first { !scanners.contains($0.reference) }
    }
}
