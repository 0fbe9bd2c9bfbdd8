package import Dockerfile
package import Project

/// What a change does to the builds of a repository.
package struct ImpactReport: Sendable {
    /// The commit that is compared with, as a full object name.
    package let base: String
    package let head: Head
    package internal(set) var builds: [BuildImpact]
    /// What was seen and could not be used.
    package let notes: [Note]
    /// Changed files that state builds or are Dockerfiles and were not read, and those that a build may take which is one of
    /// too many: what they make run again is not told.
    package let unreadChanges: [String]
    /// The first paths that differ, from the repository's root; empty unless all steps were asked for.
    package let changedPaths: [String]

    package enum Head: Sendable, Hashable {
        /// A full object name.
        case commit(String)
        case workTree
        case staged
        /// `--files`: these, if they changed.
        case files

        /// For machines: a commit, `worktree`, `index` or `files`.
        package var name: String {
            switch self {
            case .commit(let id): id
            case .workTree: "worktree"
            case .staged: "index"
            case .files: "files"
            }
        }
    }

    package init(
        base: String, head: Head, builds: [BuildImpact], notes: [Note], unreadChanges: [String] = [],
        changedPaths: [String] = []
    ) {
        self.base = base
        self.head = head
        self.builds = builds
        self.notes = notes
        self.unreadChanges = unreadChanges
        self.changedPaths = changedPaths
    }
}

/// What a change does to one build.
package struct BuildImpact: Sendable {
    package let name: String
    package let dockerfile: String
    /// As `clm-doctor builds` shows it.
    package let context: String
    package let target: String?
    /// The worst case: every step in question runs again.
    package let verdict: Verdict
    /// The best case: only steps that run again whatever happens.
    package let bestCase: Verdict
    /// The stages that the target needs, in file order. Empty where `steps` is.
    package let stages: [BuildStage]
    /// The steps of these stages, in file order, FROM included. Empty where there is a problem, and for a build that the
    /// change does not reach, unless all steps were asked for.
    package let steps: [StepImpact]
    /// Of the steps at the base, where keys of several comparisons are held against each other.
    var keysBefore: [CacheKey] = []
    package internal(set) var blind: [BlindSpot]
    /// How that compares with the commits before; nil where that was not looked at, or cannot be told.
    package var usual: UsualRebuild?
    /// Why nothing can be predicted; nil where something can.
    package let problem: String?
    /// The problem is not one of the build's: it may well be right, but cannot be told.
    package let isUnknown: Bool

    package init(
        name: String, dockerfile: String, context: String, target: String?, verdict: Verdict,
        bestCase: Verdict, stages: [BuildStage], steps: [StepImpact], blind: [BlindSpot],
        problem: String? = nil, isUnknown: Bool = false
    ) {
        self.name = name
        self.dockerfile = dockerfile
        self.context = context
        self.target = target
        self.verdict = verdict
        self.bestCase = bestCase
        self.stages = stages
        self.steps = steps
        self.blind = blind
        self.problem = problem
        self.isUnknown = isUnknown
    }

    /// Of a build of which no step runs again.
    init(unchanged build: Build, blind: [BlindSpot]) {
        self.init(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: .none, bestCase: .none, stages: [], steps: [], blind: blind)
    }

    /// The same build, of whose steps something else becomes.
    func with(_ steps: [StepImpact]) -> BuildImpact {
        BuildImpact(
            name: name, dockerfile: dockerfile, context: context, target: target,
            verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: stages, steps: steps,
            blind: blind, problem: problem, isUnknown: isUnknown)
    }

    package var isAffected: Bool { problem == nil && steps.contains { $0.state != .cached } }

    /// Of the same build on two platforms: more is wrong, or more runs again.
    func isWorse(than other: BuildImpact) -> Bool {
        if (problem == nil) != (other.problem == nil) { return problem != nil }
        if verdict != other.verdict { return verdict > other.verdict }
        if bestCase != other.bestCase { return bestCase > other.bestCase }
        return steps.count { $0.state != .cached } > other.steps.count { $0.state != .cached }
    }

    /// The same becomes of the same steps.
    func isLike(_ other: BuildImpact) -> Bool {
        problem == other.problem && verdict == other.verdict
            && steps.elementsEqual(other.steps) { $0.instruction == $1.instruction && $0.state == $1.state }
    }
}

/// A stage of a build.
package struct BuildStage: Sendable, Hashable {
    /// As it stands in the labels of steps.
    package let name: String
    /// The stage that FROM names; nil for an image.
    package let continued: String?

    package init(name: String, continued: String?) {
        self.name = name
        self.continued = continued
    }
}

