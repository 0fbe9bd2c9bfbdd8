internal import Diagnostics
package import Dockerfile
package import Repository
package import SourceText

/// What a repository holds that concerns building images: its builds, the Dockerfiles and files that state them.
package struct Project: Sendable {
    /// What it was read from.
    package let snapshot: Snapshot
    /// Absolute path of the repository's root (or of the folder that was named, where there is no repository).
    package var root: String { snapshot.root }
    /// What of it was asked for.
    package let selection: Selection
    package var configuration: Configuration
    /// In a stable order: by Dockerfile, context, target.
    package internal(set) var builds: [Build]
    /// Every Dockerfile that was found, by path relative to the root: its text, which is small. Trees are made where they
    /// are read (`parsedDockerfile`), so that a repository of a thousand images does not hold a thousand of them.
    package internal(set) var dockerfiles: [String: SourceText]
    /// Those of them that stand in other files.
    package internal(set) var inlineDockerfiles: [String: InlineDockerfile] = [:]
    /// What cannot be told of builds that scripts and pipelines make, where all Dockerfiles have builds besides.
    package internal(set) var untold: [Note] = []
    /// Some of them, where `LoadOptions.keepsParsed`.
    var parsed: [String: ParsedDockerfile] = [:]
    /// Files other than Dockerfiles that were read (compose, bake, CI, scripts), by kind.
    package internal(set) var statements: [StatementFile]
    /// The same builds as each file states them, those without a Dockerfile that is known included.
    package internal(set) var buildStatements: [BuildStatement]
    /// Those of them that docker makes.
    package var dockerStatements: [BuildStatement] { buildStatements.filter { $0.builder == .docker } }
    /// What scripts run of docker besides builds, by file.
    package internal(set) var commands: [DockerCommand]
    /// The files of CI systems that name a builder of images.
    package internal(set) var pipelines: [Pipeline]
    /// What steps of pipelines build by scripts and makefiles.
    package internal(set) var calledBuilds: [CalledBuild] = []
    /// What was seen and could not be used, such as a bake file with a mistake.
    package internal(set) var notes: [Note]
    /// Files that were not read or not examined, or not to their end.
    package internal(set) var unread: Set<String> = []
    /// Builds of which there are more than are examined.
    package internal(set) var unexaminedBuilds: [UnexaminedBuild] = []
    /// Folders that were left out by rule (vendored code, inputs of tests), relative to the root; `include:` in the
    /// configuration brings them back.
    package let leftOut: [String]
    /// Files that rules about names concern.
    package var passedOver = PassedOver()

    package init(
        snapshot: Snapshot, selection: Selection = .all, configuration: Configuration, builds: [Build],
        dockerfiles: [String: SourceText], statements: [StatementFile], notes: [Note], leftOut: [String],
        buildStatements: [BuildStatement], commands: [DockerCommand], pipelines: [Pipeline]
    ) {
        self.snapshot = snapshot
        self.selection = selection
        self.configuration = configuration
        self.builds = builds
        self.dockerfiles = dockerfiles
        self.statements = statements
        self.notes = notes
        self.leftOut = leftOut
        self.buildStatements = buildStatements
        self.commands = commands
        self.pipelines = pipelines
    }

    /// Parses a Dockerfile of the project.
    /// - Returns: nil where there is none of that path.
    package func parsedDockerfile(_ path: String) -> ParsedDockerfile? {
        parsed[path] ?? dockerfiles[path].map { ParsedDockerfile(parsing: $0) }
    }
}

/// Files that rules about names pass over, or would.
package struct PassedOver: Sendable {
    /// Dockerfiles in folders that are left out by rule, as far as they were looked for, by path.
    package var leftOut: [String] = []
    /// Files that a `.gitignore` names and git tracks all the same, so that they are examined; by path.
    package var gitIgnored: [String] = []

    package init() {}
}

/// One image build: a Dockerfile with its context and its options.
package struct Build: Sendable {
    /// For people and for `--file`-less selection: the compose service, bake target or image name, else the
    /// Dockerfile's path; unique in a project.
    package internal(set) var name: String
    /// Relative to the project's root.
    package let dockerfile: String
    package let context: BuildSource
    package let target: String?
    /// A nil value means that one is passed, but the file does not tell which.
    package let args: [String: String?]
    package var platforms: [String]
    /// `--build-context`, compose's `additional_contexts`, bake's `contexts`.
    package let namedContexts: [String: BuildSource]
    package let noCache: Bool
    package let cacheFrom: [String]
    package let cacheTo: [String]
    /// Stages whose steps run in every build (`--no-cache-filter`); `*` where all of them may.
    package internal(set) var noCacheStages: [String] = []
    package internal(set) var runOptions = RunOptions()
    /// Something that states it asks the registry for newer base images (`--pull`).
    package internal(set) var pulls = false
    /// Arguments of which the files that state it show that their values change.
    package var changes: [String: VolatileValue] = [:]
    /// Arguments to which a file gives other values in other builds of the Dockerfile and target.
    package internal(set) var differingArguments: Set<String> = []
    /// Arguments besides `args` that may be passed all the same.
    package internal(set) var otherArguments = OtherArguments.any
    /// What else commands pass for arguments, by name: compose and bake files are built with more than they say. A text
    /// that cannot be told is as written.
    package internal(set) var otherValues: [String: Set<String>] = [:]
    /// Arguments whose values the environment of a compose file decides, as they are written there.
    package internal(set) var environmentValues: [String: String] = [:]
    /// `target` and `platform`, where what states the build gives one that cannot be told.
    package internal(set) var unknownOptions: Set<String> = []
    /// A command that gives it words which the repository does not tell (`docker build $OPTIONS .`): any option may be among
    /// them.
    package internal(set) var openStatement: Statement?
    /// Files whose commands may give any argument another value (`X=1 docker buildx bake`).
    package internal(set) var argumentFiles: Set<String> = []
    /// What makes it, as far as its statements tell.
    package internal(set) var builders: Set<Builder> = []
    /// Where this build is stated; empty where nothing states it and it is inferred from the COPY sources.
    package internal(set) var statedBy: [Statement]

    package init(
        name: String, dockerfile: String, context: BuildSource, target: String? = nil,
        args: [String: String?] = [:], platforms: [String] = [], namedContexts: [String: BuildSource] = [:],
        noCache: Bool = false, cacheFrom: [String] = [], cacheTo: [String] = [], statedBy: [Statement] = []
    ) {
        self.name = name
        self.dockerfile = dockerfile
        self.context = context
        self.target = target
        self.args = args
        self.platforms = platforms
        self.namedContexts = namedContexts
        self.noCache = noCache
        self.cacheFrom = cacheFrom
        self.cacheTo = cacheTo
        self.statedBy = statedBy
    }
}

