import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A stage on one of the base images that the CLM build system no longer needs, or a Dockerfile that makes one.
struct LegacyBaseImage: DockerfileCheck {
    static let id: CheckID = "legacy-base-image"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let folder = options.string("folder")
        if !folder.isEmpty, build.path.split(separator: "/").dropLast().contains(Substring(folder)),
            let first = build.dockerfile.parsed.instructions.first
        {
            return [
                finding(
                    at: first, in: build,
                    message:
                        "This image is built and pushed for nothing: images in \(folder)/ are base images of "
                        + "an earlier layout, and the services' Dockerfiles hold all that they need.",
                    fix: Fix(
                        "Move what is still needed into the service's own Dockerfile, and delete \(folder)/.")
                )
            ]
        }
        return build.dockerfile.stages.compactMap { stage in
            guard case .image(let reference) = stage.base, reference.isCertain, let from = stage.steps.first,
                let pattern = options.strings("images").first(where: { Self.matches(reference.text, $0) })
            else { return nil }
            return finding(
                at: from.instruction, in: build,
                message: "The build waits for an image that somebody has to build and push by hand: "
                    + "\(reference.text) is one of the base images (\(pattern)) of an earlier layout.",
                fix: Fix(
                    """
                    Begin with the public image that this one was made from, and install its packages here with cache \
                    mounts:
                        RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
                    """))
        }
    }

    /// - Parameters:
    ///   - reference: with or without registry, tag and digest.
    ///   - pattern: a repository, with at most one `*`.
    static func matches(_ reference: String, _ pattern: String) -> Bool {
        var repository = reference.prefix { $0 != "@" }
        if let slash = repository.lastIndex(of: "/"), let colon = repository[slash...].firstIndex(of: ":") {
            repository = repository[..<colon]
        }
        for registry in ["docker.io/", "index.docker.io/"] where repository.hasPrefix(registry) {
            repository = repository.dropFirst(registry.count)
        }
        let parts = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return repository == pattern }
        return repository.count >= parts[0].count + parts[1].count && repository.hasPrefix(parts[0])
            && repository.hasSuffix(parts[1])
    }
}
