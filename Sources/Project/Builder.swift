/// The program that makes an image, as far as it decides what a Dockerfile may say and what is kept between builds.
///
/// Sources: podman-build(1) and buildah-build(1) (`--layers`: podman keeps layers by itself, buildah does not); tried with
/// podman 4.3.1 and buildah 1.28.2 (cache mounts are kept in `/var/tmp/buildah-cache…`; a `# syntax=` line is a comment);
/// GoogleContainerTools/kaniko, README, "Caching Layers" (`--cache=true`), and its issues 969 and 1568 (`RUN --mount` is not
/// carried out).
package enum Builder: Sendable, Hashable {
    /// Docker's, with BuildKit or without, and what runs BuildKit.
    case docker
    case podman, buildah, kaniko

    /// `RUN --mount=type=cache` finds what an earlier build left.
    package var hasCacheMounts: Bool { self != .kaniko }
    /// `# syntax=` names a frontend that reads the Dockerfile.
    package var hasFrontends: Bool { self == .docker }

    init(program: String, _ dialect: BuilderDialect?) {
        switch (program, dialect) {
        case (_, .kaniko): self = .kaniko
        case ("podman", _): self = .podman
        case ("buildah", _): self = .buildah
        default: self = .docker
        }
    }

    /// The option that decides whether it finds steps of earlier builds, and whether it does so without the option.
    var layerOption: (name: String, isOn: Bool)? {
        switch self {
        case .docker: nil
        case .podman: ("layers", true)
        case .buildah: ("layers", false)
        case .kaniko: ("cache", false)
        }
    }
}

extension Build {
    /// Whether a builder that makes it can do something; so it is where nothing tells which builder does.
    package func isMade(by can: (Builder) -> Bool) -> Bool {
        builders.isEmpty || builders.contains(where: can)
    }
}

extension StatedBuild {
    /// Takes in whether the builder finds steps of earlier builds.
    /// - Parameters:
    ///   - given: the option's value, with `true` for a switch; nil where it is not given.
    ///   - isTold: whether the value is known, and nothing else gives one.
    mutating func heedLayers(_ given: String?, isTold: Bool) {
        guard let option = builder.layerOption else { return }
        guard isTold else {
            mayIgnoreCache = true
            return
        }
        let isOn = given.map { !["0", "f", "false"].contains($0.lowercased()) } ?? option.isOn
        if !isOn { noCache = true }
    }
}