/// A build that is one of too many.
package struct UnexaminedBuild: Sendable, Hashable {
    package let dockerfile: String
    package let context: BuildSource
}

/// Which arguments a build may be passed besides those that are known.
package enum OtherArguments: Sendable, Hashable {
    /// Any: nothing states the build, or what does leaves room for more.
    case any
    /// No others than these, which a command passes that builds the same.
    case only(Set<String>)
}

extension Build {
    /// Steps run although nothing has changed.
    package var ignoresCache: Bool { noCache || !noCacheStages.isEmpty }

    /// Whether an argument may have a value although nothing shows that the build is passed it.
    package func mayBePassed(_ argument: String) -> Bool {
        switch otherArguments {
        case .any: true
        case .only(let names): names.contains(argument) || Self.isPassedByClients(argument)
        }
    }

    /// Arguments that clients pass by themselves: proxies of the client's configuration (docs.docker.com, "Use a proxy
    /// server with the Docker CLI"), `SOURCE_DATE_EPOCH` of the environment (buildx, "Reproducible builds"), what
    /// docker/metadata-action writes into bake files, and BuildKit's own.
    private static func isPassedByClients(_ argument: String) -> Bool {
        argument.lowercased().hasSuffix("_proxy") || argument == "SOURCE_DATE_EPOCH"
            || argument.hasPrefix("BUILDKIT_") || argument.hasPrefix("DOCKER_META_")
    }
}

/// What a build reads its files from.
package enum BuildSource: Sendable, Hashable {
    /// A folder, relative to the project's root; `.` for the root itself. Never outside of it.
    case directory(String)
    /// A git or http address, an image, another target, a folder outside of the repository: not ours to read.
    case elsewhere(String)
    /// The file does not tell (a variable, for instance).
    case unknown
}

/// The place that states a build.
package struct Statement: Sendable, Hashable {
    package enum Kind: String, Sendable { case config, compose, bake, workflow, script, commandLine }

    package let kind: Kind
    package let path: String
    package internal(set) var line: Int

    package init(kind: Kind, path: String, line: Int) {
        self.kind = kind
        self.path = path
        self.line = line
    }
}

/// A file that states builds or sets the build environment.
package struct StatementFile: Sendable {
    package let kind: Statement.Kind
    package let source: SourceText

    package init(kind: Statement.Kind, source: SourceText) {
        self.kind = kind
        self.source = source
    }
}

/// Something that a person should know about the run itself: not read, skipped, over a limit.
package struct Note: Sendable, Hashable {
    package let path: String?
    package internal(set) var line: Int?
    package let message: String
    /// Something was not read or not looked at, so that findings may be missing; else it is only good to know.
    package let isUnexamined: Bool

    /// - Parameters:
    ///   - message: what it quotes may be as long as a file; the middle of a long one is left out.
    ///   - isUnexamined: true unless somebody has made sure that nothing is missing for it.
    package init(path: String?, line: Int? = nil, message: String, isUnexamined: Bool = true) {
        self.path = path
        self.line = line
        self.message = message.withoutMiddle
        self.isUnexamined = isUnexamined
    }
}

extension Note {
    package static let unforeseenFiles = Note(
        path: nil,
        message:
            "too many files name others that nothing foretells: what the last of them say of builds is not read"
    )

    /// Whether the file that it is about states builds (true) or is a Dockerfile (false); nil where it may be either, such
    /// as a folder.
    package var isAboutStatement: Bool? {
        guard let path else { return nil }
        let kind = Array(path.utf8).withUnsafeBufferPointer { FileKind(path: $0) }
        return switch kind {
        case nil: nil
        case .dockerfile, .dockerfileVariant, .perhapsDockerfile: false
        default: true
        }
    }
}

extension String {
    /// No more than `Limits.noteBytes`, and the end of the sentence.
    fileprivate var withoutMiddle: String {
        let bytes = utf8
        guard bytes.count > Limits.noteBytes else { return self }
        func isWhole(_ index: String.Index) -> Bool { index.samePosition(in: unicodeScalars) != nil }
        var end = bytes.index(startIndex, offsetBy: Limits.noteBytes * 3 / 4)
        while !isWhole(end) { end = bytes.index(before: end) }
        var start = bytes.index(endIndex, offsetBy: -Limits.noteBytes / 4)
        while !isWhole(start) { start = bytes.index(after: start) }
        return String(self[..<end]) + "…" + String(self[start...])
    }
}
