import Dockerfile

/// A release of Docker's Dockerfile frontend (`docker/dockerfile:1.7`).
struct FrontendVersion: Comparable, Sendable, CustomStringConvertible {
    let major: Int
    let minor: Int

    init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Parameter text: `1.7`; a patch number is allowed and has no meaning here.
    init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(numbers.count), !numbers.contains(nil) else { return nil }
        self.init(numbers[0]!, numbers[1]!)
    }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
    var description: String { "\(major).\(minor)" }

    /// The first Docker Engine that brings this frontend, for people; from the `dockerfile/*` tags that moby/moby's
    /// releases vendor.
    var engine: String {
        let engines: [(FrontendVersion, String)] = [
            (Self(1, 2), "20.10"), (Self(1, 4), "23.0"), (Self(1, 5), "24.0"), (Self(1, 6), "25.0"),
            (Self(1, 7), "26.0"), (Self(1, 8), "27.0"), (Self(1, 9), "27.1"), (Self(1, 10), "27.3"),
            (Self(1, 11), "27.4"), (Self(1, 12), "27.5"), (Self(1, 14), "28.0"), (Self(1, 15), "28.1"),
            (Self(1, 16), "28.2"), (Self(1, 17), "28.3"), (Self(1, 18), "28.4"), (Self(1, 19), "28.5"),
            (Self(1, 20), "29.1"), (Self(1, 21), "29.2"), (Self(1, 26), "29.7"),
        ]
        return engines.first { $0.0 >= self }?.1 ?? "a newer one"
    }
}

/// The image that `# syntax=` names, where it is one of Docker's own frontends.
struct OfficialFrontend {
    enum Channel { case stable, labs, other }

    /// nil where the tag floats (`1`, `latest`, none).
    let version: FrontendVersion?
    let channel: Channel
    let isPinnedByDigest: Bool
    /// The tag without its colon, in the directive's value; nil where there is none.
    let tag: Range<String.Index>?

    /// - Parameter reference: the directive's value; what follows the first blank is no part of the image.
    init?(_ reference: String) {
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

/// A feature of the Dockerfile language that not every frontend has.
struct FrontendFeature {
    /// As it is written.
    let name: String
    let since: FrontendVersion
    /// The first `-labs` frontend with it; nil where it came with the stable one.
    let labs: FrontendVersion?
    /// No stable frontend has it yet.
    let isLabsOnly: Bool
    /// What an older frontend does with it: refuses it, or takes it for a comment.
    let isRefused: Bool
    let range: Range<Int>

    init(
        _ name: String, since: FrontendVersion, labs: FrontendVersion? = nil, isLabsOnly: Bool = false,
        isRefused: Bool = true, range: Range<Int>
    ) {
        self.name = name
        self.since = since
        self.labs = labs
        self.isLabsOnly = isLabsOnly
        self.isRefused = isRefused
        self.range = range
    }

    /// What a Dockerfile uses, in its order. The versions are those of the frontend's release notes
    /// (moby/buildkit, `dockerfile/*` tags).
    static func used(in dockerfile: ParsedDockerfile) -> [FrontendFeature] {
        let check = dockerfile.directives.filter { $0.name == .check }.map {
            FrontendFeature("# check=", since: FrontendVersion(1, 8), isRefused: false, range: $0.range)
        }
        return check + dockerfile.instructions.flatMap(used(by:))
    }

    private static func used(by instruction: Instruction) -> [FrontendFeature] {
        if case .onbuild(let trigger) = instruction.body { return used(by: trigger) }
        let word = instruction.keyword.rawValue.uppercased()
        var features: [FrontendFeature] = []
        for flag in instruction.flags {
            func add(_ since: FrontendVersion, labs: FrontendVersion? = nil, isLabsOnly: Bool = false) {
                features.append(
                    FrontendFeature(
                        "\(word) --\(flag.name)", since: since, labs: labs, isLabsOnly: isLabsOnly,
                        range: flag.range))
            }
            switch (instruction.keyword, flag.name) {
            case (.run, "mount"):
                add(FrontendVersion(1, 2), labs: FrontendVersion(1, 1))
                if let options = flag.value?.lowercased().split(separator: ","),
                    options.contains("type=secret"),
                    options.contains(where: { $0.hasPrefix("env=") })
                {
                    features.append(
                        FrontendFeature(
                            "env= of a secret mount", since: FrontendVersion(1, 10), range: flag.range))
                }
            case (.run, "network"): add(FrontendVersion(1, 3), labs: FrontendVersion(1, 1))
            case (.run, "security"): add(FrontendVersion(1, 20), labs: FrontendVersion(1, 1))
            case (.run, "device"): add(FrontendVersion(1, 14), labs: FrontendVersion(1, 14), isLabsOnly: true)
            case (.copy, "link"), (.add, "link"): add(FrontendVersion(1, 4))
            case (.add, "checksum"): add(FrontendVersion(1, 6), labs: FrontendVersion(1, 5))
            case (.add, "unpack"): add(FrontendVersion(1, 17))
            case (.copy, "exclude"), (.add, "exclude"):
                add(FrontendVersion(1, 19), labs: FrontendVersion(1, 7))
            case (.copy, "parents"): add(FrontendVersion(1, 20), labs: FrontendVersion(1, 7))
            default: break
            }
        }
        if !instruction.heredocs.isEmpty {
            features.append(
                FrontendFeature(
                    "a heredoc", since: FrontendVersion(1, 4), labs: FrontendVersion(1, 3),
                    range: instruction.keywordRange))
        }
        return features
    }
}
