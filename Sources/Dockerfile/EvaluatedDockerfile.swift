package import Diagnostics

/// A Dockerfile as one build sees it: stages connected, variables expanded, steps labelled as BuildKit labels them.
package struct EvaluatedDockerfile: Sendable {
    package let parsed: ParsedDockerfile
    /// All stages in file order, reachable or not.
    package let stages: [Stage]
    /// Index in `stages` of the stage that the build makes; nil where there is none (no stage, or no such target).
    package let target: Int?
    /// The value of every ARG before the first FROM.
    package let globalArgs: Environment
    /// What only evaluation shows: an unknown target, a reference to a later stage, a failing `${V:?}`.
    package let problems: [SyntaxProblem]

    package init(
        parsed: ParsedDockerfile, stages: [Stage], target: Int?, globalArgs: Environment,
        problems: [SyntaxProblem]
    ) {
        self.parsed = parsed
        self.stages = stages
        self.target = target
        self.globalArgs = globalArgs
        self.problems = problems
    }
}

/// What a build says from outside of the Dockerfile.
package struct EvaluationOptions: Sendable {
    /// `--build-arg`; a nil value means that it is passed, but what it is cannot be told.
    package var buildArgs: [String: String?]
    package var target: String?
    /// `os/arch[/variant]`; nil where it is the builder's own.
    package var platform: String?
    /// Names of `--build-context`.
    package var namedContexts: Set<String>
    /// `buildArgs` are all that the build passes; otherwise an ARG without a value may have one.
    package var passesNothingElse: Bool
    /// The configuration of a base image by its expanded reference; nil where it is not known.
    package var baseImage: @Sendable (String) -> BaseImage?

    package init(
        buildArgs: [String: String?] = [:], target: String? = nil, platform: String? = nil,
        namedContexts: Set<String> = [], passesNothingElse: Bool = false,
        baseImage: @escaping @Sendable (String) -> BaseImage? = { _ in nil }
    ) {
        self.buildArgs = buildArgs
        self.target = target
        self.platform = platform
        self.namedContexts = namedContexts
        self.passesNothingElse = passesNothingElse
        self.baseImage = baseImage
    }
}

/// What is known of a base image's configuration.
package struct BaseImage: Sendable {
    /// In the image's order.
    package var environment: [(name: String, value: String)]
    /// nil where the configuration is not known in this part.
    package var user: String?
    package var workdir: String?
    /// True where `environment` is all there is; then a variable that is not in it is known to be unset.
    package var environmentIsComplete: Bool

    package init(
        environment: [(name: String, value: String)] = [], user: String? = nil, workdir: String? = nil,
        environmentIsComplete: Bool = false
    ) {
        self.environment = environment
        self.user = user
        self.workdir = workdir
        self.environmentIsComplete = environmentIsComplete
    }
}

/// A text after variable expansion.
package struct Expanded: Sendable, Hashable {
    /// What BuildKit computes with what is known; an unset or unknown variable is empty.
    package let text: String
    /// False where a variable decided it whose value the files do not tell.
    package let isCertain: Bool

    package init(_ text: String, isCertain: Bool = true) {
        self.text = text
        self.isCertain = isCertain
    }

    package var fact: Fact<String> { isCertain ? .known(text) : .unknown }
}

/// One stage of a build.
package struct Stage: Sendable {
    package enum Base: Sendable {
        case scratch
        /// Index in `EvaluatedDockerfile.stages`.
        case stage(Int)
        /// An image reference.
        case image(Expanded)
        /// A named context of the build.
        case namedContext(String)
    }

    package let index: Int
    /// Lower case; nil where FROM gives none.
    package let name: String?
    package let base: Base
    /// `--platform` of FROM.
    package let platform: Expanded?
    /// Whether the target needs this stage, or may: `FROM build-${TARGETARCH}` needs one of those that fit.
    package let isReachable: Bool
    /// The FROM, then each instruction in order; triggers of a parent stage's ONBUILD come directly after the FROM.
    package let steps: [Step]
    /// What the stage ends with, for stages that continue it.
    package let final: StepState

    package init(
        index: Int, name: String?, base: Base, platform: Expanded?, isReachable: Bool, steps: [Step],
        final: StepState
    ) {
        self.index = index
        self.name = name
        self.base = base
        self.platform = platform
        self.isReachable = isReachable
        self.steps = steps
        self.final = final
    }

    /// The name that BuildKit prints: `build`, or `stage-0` without a name.
    package var displayName: String { name ?? "stage-\(index)" }
}

