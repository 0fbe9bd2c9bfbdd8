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
    init?(_ invocation: Invocation, in step: StepFacts, of build: BuildFacts) {
        guard invocation.action == .install, ["yarn", "yarn berry"].contains(invocation.manager.name),
            !step.cacheMounts.isEmpty, Self.isNeededLater(step, in: build),
            !step.script.commands.contains(where: { Self.copying.contains($0.program ?? "cp") }),
            let settings = Settings(for: invocation, in: step, of: build)
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
                let project = step.workdir.value, step.workdir(of: invocation.command) == .known(project),
                case .missing = settings.ownCache(of: build)
            else { return nil }
            folder = PathText.clean(set ?? ".yarn/cache", in: project)
        }
        guard let mount = step.cacheMounts.first(where: { $0.covers(folder).isTrue }) else { return nil }
        self.mount = mount
    }

    private static let copying: Set<String> = ["cp", "mv", "rsync", "tar", "ln", "find"]

    /// The stage is in the image, or a step below runs node without the mount; and no other install is to come.
    private static func isNeededLater(_ step: StepFacts, in build: BuildFacts) -> Bool {
        let later = build.stages[step.stage].steps[(step.index + 1)...]
        let isInstalledAgain = later.contains { step in
            step.invocations.contains { $0.action == .install && $0.manager.name.hasPrefix("yarn") }
        }
        if isInstalledAgain { return false }
        if let target = build.dockerfile.target,
            target == step.stage || build.stages[target].ancestors.contains(step.stage)
        {
            return true
        }
        return later.contains { step in
            step.cacheMounts.isEmpty
                && step.script.commands.contains { ["yarn", "node"].contains($0.program) }
        }
    }

    /// What the project's files say to yarn.
    private struct Settings {
        let major: Int
        private let folder: ContextPath
        private let values: [String: String]

        /// `.known(nil)` where the file does not set it.
        subscript(key: String) -> Fact<String?> {
            guard let value = values[key] else { return .known(nil) }
            return value.isEmpty || value.contains("$") ? .unknown : .known(value)
        }

        /// - Returns: nil where the files that are there when the step runs do not tell yarn's version.
        init?(for invocation: Invocation, in step: StepFacts, of build: BuildFacts) {
            let above = build.steps(through: step)
            let commands = above.flatMap(\.script.commands)
            let changes = commands.contains { command in
                command.program == "yarn"
                    && ["config", "set"].contains(command.words.dropFirst().first?.text)
            }
            guard !changes, let reads = ContextReads(build), !above.contains(where: \.hasUnknownSources)
            else { return nil }
            let copied = reads.reads.filter { read in above.contains { $0 === read.step } }
                .flatMap { reads.files(of: $0) }.map(\.path)
            func named(_ name: String) -> [ContextPath] {
                copied.filter { $0.name.elementsEqual(name.utf8) }
            }
            guard let manifest = named("package.json").min(by: { $0.components.count < $1.components.count }),
                let folder = manifest.parent, let text = reads.context.contents(of: manifest)
            else { return nil }
            let file = folder.appending(".yarnrc.yml".utf8)
            let files = Set(named(".yarnrc.yml"))
            switch reads.context.status(of: file) {
            case .missing:
                guard files.isEmpty else { return nil }
                values = [:]
            default:
                guard files == [file], let bytes = reads.context.contents(of: file) else { return nil }
                values = Self.scalars(in: String(decoding: bytes, as: UTF8.self))
            }
            self.folder = folder
            if let path = values["yarnPath"] {
                guard let major = Self.major(in: path, after: "yarn-") else { return nil }
                self.major = major
            } else {
                // yarn 1 of the image does not look at `packageManager`; corepack does.
                let isBerry =
                    invocation.manager.name == "yarn berry" || commands.contains { $0.program == "corepack" }
                guard isBerry, let manager = (try? JSON.parse(text))?["packageManager"]?.string,
                    let major = Self.major(in: manager, after: "yarn@")
                else { return nil }
                self.major = major
            }
            guard (2...PlugAndPlay.lastKnownMajor).contains(major) else { return nil }
        }

        /// Archives that are part of the repository come with a COPY.
        func ownCache(of build: BuildFacts) -> BuildContext.Status? {
            let path = values["cacheFolder"] ?? ".yarn/cache"
            guard !path.contains("..") else { return nil }
            var place = folder
            for part in path.split(separator: "/") where part != "." { place = place.appending(part.utf8) }
            return build.context.context?.status(of: place)
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
