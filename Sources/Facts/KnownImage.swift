package import Dockerfile

/// A row of the table of base images.
package struct KnownImage: Sendable {
    /// The configuration of an image by its reference; nil where the table does not know it.
    @Sendable package static func configuration(of reference: String) -> BaseImage? { nil }
}