/// What the instructions so far have set: the state that a step runs in.
package struct StepState: Sendable {
    package var environment: Environment
    /// As written after expansion (`root`, `0`, `app:app`); empty where nothing set it, which means root; uncertain
    /// where the base image's own is not known.
    package var user: Expanded
    /// Absolute path; `/` where nothing set it.
    package var workdir: Expanded
    /// nil for the default `/bin/sh -c` (or the base image's own).
    package var shell: [String]?

    package init(environment: Environment, user: Expanded, workdir: Expanded, shell: [String]?) {
        self.environment = environment
        self.user = user
        self.workdir = workdir
        self.shell = shell
    }
}

/// One instruction in one stage of a build; a value that is an object, as `Instruction` is.
package final class Step: Sendable {
    package let instruction: Instruction
    /// `[build 2/5]`; nil for instructions that are no step of BuildKit's (ENV, LABEL, `WORKDIR /` …). Steps of
    /// stages that are not reachable have the label that they get when their stage is built.
    package let label: StepLabel?
    /// The state before the instruction.
    package let state: StepState
    /// Set where the step is a trigger of the parent stage's ONBUILD.
    package let isTrigger: Bool
    /// COPY and ADD, expanded.
    package let copy: ExpandedCopy?
    /// The mounts of a RUN, expanded.
    package let mounts: [ExpandedMount]

    package init(
        instruction: Instruction, label: StepLabel?, state: StepState, isTrigger: Bool, copy: ExpandedCopy?,
        mounts: [ExpandedMount]
    ) {
        self.instruction = instruction
        self.label = label
        self.state = state
        self.isTrigger = isTrigger
        self.copy = copy
        self.mounts = mounts
    }
}

/// BuildKit's label of a step.
package struct StepLabel: Sendable, Hashable, CustomStringConvertible {
    /// nil where the only stage has no name.
    package let stage: String?
    package let number: Int
    package let of: Int

    package init(stage: String?, number: Int, of: Int) {
        self.stage = stage
        self.number = number
        self.of = of
    }

    /// As BuildKit prints it, without right-alignment: `[build 2/5]` or `[2/5]`.
    package var description: String { "[\(stage.map { $0 + " " } ?? "")\(number)/\(of)]" }
}

/// Where files come from.
package enum FileOrigin: Sendable, Hashable {
    case context
    /// Index in `EvaluatedDockerfile.stages`.
    case stage(Int)
    case image(String)
    case namedContext(String)
    /// `--from` names something that does not exist or cannot be told.
    case unknown
}

/// COPY or ADD after expansion.
package struct ExpandedCopy: Sendable {
    package let origin: FileOrigin
    /// In order; as BuildKit would look them up (not cleaned).
    package let sources: [Expanded]
    /// Absolute; a final `/` is kept.
    package let destination: Expanded
    package let excludes: [String]
    /// `--chown`; nil where absent.
    package let chown: Expanded?

    package init(
        origin: FileOrigin, sources: [Expanded], destination: Expanded, excludes: [String],
        chown: Expanded? = nil
    ) {
        self.chown = chown
        self.origin = origin
        self.sources = sources
        self.destination = destination
        self.excludes = excludes
    }
}

/// A mount of a RUN after expansion.
package struct ExpandedMount: Sendable {
    package let mount: RunMount
    /// Absolute path in the container, cleaned; nil where the kind needs none.
    package let target: Expanded?
    /// For a cache mount: its key, `id` or the cleaned (not joined) target, without the namespace.
    package let cacheKey: Expanded?
    /// The context for a bind mount without `from`; for other kinds without it the empty image `scratch`.
    package let origin: FileOrigin
    package let source: Expanded?
    package let uid: Expanded?
    package let gid: Expanded?

    package init(
        mount: RunMount, target: Expanded?, cacheKey: Expanded?, origin: FileOrigin, source: Expanded?,
        uid: Expanded?, gid: Expanded?
    ) {
        self.mount = mount
        self.target = target
        self.cacheKey = cacheKey
        self.origin = origin
        self.source = source
        self.uid = uid
        self.gid = gid
    }
}
