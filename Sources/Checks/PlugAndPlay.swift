import BuildContext
import Diagnostics
import Dockerfile
import Facts
import JSON

/// An install by yarn's Plug'n'Play whose packages are on a cache mount: what it leaves in the project (`.pnp.cjs`) names
/// archives in yarn's cache, which node reads when the program runs.
///
/// Sources: yarnpkg/berry, packages/plugin-pnp/sources/index.ts (`nodeLinker` is `pnp` by default);
/// packages/yarnpkg-core/sources/Configuration.ts (`enableGlobalCache` is true by default from version 4 on),
/// folderUtils.ts (`getDefaultGlobalFolder`), Cache.ts (the global cache is a mirror where the project has its own);
/// yarnpkg.com/configuration/yarnrc (a variable `YARN_…` goes before the file).
struct PlugAndPlay {
    let mount: MountFacts
    /// The archives lie in the user's cache for all projects, not in the project's own.
    let isGlobal: Bool

    private static let lastKnownMajor = 5

    /// - Returns: nil unless it is certain that the archives are on a mount, and that something needs them without it.
    /// - Parameter project: nil for that of a build that has none to tell of.
    init?(_ invocation: Invocation, in step: StepFacts, of project: inout Project?) {
        guard invocation.action == .install, ["yarn", "yarn berry"].contains(invocation.manager.name),
            !step.cacheMounts.isEmpty, project?.needsLater(step) == true,
            !step.script.commands.contains(where: { Self.copying.contains($0.program ?? "cp") }),
            let settings = project?.settings(for: invocation, in: step)
        else { return nil }
        func value(_ name: String, _ key: String) -> Fact<String?> {
            switch step.variable(name, in: invocation.command) {
            case .unknown: .unknown
            case .known(let text?) where !text.isEmpty: .known(text)
            case .known: settings[key]
            }
        }
        guard case .known(let linker) = value("YARN_NODE_LINKER", "nodeLinker"), linker ?? "pnp" == "pnp",
            case .known(let global) = value("YARN_ENABLE_GLOBAL_CACHE", "enableGlobalCache")
        else { return nil }
        isGlobal = global.map { $0 == "true" || $0 == "1" } ?? (settings.major >= 4)
        let folder: String
        if isGlobal {
            guard case .known(let set) = value("YARN_GLOBAL_FOLDER", "globalFolder"),
                step.variable("XDG_DATA_HOME", in: invocation.command) == .known(nil),
                let place = set ?? step.home.value.map({ $0 + "/.yarn/berry" }), place.hasPrefix("/")
            else { return nil }
            folder = PathText.clean(place + "/cache")
        } else {
            guard case .known(let set) = value("YARN_CACHE_FOLDER", "cacheFolder"),
                let workdir = step.workdir.value, step.workdir(of: invocation.command) == .known(workdir),
                let context = project?.context, settings.ownCache(in: context) == .missing
            else { return nil }
            folder = PathText.clean(set ?? ".yarn/cache", in: workdir)
        }
        guard let mount = step.cacheMounts.first(where: { $0.covers(folder).isTrue }) else { return nil }
        self.mount = mount
    }

    private static let copying: Set<String> = ["cp", "mv", "rsync", "tar", "ln", "find"]

    /// What is asked of a build for many installs.
    struct Project {
        let context: BuildContext
        let files: CopiedFiles
        /// Settings may be other than those of the context's files.
        let isUnknown: FirstSteps
        let hasCorepack: FirstSteps
        private var answers: [Question: Settings?] = [:]
        private let target: Int?
        private let targetAncestors: Set<Int>
        /// By the stage's index, the last step that installs by yarn, and the last that runs what was installed without a
        /// mount.
        private let installs: [Int?]
        private let uses: [Int?]

        /// - Returns: nil where no install is by yarn, or there is no context.
        init?(of build: BuildFacts) {
            func installs(_ step: StepFacts) -> Bool {
                step.invocations.contains { $0.action == .install && $0.manager.name.hasPrefix("yarn") }
            }
            self.installs = build.stages.map { $0.steps.lastIndex(where: installs) }
            guard self.installs.contains(where: { $0 != nil }), let reads = ContextReads(build) else {
                return nil
            }
            context = reads.context
            files = CopiedFiles(named: ["package.json", ".yarnrc.yml"], in: reads)
            isUnknown = FirstSteps(in: build) { step in
                step.hasUnknownSources
                    || step.script.commands.contains { command in
                        command.program == "yarn"
                            && ["config", "set"].contains(command.words.dropFirst().first?.text)
                    }
            }
            hasCorepack = FirstSteps(in: build) { step in
                step.script.commands.contains { $0.program == "corepack" }
            }
            uses = build.stages.map { stage in
                stage.steps.lastIndex { step in
                    step.cacheMounts.isEmpty
                        && step.script.commands.contains { ["yarn", "node"].contains($0.program) }
                }
            }
            target = build.dockerfile.target
            targetAncestors = Set(target.map { build.stages[$0].ancestors } ?? [])
        }

