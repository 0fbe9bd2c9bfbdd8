import Diagnostics
import Repository

/// A build as a file states it, before it is known whether its Dockerfile exists and which others say the same.
struct StatedBuild {
    /// Service, target or image; nil where the file gives none.
    var name: String?
    var dockerfile: File
    var context: BuildSource
    var target: String?
    var args: [String: String?] = [:]
    var platforms: [String] = []
    var namedContexts: [String: BuildSource] = [:]
    var noCache = false
    var cacheFrom: [String] = []
    var cacheTo: [String] = []
    var statement: Statement
    var builder = Builder.docker
    /// The Dockerfile, where the file holds it.
    var inline: InlineDockerfile?
    /// What a finding about the build marks; nil where a reader knows the line only.
    var bytes: Range<Int>?
    /// What is said of it, in the order of the file.
    var options: [BuildOption] = []
    /// More may be said that the file does not show (`docker build $OPTIONS .`).
    var mayHaveMore = false
    /// Values of arguments that stand in a file below the one whose values hold.
    var overriddenValues: [String: Set<String>] = [:]
    /// `target` and `platform`, where one is given that cannot be told.
    var unknownOptions: Set<String> = []
    /// Arguments may be passed that the file does not name.
    var mayPassMore = false
    /// Arguments that something else passes which builds the same: a compose file on top, `bake --set`.
    var passedElsewhere: Set<String> = []
    /// The files whose commands build it, where a bake file states it.
    var bakedBy: Set<String> = []
    /// The file whose call passes what it is stated with (a reusable workflow, a composite action); nil without a call.
    var calledFrom: String?
    /// Counts the scripts, recipes and jobs of a file: what runs one after the other.
    var unit = 0
    /// Where it stands in a pipeline.
    var step: Pipeline.StepPlace?

    /// It stands in a branch, a loop or a function of a script, or in a profile of compose.
    var isConditional = false
    /// `--no-cache` may be among its options.
    var mayIgnoreCache = false
    /// A command that may give it more options than it tells, besides what states it.
    var openedBy: Statement?
    /// Another program gives the command words that cannot be seen (`xargs docker build`).
    var isToldByInput = false
    /// What a file states, as a command builds it that says more (`docker compose build --no-cache`).
    var isVariant = false
    /// Commands that state it besides the file, of a variant.
    var commands: [Statement] = []

    /// Each build asks the registry for newer base images (`--pull`).
    var pulls: Bool { options.contains { $0.name == "pull" && $0.value?.lowercased() == "true" } }

    /// Arguments whose values change, as far as the text shows.
    var changes: [String: VolatileValue] {
        var changes: [String: VolatileValue] = [:]
        for option in options {
            guard let name = option.argumentName, !name.isEmpty, let change = option.change else { continue }
            changes[name] = change
        }
        return changes
    }

    /// What may be passed besides `args`: the configuration and the command line name a build, and need not say all of it.
    var otherArguments: OtherArguments {
        if mayPassMore || mayHaveMore { return .any }
        switch statement.kind {
        case .config, .commandLine: return .any
        case .compose, .bake, .workflow, .script:
            return .only(passedElsewhere.union(options.compactMap(\.argumentName)).subtracting(args.keys))
        }
    }

    /// What commands of other files pass for arguments, by name.
    var otherValues: [String: Set<String>] {
        var values = overriddenValues
        for option in options where option.path != statement.path {
            guard let name = option.argumentName else { continue }
            values[name, default: []].insert(option.value ?? option.written)
        }
        return values
    }

    /// Of a compose file, the arguments whose values its environment decides, as they are written.
    var environmentValues: [String: String] {
        guard statement.kind == .compose else { return [:] }
        var values: [String: String] = [:]
        for option in options where option.value == nil {
            if let name = option.argumentName { values[name] = option.written }
        }
        return values
    }

    /// `--no-cache-filter`: stages whose steps run in every build; `*` where all of them may.
    var noCacheStages: [String] {
        (mayIgnoreCache && !noCache ? ["*"] : [])
            + options.filter { $0.name == "no-cache-filter" }.flatMap { option in
                (option.value ?? option.written).split(separator: ",").map(String.init)
            }
    }

    enum File: Hashable {
        /// Relative to the root.
        case path(String)
        /// Not a file of the repository, as written.
        case elsewhere(String)
        /// The file does not tell; with what it says instead.
        case unknown(String)

        /// The one that a builder takes where none is named.
        /// - Returns: nil where the context is not known.
        static func byDefault(in context: BuildSource) -> File? {
            switch context {
            case .directory(let folder): .path(Paths.join(folder, "Dockerfile"))
            case .elsewhere(let text): .elsewhere(text)
            case .unknown: nil
            }
        }
    }

    init(dockerfile: File, context: BuildSource, statement: Statement) {
        self.dockerfile = dockerfile
        self.context = context
        self.statement = statement
    }
}

/// What the readers of compose, bake, workflows and scripts hand back.
struct StatedBuilds {
    var builds: [StatedBuild] = []
    var commands: [DockerCommand] = []
    var pipelines: [Pipeline] = []
    var makeRules: [MakeRule] = []
    /// Bake and compose files that a step of a pipeline names, those of one step together.
    var bakeFiles: [[String]] = []
    /// Commands that say more than the files of compose and bake that they build.
    var fileCommands: [BuildFileCommand] = []
    /// What groups of bake files name, by the group's name.
    var bakeGroups: [String: Set<String>] = [:]
    /// What `bake --set` and the action's `set:` say; nil for one that cannot be told.
    var bakeSets: [String?] = []
    /// Workflows and actions that others call: what they state by themselves is stated with each call.
    var calledFiles: Set<String> = []
    var notes: [Note] = []

