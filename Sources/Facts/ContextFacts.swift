package import BuildContext
import Dockerfile
package import Project
import Repository
import Synchronization

/// The build context of one build, read when it is first asked.
package final class ContextFacts: Sendable {
    package let source: BuildSource
    private let store: ContextStore
    private let dockerfile: String
    private let opened = Mutex<Opened?>(nil)
    private let found = Mutex<[ContextRead]?>(nil)
    private let taken = Mutex<[ContextSource: [ContextEntry]]>([:])

    private enum Opened: Sendable {
        case context(BuildContext)
        case failed(String)
    }

    /// - Parameter store: the contexts of the build's project.
    package init(build: Build, in store: ContextStore) {
        self.store = store
        source = build.context
        dockerfile = build.dockerfile
    }

    /// A context that is at hand, for tests.
    package init(_ context: BuildContext, directory: String = ".", dockerfile: String = "Dockerfile") {
        store = ContextStore(of: Snapshot(onDisk: ""))
        source = .directory(directory)
        self.dockerfile = dockerfile
        opened.withLock { $0 = .context(context) }
    }

    /// The context; nil where it is no folder of the repository, or cannot be read.
    package var context: BuildContext? {
        if case .context(let context)? = open() { context } else { nil }
    }

    /// Whether git keeps files of the context as executable.
    /// - Returns: an answer for each, in their order; nil for one that it does not track, and where that cannot be told.
    package func areExecutableInGit(_ paths: [ContextPath]) -> [Bool?] {
        guard case .directory(let folder) = source else { return paths.map { _ in nil } }
        let prefix = folder == "." ? [] : Array("\(folder)/".utf8)
        return paths.map { store.isExecutableInGit(prefix + $0.bytes) }
    }

    /// The context, where something has asked for it already.
    package var openedContext: BuildContext? {
        opened.withLock { opened in
            if case .context(let context)? = opened { context } else { nil }
        }
    }

    /// What the build takes from the context, found once for all checks.
    package func reads(finding: () -> [ContextRead]) -> [ContextRead] {
        found.withLock { found in
            if let found { return found }
            let reads = finding()
            found = reads
            return reads
        }
    }

    /// The files and folders that a source takes along, found once for all checks.
    package func entries(
        takenBy source: ContextSource, finding: () -> [ContextEntry]
    ) -> [ContextEntry] {
        if let known = taken.withLock({ $0[source] }) { return known }
        let entries = finding()
        taken.withLock { $0[source] = entries }
        return entries
    }

    /// Whether a source would find something if the context were another folder of the project.
    /// - Parameter directory: relative to the project's root.
    package func finds(_ source: ContextSource, in directory: String) -> Bool {
        guard let other = try? store.context(directory: directory, dockerfile: dockerfile) else {
            return false
        }
        return other.selection(of: source).outcome == .found
    }

    /// Why there is none, as a sentence; nil where there is one, or where it is not ours to read.
    package var failure: String? {
        if case .failed(let reason)? = open() { reason } else { nil }
    }

    private func open() -> Opened? {
        guard case .directory(let directory) = source else { return nil }
        return opened.withLock { opened in
            if let opened { return opened }
            let result: Opened
            do throws(ContextError) {
                result = .context(try store.context(directory: directory, dockerfile: dockerfile))
            } catch {
                result = .failed(error.message)
            }
            opened = result
            return result
        }
    }
}

extension StepFacts {
    /// What the step takes from the build context: the sources of COPY and ADD without addresses, and bind mounts.
    /// Sources whose text a variable decides are left out; `hasUnknownSources` tells of them.
    package var contextSources: [ContextSource] {
        var sources: [ContextSource] = []
        if case .copy(let written) = instruction.body, let copy = step.copy, copy.origin == .context {
            for source in copy.sources where source.isCertain && !Self.isAddress(source.text) {
                sources.append(
                    ContextSource(path: source.text, excludes: copy.excludes, parents: written.parents))
            }
        }
        for mount in step.mounts where mount.mount.kind == .bind && mount.origin == .context {
            guard let source = mount.source else {
                sources.append(ContextSource(path: "/", allowsWildcards: false))
                continue
            }
            if source.isCertain { sources.append(ContextSource(path: source.text, allowsWildcards: false)) }
        }
        return sources
    }

    /// It takes something from the context that a variable decides.
    package var hasUnknownSources: Bool {
        if let copy = step.copy, copy.origin == .context, copy.sources.contains(where: { !$0.isCertain }) {
            return true
        }
        return step.mounts.contains {
            $0.mount.kind == .bind && $0.origin == .context && $0.source?.isCertain == false
        }
    }

    /// What ADD fetches instead of copying.
    private static func isAddress(_ text: String) -> Bool {
        text.contains("://") || text.hasPrefix("git@")
    }
}
