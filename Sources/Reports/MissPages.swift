import Impact

/// What `clm-doctor explain` says of each reason for which a step runs again.
package enum MissPages {
    /// What there are pages of.
    package static var names: [String] { MissReason.allCases.map(\.rawValue) }

    /// - Returns: nil for what is no reason.
    package static func page(_ id: String) -> String? {
        MissReason(rawValue: id).map {
            "# \($0.rawValue): \(title($0))\n\n\(text($0))\n\nTo do: \(cure($0))\n"
        }
    }

    /// As the rest of a sentence: `it ran because …`.
    static func title(_ reason: MissReason) -> String {
        switch reason {
        case .instructionChanged: "the instruction is new or was edited"
        case .argumentValue: "a build argument has another value"
        case .environmentValue: "it runs with another variable, user, working folder or mount"
        case .baseMoved: "the base image moved"
        case .platformDiffers: "the build is for another platform"
        case .contextFile: "a file that it reads changed"
        case .contextMode: "a file that it reads has other permission bits"
        case .gitFolder: "it reads the .git folder"
        case .ignoreFile: "the ignore file lets other files through"
        case .stageOutput: "another stage or image has other files there"
        case .stepAbove: "the steps above it are not the same"
        case .noCache: "the build was told not to use its cache"
        case .noCacheFilter: "its stage was told not to use the cache"
        case .otherBuilder: "another builder ran the earlier build"
        case .coldBuilder: "the builder had nothing of this build"
        case .evicted: "garbage collection took it from the cache"
        case .pruned: "the cache was emptied"
        case .importFailed: "a remote cache could not be read"
        case .importWithoutLayer: "the remote cache did not hold it"
        case .exportFailed: "the earlier build could not write its cache"
        case .exportAbsent: "the earlier build wrote no cache"
        case .frontendChanged: "another frontend reads the Dockerfile"
        case .concurrentBuilds: "another build ran at the same time"
        case .neverBuilt: "this builder has never built it"
        case .unknown: "the records do not tell"
        }
    }

    private static func text(_ reason: MissReason) -> String {
        switch reason {
        case .instructionChanged:
            "The text of an instruction is part of its cache key, as BuildKit has it after variables are replaced. Each "
                + "edit of it, and each step below it in the stage, runs again once."
        case .argumentValue:
            "An ARG is part of the key of each RUN below its declaration in the stage, whether the command names it or "
                + "not. A commit, a date or a build number as an argument lets every build run again from there on."
        case .environmentValue:
            "ENV, ARG, USER, WORKDIR, SHELL and the flags of RUN are part of a step's key."
        case .baseMoved:
            "A tag such as `node:22` names another image after each of its releases, and BuildKit takes base images by "
                + "digest. All steps of the stage then run again, once for each release."
        case .platformDiffers:
            "Each platform has keys of its own: a build for arm64 finds nothing that amd64 left."
        case .contextFile:
            "COPY, ADD and bind mounts are keyed by the contents and modes of the files that they read (not by their "
                + "times). One file that changes with each commit, such as a README in `COPY . .`, lets them run again."
        case .contextMode:
            "The executable bit is part of what COPY and ADD read: `chmod +x`, a checkout on Windows or a file system that "
                + "keeps no modes gives the same file another key."
        case .gitFolder:
            "Every commit changes `.git`, so that a step which copies it runs again each time, needed or not."
        case .ignoreFile: "An edit of the ignore file changes which files `COPY . .` reads."
        case .stageOutput:
            "`COPY --from` and `--mount=from` are keyed by the files that they read there: the step runs again where the "
                + "other stage left other contents."
        case .stepAbove:
            "A step stands on all steps above it in its stage: one that is new, gone or moved among them gives it a new key."
        case .noCache:
            "`docker build --no-cache`, `no-cache: true` of the action and of compose and bake run every step. What they "
                + "are often meant for, a fresh base image, `--pull` does without."
        case .noCacheFilter: "`--no-cache-filter STAGE` runs the steps of these stages in each build."
        case .otherBuilder:
            "A builder finds what it built itself. Several machines, or a builder that is made anew for each job, each "
                + "begin with nothing, unless they share a remote cache."
        case .coldBuilder:
            "No step was in the cache. A runner of CI that starts empty looks like this, as does a builder after a prune or "
                + "after garbage collection: neither leaves a record."
        case .evicted:
            "BuildKit deletes what was used least when its cache grows over the limit (`keepStorage`, `maxUsedSpace`, "
                + "rules of age). It keeps no record of it."
        case .pruned: "`docker builder prune`, `docker system prune` and clean-up jobs empty the cache."
        case .importFailed:
            "The build goes on without a cache that it cannot read, and runs everything. A missing tag, a scope that was "
                + "never written, an expired token and a rate limit look like this."
        case .importWithoutLayer:
            "The import succeeded, and the step was not in it. `mode=min` writes the layers of the last stage only; a "
                + "cache of another branch, scope or platform lacks the step; caches of GitHub Actions are deleted after "
                + "seven days or when the repository's 10 GB are full."
        case .exportFailed:
            "A build whose `cache-to` fails can still succeed (`ignore-error=true`), and leaves no cache."
        case .exportAbsent: "Reading a cache that nobody writes costs a request and finds nothing."
        case .frontendChanged:
            "The image of `# syntax=` translates the Dockerfile. Another release of it may translate a step in another way."
        case .concurrentBuilds:
            "BuildKit before 0.32 runs a step that is in the cache when it stands on a step that another build has run and "
                + "that build is still at work on the same builder (moby/buildkit#4674). `timings` shows the latter as run by "
                + "another build."
        case .neverBuilt:
            "A cache holds what was built before on it, with this Dockerfile, target and arguments."
        case .unknown: "Neither the record, nor an earlier one, nor git shows what differs."
        }
    }

    private static func cure(_ reason: MissReason) -> String {
        switch reason {
        case .instructionChanged, .stepAbove:
            "nothing, where the edit was meant; put what is edited often further down."
        case .argumentValue:
            "declare the ARG below the steps that do not need it; `clm-doctor --only volatile-arg-early` finds the place."
        case .environmentValue: "put ENV and ARG that change often below the steps that do not need them."
        case .baseMoved:
            "pin the digest (`FROM node:22@sha256:…`) and let a bot renew it, or accept one rebuild for each release."
        case .platformDiffers:
            "build and export the cache for each platform; `clm-doctor --only ci` knows the workflow."
        case .contextFile:
            "copy only what the step needs, or name the file in the ignore file; `clm-doctor impact` shows it before a push."
        case .contextMode:
            "let git keep the bit (`git update-index --chmod=+x FILE`), or set it in the image: `COPY --chmod=755`."
        case .gitFolder: "put `.git` into the ignore file, and pass what the build needs of it as a late ARG."
        case .ignoreFile, .stageOutput:
            "nothing, where the change was meant; `clm-doctor impact` shows it before a push."
        case .noCache, .noCacheFilter: "take the option away; use `--pull` for fresh base images."
        case .otherBuilder, .coldBuilder, .neverBuilt:
            "keep the builder, or give the builds a remote cache: `--cache-to type=registry,ref=…,mode=max` and `--cache-from` "
                + "of the same."
        case .evicted:
            "`clm-doctor cache` shows what the cache holds and its limits; `clm-doctor cache --gc-config` the settings."
        case .pruned: "prune by age (`docker builder prune --filter until=168h`), not all."
        case .importFailed:
            "look at the error; `cache-from` and `cache-to` need the same place, and the job its permissions."
        case .importWithoutLayer:
            "write with `mode=max`, and read the caches of the branch and of the default branch."
        case .exportFailed: "look at the error of the earlier build's export."
        case .exportAbsent:
            "add `--cache-to` (or `cache-to:`) with the same place to the builds of the default branch."
        case .frontendChanged: "pin the frontend to a minor release: `# syntax=docker/dockerfile:1.19`."
        case .concurrentBuilds: "update the builder to BuildKit 0.32 or later."
        case .unknown:
            "keep records (`docker buildx history export`), and compare two: `clm-doctor why NEW --against OLD`."
        }
    }
}
