package import Diagnostics

/// The operating system of a base image, as far as its reference tells.
package struct Distribution: Sendable, Hashable {
    package enum Family: String, CaseIterable, Sendable {
        case debian, ubuntu, alpine, fedora
        /// RHEL and its rebuilds: CentOS, Rocky, Alma, UBI, Oracle, Amazon Linux.
        case rhel
        case suse, arch
        /// Nothing to run: `scratch`, distroless.
        case none
        case windows
        case unknown
    }

    package var family: Family
    /// `12`, `bookworm`, `3.20`, `41`; nil where the reference does not tell.
    package var version: String?
    /// The image is a row of the table, or the table's tag rules apply to it: it is built on the distribution's own image
    /// with that one's settings, such as Debian's `docker-clean`.
    package var isStock: Bool

    package init(family: Family, version: String? = nil, isStock: Bool = false) {
        self.family = family
        self.version = version
        self.isStock = isStock
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

    /// What the reference of an image tells.
    package init(image reference: String) {
        let image = ImageReference(reference)
        let row = KnownImage.row(for: reference)
        let tag = image.tag?.lowercased() ?? ""
        var found: (Family, String?)?
        for word in tag.split(whereSeparator: { $0 == "-" || $0 == "_" }) where found == nil {
            found = Self.named(word)
        }
        if let row {
            if let found {
                self.init(family: found.0, version: found.1, isStock: true)
            } else if row.tagIsVersion {
                let digits = tag.prefix { $0.isNumber || $0 == "." }
                let fromName = image.repository.split(separator: "/").first {
                    $0.hasPrefix("ubi") && $0.last?.isNumber == true
                }
                let version =
                    digits.isEmpty ? fromName.map { String($0.drop { !$0.isNumber }) } : String(digits)
                self.init(family: row.family, version: version, isStock: true)
            } else {
                self.init(family: row.family, isStock: row.family != .unknown)
            }
            return
        }
        let name = image.repository.lowercased()
        if name.hasPrefix("gcr.io/distroless/") || name.hasPrefix("cgr.dev/") {
            self.init(family: .none)
        } else if name.contains("windows") || name.contains("nanoserver") {
            self.init(family: .windows)
        } else if name == "nvidia/cuda" || name.hasPrefix("nvcr.io/nvidia/cuda"), let found {
            self.init(family: found.0, version: found.1, isStock: true)
        } else if let found {
            self.init(family: found.0, version: found.1)
        } else {
            self = .unknown
        }
    }

    /// The distribution that a part of a tag names: `bookworm`, `alpine3.20`, `ubuntu22.04`, `slim`.
    private static func named(_ word: Substring) -> (Family, String?)? {
        if debianNames.contains(word) { return (.debian, String(word)) }
        if ubuntuNames.contains(word) { return (.ubuntu, String(word)) }
        if word == "slim" { return nil }
        for (prefix, family) in families where word.hasPrefix(prefix) {
            let version = word.dropFirst(prefix.count)
            guard version.allSatisfy({ $0.isNumber || $0 == "." }) else { continue }
            return (family, version.isEmpty ? nil : String(version))
        }
        return nil
    }

    private static let debianNames: Set<Substring> = [
        "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "sid",
    ]
    private static let ubuntuNames: Set<Substring> = [
        "xenial", "bionic", "focal", "jammy", "mantic", "noble", "oracular", "plucky", "questing", "resolute",
    ]
    private static let families: [(String, Family)] = [
        ("alpine", .alpine), ("debian", .debian), ("ubuntu", .ubuntu), ("fedora", .fedora), ("centos", .rhel),
        ("ubi", .rhel), ("rocky", .rhel), ("rockylinux", .rhel), ("alma", .rhel), ("almalinux", .rhel),
        ("ol", .rhel), ("oraclelinux", .rhel), ("el", .rhel), ("al", .rhel), ("windowsservercore", .windows),
        ("nanoserver", .windows), ("ltsc", .windows), ("opensuse", .suse), ("archlinux", .arch),
        ("distroless", .none),
    ]
}
