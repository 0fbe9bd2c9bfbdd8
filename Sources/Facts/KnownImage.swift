import Diagnostics
package import Dockerfile

/// A row of the table of base images: what an image sets that matters to package managers and their caches.
package struct KnownImage: Sendable {
    /// Repository names, normalised: without `docker.io/` and `library/`.
    let repositories: [String]
    /// The distribution of a tag that names none.
    let family: Distribution.Family
    /// Variables that matter here; the image may set others, but none that moves a cache.
    var environment: [(name: String, value: String)] = []
    /// nil for root.
    var user: String?
    /// nil for `/`.
    var workdir: String?
    /// Users beside root.
    var accounts: [Account] = []
    /// Folders that are links.
    var links: [Link] = []
    /// The tag's leading number is the distribution's version (`debian:12`, `fedora:41`).
    var tagIsVersion = false

    /// A folder that is a link to another.
    struct Link: Sendable {
        let from: String
        let to: String
    }

    /// The row of an image.
    /// - Parameter reference: `python:3.12-slim`, `docker.io/library/python@sha256:…`.
    package static func row(for reference: String) -> KnownImage? {
        byRepository[ImageReference(reference).repository]
    }

    /// The configuration of an image by its reference; nil where the table does not know it.
    @Sendable package static func configuration(of reference: String) -> BaseImage? {
        guard let row = row(for: reference) else { return nil }
        return BaseImage(
            environment: row.environment, user: row.user ?? "", workdir: row.workdir ?? "/",
            environmentIsComplete: false)
    }

    private static let byRepository: [String: KnownImage] = {
        var index: [String: KnownImage] = [:]
        for row in all {
            for repository in row.repositories { index[repository] = row }
        }
        return index
    }()
}

/// The parts of an image reference.
package struct ImageReference: Hashable {
    /// Normalised: without `docker.io/`, `library/` and mirrors of Docker's official images.
    package let repository: String
    /// nil for none.
    package let tag: String?

    /// Where it is pushed to: no tag is `latest`.
    package var place: String { "\(repository):\(tag ?? "latest")" }

    package init(_ reference: String) {
        var name = reference.utf8[...]
        if let at = name.firstIndex(of: UInt8(ascii: "@")) { name = name[..<at] }
        var tag: Substring.UTF8View?
        if let colon = name.lastIndex(of: UInt8(ascii: ":")), !name[colon...].contains(UInt8(ascii: "/")) {
            tag = name[name.index(after: colon)...]
            name = name[..<colon]
        }
        for prefix in Self.impliedPrefixes where name.starts(with: prefix.utf8) {
            name = name.dropFirst(prefix.utf8.count)
        }
        repository = String(Substring(name))
        self.tag = tag.map { String(Substring($0)) }
    }

    /// In the order in which they may follow each other.
    private static let impliedPrefixes = [
        "docker.io/", "index.docker.io/", "registry-1.docker.io/", "mirror.gcr.io/", "public.ecr.aws/docker/",
        "library/",
    ]
}
