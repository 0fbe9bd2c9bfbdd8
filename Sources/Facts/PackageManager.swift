import Diagnostics

/// A row of the table of package managers: one manager, what it does, where it keeps its caches and what defeats them.
///
/// A class, so that each of many thousand invocations holds its row by one reference.
package final class PackageManager: Sendable, Hashable {
    /// `pip`, `apt`, `yarn` …; unique in the table.
    package let name: String
    /// Names of the programs, without folder and version suffix (`pip` stands for `pip3` and `pip3.12` too).
    let programs: [String]
    /// The name in `python -m name`.
    let module: String?
    /// What it does by its first arguments; the first row that fits counts.
    let verbs: [Verb]
    /// Where it keeps things. The first is the one that matters most.
    package let caches: [Cache]
    /// Options whose value is the next word.
    let valueOptions: Set<String>
    /// Flags that switch its caches off.
    let defeatingFlags: Set<String>
    let defeatingVariables: [DefeatingVariable]
    /// Flags with which it downloads nothing.
    let offlineFlags: Set<String>
    /// Options that name another root: its caches are in there, where no mount of ours is.
    let rootOptions: Set<String>
    /// What a COPY or bind mount brings before the install, as patterns of file names in the project.
    package let manifests: [String]
    /// Folders among them that it reads with all that is in them: `.yarn`, `gradle/wrapper`; paths from the project's folder.
    package let manifestFolders: [String]
    /// A second manifest is that of a package of the project's own, whose sources have to be there.
    package let asksForSources: Bool
    /// Commands that print where a cache is: `pnpm store path`.
    package let cacheQueries: [String]
    /// What an install by manifests alone takes beside them: a sentence for the fix.
    package let manifestHint: String?
    /// What pins the versions that an install by manifests brings in; nil where nothing does, or where it is refused without.
    package let locks: Locks?
    /// It installs packages of the distribution, which takes root.
    package let isForSystem: Bool
    /// The folder below the working directory that an install fills: `node_modules`; nil where it fills none.
    package let outputFolder: String?
    /// How it brings what is cached into the project; nil where that is no matter of settings.
    package let linking: Linking?
    /// Its own documentation says that several of its processes may use the cache at once.
    package let locksItself: Bool
    /// It hands a lock of its cache over through the loopback interface, which containers do not share.
    package let locksByLoopback: Bool
    /// What a mount of its caches takes beside it.
    package let mountHints: [MountHint]
    /// How dependencies are fetched in a layer of their own, where a build would fetch them; nil where there is no plain way.
    package let separateFetch: SeparateFetch?

    init(
        name: String, programs: [String], module: String? = nil, verbs: [Verb], caches: [Cache],
        valueOptions: Set<String> = [], defeatingFlags: Set<String> = [],
        defeatingVariables: [DefeatingVariable] = [], offlineFlags: Set<String> = [],
        rootOptions: Set<String> = [], manifests: [String] = [], manifestFolders: [String] = [],
        manifestHint: String? = nil,
        asksForSources: Bool = false, cacheQueries: [String] = [],
        locks: Locks? = nil,
        isForSystem: Bool = false, outputFolder: String? = nil, linking: Linking? = nil,
        locksItself: Bool = false, locksByLoopback: Bool = false, mountHints: [MountHint] = [],
        separateFetch: SeparateFetch? = nil
    ) {
        self.name = name
        self.programs = programs
        self.module = module
        self.verbs = verbs
        self.caches = caches
        self.valueOptions = valueOptions
        self.defeatingFlags = defeatingFlags
        self.defeatingVariables = defeatingVariables
        self.offlineFlags = offlineFlags
        self.rootOptions = rootOptions
        self.manifests = manifests
        self.manifestFolders = manifestFolders
        self.manifestHint = manifestHint
        self.asksForSources = asksForSources
        self.cacheQueries = cacheQueries
        self.locks = locks
        self.isForSystem = isForSystem
        self.outputFolder = outputFolder
        self.linking = linking
        self.locksItself = locksItself
        self.locksByLoopback = locksByLoopback
        self.mountHints = mountHints
        self.separateFetch = separateFetch
    }

    /// What the manager does with certain first arguments.
    struct Verb: Sendable {
        /// The first arguments that are no options; `*` stands for any one. Empty: there are none, or `hasNames`.
        let words: [String]
        let action: Invocation.Action
        var input: InputRule = .fixed(.nothing)
        /// Indices in `PackageManager.caches`; nil for all.
        var caches: [Int]?
        /// What it reads in place of the manager's manifests, made from these by another step; nil for the manager's own.
        var recipe: String?
        /// At least one of these flags is given; short ones also in a cluster (`-afy`). Empty: no matter.
        var flags: [String] = []
        /// Nothing else than options may follow.
        var isWhole = false
        /// Without `words`, names may follow the flags (`pacman -S name`).
        var hasNames = false
        /// One of these stands in the code that is handed over with an option (`Rscript -e "renv::restore()"`). Empty: no
        /// matter.
        var code: [StaticString] = []
    }

    /// What a mount takes beside it to be of use and to break nothing: a sentence for the fix.
    package struct MountHint: Sendable {
        package let text: String
        /// It only matters where nothing tells which of several places the cache is in.
        package var isForUncertainPlace = false
    }

    /// The steps that bring dependencies into a layer above the sources.
    package struct SeparateFetch: Sendable {
        /// A file of the project with this name, or this end of its name, tells that there is something to fetch.
        package let evidence: String
        /// Lines of a Dockerfile, to stand above the COPY of the sources. A file that not every project has is named by a
        /// pattern: BuildKit refuses a COPY of a plain path that is not there, and takes a pattern without a match for nothing
        /// (moby/buildkit, `AllowEmptyWildcard` of dockerfile2llb/convert.go).
        package let lines: [String]
        /// Its fetch reads manifests all over the project, which no plain COPY brings.
        package var isOfManyManifests = false
    }

    /// The lock file of a manifest.
    package struct Locks: Sendable {
        package let manifest: String
        /// One of them is enough.
        package let files: [String]
        /// The first words of the actions that choose the versions themselves where there is none; empty for none.
        let verbs: Set<String>
    }

    /// How to tell what an action reads.
    enum InputRule: Sendable {
        case fixed(Invocation.Input)
        /// Names packages, else works by the manifests.
        case namedOrManifests
        /// Names packages, else takes the project itself.
        case namedOrSources
        /// pip's: `-r file`, a folder, an address or a name.
        case python
        /// Manifests alone with one of these flags; else the manifests tell whether it takes the project itself too.
        case projectUnless([String])
        /// `nothing` for `name@version`, else the sources (`go install`).
        case versioned
        /// `manifests` with one of these flags, else `nothing`.
        case manifestsWith([String])
    }

    /// A variable that switches the caches off.
    struct DefeatingVariable: Sendable {
        let name: String
        /// Whether a value does; the name's presence alone never does.
        let defeats: @Sendable (String) -> Bool
    }

    /// The setting that tells whether an install links into the cache or copies from it.
    package struct Linking: Sendable {
        package var variable: String?
        package var flag: String?
        /// The key of a settings file in the project.
        package var setting: String?
        /// With this value what is installed is a link into the cache.
        package let linkValue: String
        /// With this one it is a copy.
        package let copyValue: String
        /// It links where nothing is set.
        package var linksByDefault = false
        /// Code of the same RUN that sets it, or copies afterwards what is linked (`renv::isolate()`).
        var code: [StaticString] = []
        /// Where nothing is set, it warns that the cache lies on another file system, and copies.
        package var warnsByDefault = false

        /// Whether a word of a RUN is such code.
        package func sets(in text: String) -> Bool { code.contains { text.holds($0) } }
    }

    /// A folder in which a manager keeps what it downloaded or built.
    package struct Cache: Sendable {
        /// What it holds, as a noun: `packages`, `package index`, `compiled objects`.
        package let content: String
        /// Tried in order; the first that applies tells the place.
        let places: [Place]
        /// Only one build may write at a time.
        package var needsLock = false
        /// Mounting it is worth less; that it is not mounted is no loss worth a word.
        package var isMinor = false
        /// It holds what a compiler made, and nothing that was downloaded.
        package var isCompiled = false
        /// What is run later reads it there, so that a mount takes it out of the image: it is right that it is in the
        /// layer.
        package var isNeededInImage = false
    }

    /// Where a cache may be.
    enum Place: Sendable {
        /// The value of a flag (`--cache-dir x`, `--cache-dir=x`) and a path below.
        case flag(String, String = "")
        /// The value of a variable and a path below; of a list (`:` or `,` between), its first element.
        case variable(String, String = "")
        /// `-Dname=value` among the arguments or in one of these variables, and a path below.
        case property(String, String = "", variables: [String])
        /// Below `$HOME`.
        case home(String)
        /// Below the home of the user database, which programs of the JVM ask.
        case accountHome(String)
        case absolute(String)
        /// Candidates for root alone, written as in `oneOf`.
        case rootOnly([String])
        /// Candidates by the distribution and the program; one where it is certain.
        case byDistribution(@Sendable (Distribution, String) -> [String])
        /// Candidates, likeliest first, of which nothing tells which: below `$HOME` where they begin with `~`, below the
        /// working directory with `.`, below a variable's value with `$`.
        case oneOf([String])
        /// The same, where it may also be none of them.
        case anyOf([String])
        /// Where the file does not tell, if one of these variables is set or one of these flags given.
        case elsewhere([String])
    }

    package static func == (left: PackageManager, right: PackageManager) -> Bool { left === right }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension PackageManager {
    /// Every manager that is known. Adding one is adding a row to one of the lists of `PackageManagers/`.
    package static let all: [PackageManager] =
        python + conda + system + javaScript + compiled + java + php + ruby + dotnet + functional + statistics
        + compilerCaches

    /// By program name.
    static let byProgram: [String: PackageManager] = {
        var index: [String: PackageManager] = [:]
        for manager in all {
            for program in manager.programs { index[program] = manager }
        }
        return index
    }()

    /// By module name (`python -m pip`).
    static let byModule: [String: PackageManager] = {
        var index: [String: PackageManager] = [:]
        for manager in all {
            if let module = manager.module { index[module] = manager }
        }
        return index
    }()

    /// - Parameter name: a row's name.
    package static func named(_ name: String) -> PackageManager? { all.first { $0.name == name } }
}
