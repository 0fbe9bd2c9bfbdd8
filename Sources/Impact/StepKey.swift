internal import BuildContext
internal import Dockerfile

/// The key of a file system, or of something that a step reads.
///
/// `certain` tells apart whatever the repository does not prove to be equal. `hopeful` takes what a step of another stage
/// or another image leaves at a path to be what it was: equal ones mean that BuildKit may find it equal.
struct CacheKey: Hashable {
    let certain: KeyDigest
    let hopeful: KeyDigest

    init(certain: KeyDigest, hopeful: KeyDigest) {
        self.certain = certain
        self.hopeful = hopeful
    }

    init(_ digest: KeyDigest) { self.init(certain: digest, hopeful: digest) }
}

/// One step with its cache key and the parts that it is made of.
struct KeyedStep {
    /// Index of the stage, and of the step in it.
    let stage: Int
    let step: Int
    let key: CacheKey
    /// The file system that it starts from; nil for FROM.
    let parent: CacheKey?
    let parts: [KeyPart]
}

/// One part of a step's key.
struct KeyPart {
    enum Name: Hashable {
        case image, platform, command, environment, workdir, user, network, security, devices, hostname
        /// Options of the build that RUN depends on.
        case buildOptions
        case mounts, destination, owner, mode, flags, sources
        /// Files that it reads, in the order in which the instruction names them.
        case content(Int)
    }

    let name: Name
    let key: CacheKey
    let detail: Detail

    enum Detail {
        case text(String)
        /// What holds the variables: a list for each step would be as long as the file, for each line of it.
        case variables(Environment)
        case files(FileSource)
    }
}

/// Where a step reads files from.
struct FileSource {
    enum Origin {
        case context(ContextKeys, [ContextSource])
        /// The stage's name.
        case stage(String)
        case image(String)
        /// Another build of the repository, by its name.
        case build(String)
        /// What decides the files is not in the repository; with what that is.
        case unseen(String)
        /// Written in the Dockerfile, or at an address.
        case other
    }

    let origin: Origin
    /// As the instruction names it.
    let path: String
}
