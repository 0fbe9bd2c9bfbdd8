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
}
