import Diagnostics
import Dockerfile
import Git
package import Repository
import SourceText

extension Project {
    /// Reads what a repository says of its image builds.
    /// - Parameters:
    ///   - paths: files and folders, absolute or relative to the working directory; none for the working directory.
    ///     All lie in one repository. Builds are limited to Dockerfiles in them; a file that is named is always
    ///     examined. What states builds is looked for in the whole repository.
    ///   - options: see there.
    /// - Throws: for a path that does not exist, and for a mistake in the configuration. All else becomes a note.
    package static func load(_ paths: [String], options: LoadOptions = LoadOptions()) async throws(LoadError)
        -> Project
    {
        var loader = try ProjectLoader(paths: paths, options: options)
        try await loader.load()
        return loader.project
    }

    /// Reads what a snapshot of a repository says of its image builds.
    /// - Parameters:
    ///   - selection: what of it is asked for.
    ///   - listed: the files that `concerns` is true of, where they are known: then no folder is searched.
    /// - Throws: for a mistake in the configuration. All else becomes a note.
    package static func load(
        from snapshot: Snapshot, _ selection: Selection = .all, listed: [ListedFile]? = nil,
        options: LoadOptions
    ) async throws(LoadError) -> Project {
        let loaded: Result<Project, LoadError>
        do throws(GitError) {
            loaded = try await snapshot.whole {
                var loader = ProjectLoader(snapshot, selection, listed: listed, options: options)
                do throws(LoadError) { try await loader.load() } catch { return .failure(error) }
                return .success(loader.project)
            }
        } catch {
            throw .path(snapshot.root, reason: "\(error)")
        }
        var project = try loaded.get()
        if snapshot.hasMissed { project.notes.append(.unforeseenFiles) }
        return project
    }

    /// The absolute path of the root that `load` finds for the same paths.
    /// - Throws: for a path that does not exist, or lies in another repository than the first.
    package static func root(of paths: [String]) throws(LoadError) -> String {
        try ProjectLoader(paths: paths, options: LoadOptions()).files.root
    }

    /// What `load` reads first, and nothing else.
    /// - Throws: as `load`.
    package static func configuration(
        of paths: [String], options: LoadOptions
    ) throws(LoadError) -> Configuration {
        var loader = try ProjectLoader(paths: paths, options: options)
        try loader.readConfiguration()
        return loader.configuration
    }
}

/// A file that git has told of: a regular one, or a link.
package struct ListedFile: Sendable {
    package let path: [UInt8]
    package let isLink: Bool

    package init(path: [UInt8], isLink: Bool) {
        self.path = path
        self.isLink = isLink
    }
}
