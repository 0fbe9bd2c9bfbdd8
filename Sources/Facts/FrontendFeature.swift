package import Dockerfile

/// A feature of the Dockerfile language that not every frontend has.
package struct FrontendFeature {
    /// As it is written.
    package let name: String
    package let since: FrontendVersion
    /// The first `-labs` frontend with it; nil where it came with the stable one.
    package let labs: FrontendVersion?
    /// No stable frontend has it yet.
    package let isLabsOnly: Bool
    /// What an older frontend does with it: refuses it, or takes it for a comment.
    package let isRefused: Bool
    package let range: Range<Int>

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
    package static func used(in dockerfile: ParsedDockerfile) -> [FrontendFeature] {
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
