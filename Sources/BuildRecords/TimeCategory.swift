/// What time goes to.
package enum TimeCategory: String, Sendable, Hashable, CaseIterable {
    /// A step of the Dockerfile.
    case step
    /// Sending the build context, or loading a remote one.
    case contextTransfer
    /// Fetching and unpacking layers of base images.
    case basePull
    /// Reading what a remote cache holds.
    case cacheImport
    /// Loading what cached steps made: layers that are fetched and unpacked, and what else takes time.
    case cachePull
    case cacheExport
    /// Writing layers and manifests of the result, and handing them over or pushing them.
    case resultExport
    /// Provenance and SBOM.
    case attestation
    /// What comes before the first step: Dockerfile, ignore file, metadata of images, the frontend of `# syntax=`.
    case preparation
    /// The download of an ADD of an address.
    case download
    case other
}
