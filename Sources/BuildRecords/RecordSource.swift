/// What a record was read from, and so how much it can tell.
package enum RecordSource: String, Sendable, Hashable {
    /// `--progress=rawjson`, live or of `docker buildx history logs`.
    case rawJSON
    /// `--progress=plain`.
    case plain
    /// The builder before BuildKit.
    case classic
    /// A `.dockerbuild` archive (`docker buildx history export`).
    case archive
    /// `--metadata-file`: the id and, by `BUILDX_METADATA_PROVENANCE=max`, the Dockerfile; nothing of what ran.
    case metadata

    /// Whether vertices have intervals, and not only durations.
    package var tellsTimes: Bool { self == .rawJSON || self == .archive }
    /// Whether vertices have inputs.
    package var tellsInputs: Bool { tellsTimes }
    /// Whether a skipped step is told from a cached one.
    package var tellsSkipped: Bool { tellsTimes }
    /// Whether the build's options are told: arguments, platforms, `--no-cache`.
    package var tellsOptions: Bool { self == .archive }
    /// Whether vertices may have lines of the recorded Dockerfile.
    package var tellsLines: Bool { self == .archive }
}
