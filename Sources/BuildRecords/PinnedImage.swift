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
        let prefix = "docker-image://"
        for vertex in vertices where vertex.name.hasPrefix(prefix) {
            let parts = vertex.name.dropFirst(prefix.count).split(separator: "@", maxSplits: 1).map(
                String.init)
            guard let reference = parts.first else { continue }
            if vertices.contains(where: { $0.name.hasSuffix("generating sbom using \(reference)") }) {
                continue
            }
            return PinnedImage(reference: reference, digest: parts.count > 1 ? parts[1] : nil)
        }
        return nil
    }
}