        /// What yarn's settings depend on.
        struct Question: Hashable {
            let manifest: ContextPath
            let settings: CopiedFiles.Found?
            /// Yarn of the image looks at the manifest's `packageManager`; yarn 1 does not.
            let isBerry: Bool
        }

        /// - Returns: nil where the files that are there when the step runs do not tell yarn's version.
        mutating func settings(for invocation: Invocation, in step: StepFacts) -> Settings? {
            guard !isUnknown.areReached(by: step),
                let manifest = files.found("package.json", at: step)?.shallowest
            else { return nil }
            let question = Question(
                manifest: manifest, settings: files.found(".yarnrc.yml", at: step),
                isBerry: invocation.manager.name == "yarn berry" || hasCorepack.areReached(by: step))
            if let known = answers[question] { return known }
            let settings = Settings(question, in: context)
            answers[question] = .some(settings)
            return settings
        }

        /// The stage is in the image, or a step below runs node without the mount; and no other install is to come.
        func needsLater(_ step: StepFacts) -> Bool {
            func isBelow(_ last: Int?) -> Bool { last.map { $0 > step.index } ?? false }
            if isBelow(installs[step.stage]) { return false }
            return target == step.stage || targetAncestors.contains(step.stage) || isBelow(uses[step.stage])
        }
    }

    /// What the project's files say to yarn.
    struct Settings {
        let major: Int
        private let folder: ContextPath
        private let values: [String: String]

        /// `.known(nil)` where the file does not set it.
        subscript(key: String) -> Fact<String?> {
            guard let value = values[key] else { return .known(nil) }
            return value.isEmpty || value.contains("$") ? .unknown : .known(value)
        }

        /// - Returns: nil where the files do not tell yarn's version.
        init?(_ question: Project.Question, in context: BuildContext) {
            guard let folder = question.manifest.parent, let text = context.contents(of: question.manifest)
            else { return nil }
            let file = folder.appending(".yarnrc.yml".utf8)
            switch context.status(of: file) {
            case .missing:
                guard question.settings == nil else { return nil }
                values = [:]
            default:
                guard let found = question.settings, found.isAlone, found.shallowest == file,
                    let bytes = context.contents(of: file)
                else { return nil }
                values = Self.scalars(in: String(decoding: bytes, as: UTF8.self))
            }
            self.folder = folder
            if let path = values["yarnPath"] {
                guard let major = Self.major(in: path, after: "yarn-") else { return nil }
                self.major = major
            } else {
                guard question.isBerry, let manager = (try? JSON.parse(text))?["packageManager"]?.string,
                    let major = Self.major(in: manager, after: "yarn@")
                else { return nil }
                self.major = major
            }
            guard (2...PlugAndPlay.lastKnownMajor).contains(major) else { return nil }
        }

        /// Archives that are part of the repository come with a COPY.
        func ownCache(in context: BuildContext) -> BuildContext.Status? {
            let path = values["cacheFolder"] ?? ".yarn/cache"
            guard !path.contains("..") else { return nil }
            var place = folder
            for part in path.split(separator: "/") where part != "." { place = place.appending(part.utf8) }
            return context.status(of: place)
        }

        /// The keys of the outermost level that have their value on the same line.
        private static func scalars(in text: String) -> [String: String] {
            var found: [String: String] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                guard let colon = line.firstIndex(of: ":"), line.first?.isLetter == true else { continue }
                let value = line[line.index(after: colon)...].prefix { $0 != "#" }
                found[String(line[..<colon])] = String(value).trimmingBlanks.filter { !"\"'".contains($0) }
            }
            return found
        }

        /// `4` in `.yarn/releases/yarn-4.9.1.cjs`.
        private static func major(in text: String, after mark: String) -> Int? {
            guard let last = text.split(separator: "/").last, last.hasPrefix(mark),
                let version = VersionText(last.dropFirst(mark.count))
            else { return nil }
            return version.version.split(separator: ".").first.flatMap { Int($0) }
        }
    }
}
