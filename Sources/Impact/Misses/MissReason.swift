/// Why a step ran although a cache might have spared it. The raw values are the ids that `clm-doctor explain` takes.
package enum MissReason: String, Sendable, Hashable, CaseIterable {
    /// The instruction is new or was edited.
    case instructionChanged = "instruction-changed"
    /// A build argument that it takes has another value.
    case argumentValue = "arg-value"
    /// What the step runs with: a variable, the user, the working folder, a mount.
    case environmentValue = "env-value"
    /// The tag of its base image names another image than before.
    case baseMoved = "base-moved"
    case platformDiffers = "platform-differs"
    /// A file of the build context that it reads.
    case contextFile = "context-file"
    /// The permission bits of such a file, and nothing else of it.
    case contextMode = "context-mode"
    /// The `.git` folder is among what it reads.
    case gitFolder = "git-folder"
    /// The ignore file lets other files through.
    case ignoreFile = "ignore-file"
    /// What another stage or build leaves at a path that it reads.
    case stageOutput = "stage-output"
    /// A step above it is new, and was itself in the cache.
    case stepAbove = "added-step-above"
    /// `--no-cache`
    case noCache = "no-cache-flag"
    /// `--no-cache-filter`
    case noCacheFilter = "no-cache-filter"
    case otherBuilder = "other-builder"
    /// Nothing of the build was in the cache.
    case coldBuilder = "cold-builder"
    /// The builder's garbage collection took it.
    case evicted
    /// Somebody emptied the cache.
    case pruned
    case importFailed = "import-failed"
    /// A remote cache was read, and did not hold the step.
    case importWithoutLayer = "import-without-layer"
    case exportFailed = "export-failed"
    case exportAbsent = "export-absent"
    /// Another image reads the Dockerfile.
    case frontendChanged = "frontend-changed"
    /// Before BuildKit 0.32, builds at the same time may run steps that are in the cache (moby/buildkit#4674).
    case concurrentBuilds = "concurrent-solver-bug"
    /// This builder never built it.
    case neverBuilt = "never-built-here"
    case unknown
}
