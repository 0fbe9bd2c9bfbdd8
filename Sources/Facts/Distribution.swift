package import Diagnostics

/// The operating system of a base image, as far as its reference tells.
package struct Distribution: Sendable, Hashable {
    package enum Family: String, Sendable {
        case debian, ubuntu, alpine, fedora
        /// RHEL and its rebuilds: CentOS, Rocky, Alma, UBI, Oracle, Amazon Linux.
        case rhel
        case suse, arch
        /// Nothing to run: `scratch`, distroless, Chainguard's static images.
        case none
        case windows
        case unknown
    }

    package var family: Family
    /// `12`, `bookworm`, `3.20`, `41`; nil where the reference does not tell.
    package var version: String?

    package init(family: Family, version: String? = nil) {
        self.family = family
        self.version = version
    }

    package static var unknown: Self { Self(family: .unknown) }

    /// apt and dpkg manage its packages.
    package var usesAPT: Fact<Bool> {
        switch family {
        case .debian, .ubuntu: .yes
        case .unknown: .unknown
        default: .no
        }
    }
}