/// How long a rebuild takes, as far as its steps tell.
package enum Verdict: String, Sendable, CaseIterable, Comparable {
    /// No step runs again.
    case none
    /// Code and cheap steps only.
    case fast
    /// Dependencies, over cache mounts that work.
    case medium
    /// The base image, system packages, or dependencies without a working cache mount.
    case slow

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What becomes of a step.
package enum CacheState: String, Sendable {
    /// Its cache key is the same.
    case cached
    /// It runs again only if something differs that cannot be told: what a step that runs again produces, or what the
    /// repository does not have.
    case maybe
    /// It runs again whatever happens.
    case rebuild
}

/// What a step is for, which decides how much it costs to run it again.
package enum StepKind: String, Sendable {
    /// FROM.
    case base
    /// Installs packages of the operating system.
    case system
    /// Brings in dependencies of the project.
    case dependencies
    /// Compiles or bundles.
    case build
    /// Brings the project's own files in.
    case code
    case other
}

/// One step of a build, as BuildKit numbers it.
package struct StepImpact: Sendable {
    package let label: StepLabel
    /// The stage's name, `stage-0` where it has none.
    package let stage: String
    /// In the Dockerfile, from 1.
    package let line: Int
    /// As one logical line.
    package let instruction: String
    package let state: CacheState
    package let kind: StepKind
    /// Set for a kind `dependencies` or `build` whose caches are all kept in cache mounts that work.
    package let hasWorkingCache: Bool
    /// nil for a cached step.
    package let cause: Cause?
    /// The stages that it reads files of, by COPY or a mount.
    package let reads: [String]
    let cacheKey: CacheKey

    /// Steps with one key are one vertex to BuildKit, which shows it once.
    package var key: KeyDigest { cacheKey.certain }

    init(
        label: StepLabel, stage: String, line: Int, instruction: String, state: CacheState, kind: StepKind,
        hasWorkingCache: Bool, cause: Cause?, reads: [String], cacheKey: CacheKey
    ) {
        self.label = label
        self.stage = stage
        self.line = line
        self.instruction = instruction
        self.state = state
        self.kind = kind
        self.hasWorkingCache = hasWorkingCache
        self.cause = cause
        self.reads = reads
        self.cacheKey = cacheKey
    }

    /// The same step, of which something else becomes.
    func with(_ state: CacheState, _ cause: Cause?) -> StepImpact {
        StepImpact(
            label: label, stage: stage, line: line, instruction: instruction, state: state, kind: kind,
            hasWorkingCache: hasWorkingCache, cause: cause, reads: reads, cacheKey: cacheKey)
    }
}

/// Why a step is not cached: the first part of its key that differs.
package enum Cause: Sendable, Hashable {
    /// Nothing was built from this Dockerfile and target at the base.
    case newBuild
    /// The base image of the stage: what FROM named, and what it names now.
    case baseImage(from: String, to: String)
    /// The base has no such step.
    case newInstruction
    /// The text of the instruction, which was.
    case instruction(was: String)
    /// ARG or ENV variables in its environment.
    case variables([String])
    /// USER, WORKDIR, SHELL, a flag or mount: what it is, and the values.
    case setting(name: String, from: String, to: String)
    /// Files of the context; all paths are counted, the first few are here.
    case files([String], count: Int)
    /// The same of files whose contents are what they were: only their permission bits differ.
    case modes([String], count: Int)
    /// The ignore file lets other files through.
    case ignoreFile(path: String, files: [String], count: Int)
    /// `.git` is in the context, and a commit changes it.
    case gitFolder
    /// What another stage has at a path: it runs again.
    case output(stage: String, path: String)
    /// What another image has at a path.
    case image(from: String, to: String, path: String)
    /// Something decides what it reads that the repository does not tell; with what that is, as a sentence.
    case unseen(String)
    /// Another image than before reads the Dockerfile.
    case frontend(String)
    /// Another build of the repository makes the files or the image that it stands on, and runs again.
    case build(String)
    /// The build is told to run every step, or every one of some stages (`--no-cache`, `--no-cache-filter`).
    case noCache
    /// The step before it in its stage, or in the stage that it continues, is not cached.
    case follows(String)

    /// For machines.
    package var name: String {
        switch self {
        case .newBuild: "new-build"
        case .baseImage: "base-image"
        case .newInstruction: "new-instruction"
        case .instruction: "instruction"
        case .variables: "variables"
        case .setting: "setting"
        case .files: "files"
        case .modes: "modes"
        case .ignoreFile: "ignore-file"
        case .gitFolder: "git-folder"
        case .output: "output"
        case .image: "image"
        case .unseen: "unseen"
        case .frontend: "frontend"
        case .build: "build"
        case .noCache: "no-cache"
        case .follows: "follows"
        }
    }
}

/// What a comparison of files cannot show.
package struct BlindSpot: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case floatingTag = "floating-tag"
        case movingURL = "moving-url"
        case unknownArgument = "unknown-argument"
        case ignoredFiles = "git-ignored-files"
        case gitFolder = "git-folder"
        case submodule
        case largeFiles = "lfs"
        case syntaxImage = "syntax-image"
        case outsideContext = "outside-context"
        /// A `.gitattributes` changes how git writes files.
        case attributes
        /// The build has other platforms, of which something else becomes.
        case platform
        /// A limit ended the comparison before everything was followed.
        case limit
    }

    package let kind: Kind
    /// What it is about: an image, a URL, a variable, a path.
    package let subject: String
    /// One sentence.
    package let message: String

    package init(_ kind: Kind, _ subject: String, _ message: String) {
        self.kind = kind
        self.subject = subject
        self.message = message
    }
}
