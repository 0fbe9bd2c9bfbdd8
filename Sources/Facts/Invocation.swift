package import Diagnostics
package import Dockerfile

/// A command of a RUN that a package manager runs.
package struct Invocation: Sendable {
    /// The row of the table.
    package let manager: PackageManager
    package let action: Action
    /// The words that tell the action: `install`, `mod download`, `-Syu`; `*` for any one.
    let verb: [String]
    package let command: ShellCommand
    /// The arguments after the action that are no options: packages as a rule, of Maven and Gradle all goals.
    package let names: [ShellWord]
    /// The caches that the action reads and fills; empty for an action that uses none, or those of another root.
    package let caches: [CacheUse]
    /// What keeps it from using its caches.
    package let defeats: [Defeat]
    /// What of the project it needs.
    package let input: Input
    /// The one file that it reads in place of the manager's manifests (`recipe.json` of cargo-chef); nil for these.
    package let recipe: String?
    /// A flag keeps it from downloading anything.
    package let isOffline: Bool

    /// As a person would call it: `pip install`, `go mod download`, `mvn package`.
    package var title: String {
        let program = manager.programs.first.map { first in
            command.program.map { manager.programs.contains($0) ? $0 : first } ?? first
        }
        var words = [program ?? command.program ?? manager.name]
        if verb == ["*"] {
            // An absolute path is no goal: `ccache g++ -o /app /src/main.cc`.
            words += names.filter { $0.isLiteral && !$0.text.hasPrefix("/") }.prefix(3).map(\.text)
        } else {
            words += verb
        }
        return words.joined(separator: " ")
    }

    /// The files of a project that it reads, as patterns of names.
    package var manifests: [String] { recipe.map { [$0] } ?? manager.manifests }

    /// It brings in or builds something and would use its caches.
    package var usesCaches: Bool {
        action == .install || action == .fetch || action == .update || action == .build
    }

    /// The mounts that hold one of its caches; indices in `StepFacts.mounts`.
    package var cacheMounts: [Int] {
        caches.compactMap { if case .cacheMount(let index) = $0.coverage { index } else { nil } }
    }

    /// The lock file that decides which versions this brings in; nil where it is not asked for one.
    package var locks: PackageManager.Locks? {
        guard let locks = manager.locks, locks.verbs.contains(verb.first ?? ""), input != .nothing else {
            return nil
        }
        return locks
    }

    package enum Action: String, Sendable {
        /// Brings packages into the image.
        case install
        /// Downloads packages only (`go mod download`, `cargo fetch`, `pip download`).
        case fetch
        /// Refreshes the index only (`apt-get update`).
        case update
        /// Compiles or runs with what was fetched; may download what is missing (`go build`, `mvn package`).
        case build
        /// Deletes from the caches.
        case clean
        /// Changes settings, puts the manager itself in place or removes packages (`npm config set`, `corepack enable`,
        /// `apt-get purge`): it brings no package in, and reads nothing of the project but manifests.
        case configure
        /// Anything else (`npm run build`).
        case other
    }

    /// What of the project an action reads.
    package enum Input: Sendable, Hashable {
        /// Nothing: the packages are named in the command.
        case nothing
        /// Manifests and lock files only.
        case manifests
        /// The project itself (`pip install .`, `go build`).
        case sources
        case unknown
    }

    /// One cache of the manager as this command uses it.
    package struct CacheUse: Sendable {
        package let cache: PackageManager.Cache
        /// Where the command may keep it, cleaned, the likeliest first.
        package let candidates: [String]
        /// It is in one of the candidates; false where it may also be somewhere else.
        package let isCertain: Bool
        /// Where it would be, in one of these, without the variables and flags that move it; empty where that is not known.
        package let defaultPaths: [String]
        /// What moved it; nil where nothing did.
        package let movedBy: Mover?
        package let coverage: Coverage

        /// Where the command keeps it.
        package var path: Fact<String> {
            isCertain && candidates.count == 1 ? .known(candidates[0]) : .unknown
        }
    }

    /// A variable or flag that decides where a cache is.
    package struct Mover: Sendable, Hashable {
        /// `PIP_CACHE_DIR`, `--cache-dir`.
        package let name: String
        package let value: Fact<String>
        /// Where it is set in the file; nil where the base image sets it.
        package let range: Range<Int>?
    }

    package enum Coverage: Sendable, Hashable {
        /// Index in `StepFacts.mounts` of the cache mount that holds it.
        case cacheMount(Int)
        /// Index in `StepFacts.mounts` of another mount (tmpfs, bind) that holds it.
        case otherMount(Int)
        /// In the layer.
        case none
        case unknown
    }

    /// A flag, variable or setting that switches a cache off.
    package struct Defeat: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// Index of the word in `command.words`.
            case flag(word: Int)
            /// A variable of the environment, or set for this command.
            case variable(name: String, value: String)
        }

        package let kind: Kind
        /// As written: `--no-cache-dir`, `PIP_NO_CACHE_DIR=1`.
        package let text: String
        /// In the file; nil where the base image sets it.
        package let range: Range<Int>?
    }
}
