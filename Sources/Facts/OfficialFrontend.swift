/// The image that `# syntax=` names, where it is one of Docker's own frontends.
package struct OfficialFrontend {
    package enum Channel { case stable, labs, other }

    /// nil where the tag floats (`1`, `latest`, none).
    package let version: FrontendVersion?
    package let channel: Channel
    package let isPinnedByDigest: Bool
    /// The tag without its colon, in the directive's value; nil where there is none.
    package let tag: Range<String.Index>?

    /// - Parameter reference: the directive's value; what follows the first blank is no part of the image.
    package init?(_ reference: String) {
        let image = reference.prefix { $0 != " " && $0 != "\t" }
        let named = image.prefix { $0 != "@" }
        isPinnedByDigest = named.endIndex != image.endIndex
        let slash = named.lastIndex(of: "/") ?? named.startIndex
        let colon = named[slash...].firstIndex(of: ":")
        let repository = named[..<(colon ?? named.endIndex)]
        guard
            ["docker/dockerfile", "docker.io/docker/dockerfile", "index.docker.io/docker/dockerfile"]
                .contains(repository)
        else { return nil }
        guard let colon else {
            (version, channel, tag) = (nil, .stable, nil)
            return
        }
        let start = named.index(after: colon)
        tag = start..<named.endIndex
        let parts = named[start...].split(separator: "-", maxSplits: 1)
        version = parts.first.flatMap { FrontendVersion($0) }
        switch parts.count == 2 ? parts[1] : "" {
        case "": channel = parts.first == "labs" ? .labs : .stable
        case "labs": channel = .labs
        default: channel = .other
        }
    }
}