    mutating func append(_ other: StatedBuilds) {
        calledFiles.formUnion(other.calledFiles)
        builds += other.builds
        commands += other.commands
        pipelines += other.pipelines
        makeRules += other.makeRules
        bakeFiles += other.bakeFiles
        fileCommands += other.fileCommands
        bakeGroups.merge(other.bakeGroups) { $0.union($1) }
        bakeSets += other.bakeSets
        notes += other.notes
    }

    /// Drops what called files state without what the calls pass, where the calls state it.
    mutating func dropUncalled() {
        let called = calledFiles
        func isCalled(_ build: StatedBuild) -> Bool {
            called.contains(build.calledFrom ?? build.statement.path)
        }
        func place(_ build: StatedBuild) -> CalledPlace {
            CalledPlace(path: build.statement.path, line: build.statement.line)
        }
        let told = Set(builds.lazy.filter { $0.calledFrom != nil && !isCalled($0) }.map(place))
        builds.removeAll { isCalled($0) && told.contains(place($0)) }
    }

    private struct CalledPlace: Hashable {
        let path: String
        let line: Int
    }

    /// Gives the builds of compose files the arguments that commands pass besides: the build itself stays the one that the
    /// file states, as other commands build it without. Where a command says something else, such as `--no-cache`, it is
    /// another build.
    /// - Parameter root: the project's.
    mutating func passFileCommands(root: String, work: inout WorkBudget) {
        var left = Limits.composeArguments
        let known = BuildFileCommand.StatedInFiles(fileCommands.isEmpty ? [] : builds, groups: bakeGroups)
        for (number, command) in fileCommands.enumerated() {
            let reached = command.reached(among: known, work: &work)
            left -= reached.count * max(1, command.arguments.count)
            guard left >= 0, number < Limits.composeCommands, !work.isSpent else {
                notes.append(
                    Note(
                        path: command.statement.path,
                        message:
                            "passes more arguments to builds of compose and bake files than are looked at (limits of \(Limits.composeCommands) "
                            + "commands and \(Limits.composeArguments) arguments)"))
                return
            }
            for index in reached {
                if command.isOpen {
                    builds[index].mayPassMore = true
                    builds[index].openedBy = builds[index].openedBy ?? command.statement
                }
                builds[index].options += command.arguments
                if let variant = command.variant(of: builds[index], root: root, work: &work) {
                    builds.append(variant)
                }
            }
        }
    }

    /// Tells the builds of bake files which arguments commands set besides (`*.args.NAME=VALUE`; buildx, `bake --set`).
    mutating func passBakeSets() {
        let bakes = commands.compactMap { command in
            BakeWords(command.words).map { (path: command.path, words: $0) }
        }
        let files = Set(bakes.map(\.path))
        for index in builds.indices where builds[index].statement.kind == .bake {
            builds[index].bakedBy = files.subtracting([builds[index].statement.path])
        }
        var sets = bakeSets
        for bake in bakes { sets += bake.words.overrides }
        guard !sets.isEmpty else { return }
        let names = sets.compactMap { text -> String? in
            guard let text, let start = text.firstRange(of: ".args.")?.upperBound else { return nil }
            return String(text[start...].prefix { $0 != "=" })
        }
        let areAllTold = sets.allSatisfy { text in text.map { !$0.contains("${{") } ?? false }
        for index in builds.indices where builds[index].statement.kind == .bake {
            builds[index].passedElsewhere.formUnion(names)
            if !areAllTold { builds[index].mayPassMore = true }
        }
    }

    /// Says of all that was read so far where it stands.
    mutating func place(unit: Int, step: Pipeline.StepPlace? = nil) {
        for index in builds.indices {
            builds[index].unit = unit
            builds[index].step = step
        }
        for index in commands.indices {
            commands[index].unit = unit
            commands[index].step = step
        }
    }
}

extension BuildSource {
    /// A context as compose, bake and `docker build` take it.
    /// - Parameters:
    ///   - text: a folder, an address, `-`.
    ///   - folder: what relative paths are relative to.
    ///   - root: the project's root; an absolute path below it is taken.
    init(_ text: String, in folder: String, root: String) {
        if Self.isAddress(text) {
            self = .elsewhere(text)
        } else if text == "-" {
            self = .elsewhere("-")
        } else if let path = Paths.resolve(text, in: folder) {
            self = .directory(path)
        } else if Paths.isInside(text, root) {
            self = .directory(
                Paths.resolve(String(text.dropFirst(root.utf8.count).drop { $0 == "/" }), in: ".") ?? ".")
        } else {
            self = .elsewhere(text)
        }
    }

    /// Whether it is a URL, a git address, or names another kind of source (`docker-image://`, `target:`, `service:`).
    static func isAddress(_ text: String) -> Bool {
        let mayBeOne = text.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") }
        guard mayBeOne || text.hasPrefix("github.com/") else { return false }
        if text.contains("://") || text.hasPrefix("git@") || text.hasPrefix("github.com/") { return true }
        return ["target:", "service:", "oci-layout:", "docker-image:"].contains { text.hasPrefix($0) }
    }

    /// The folder, where it is one of the repository.
    var directory: String? {
        if case .directory(let path) = self { path } else { nil }
    }
}
