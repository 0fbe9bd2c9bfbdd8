internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Git
internal import Project
internal import Repository
internal import SourceText

extension RepositoryComparison {
    /// What a build is made of on one side, with its Dockerfile.
    struct SideBuilds {
        var builds: [Build]
        /// Paths of the Dockerfiles that a snapshot or the work tree has.
        var dockerfiles: [String: SourceText]
        var makers = BuildMakers()
        /// What was read for what they state.
        var reads = ReadPaths()
    }

    mutating func report() async throws(ImpactError) -> ImpactReport {
        let headBuilds: SideBuilds
        let baseBuilds: SideBuilds?
        if let named = request.namedBuild {
            guard let build = named.build(in: history.root) else { throw .outside(named.dockerfile) }
            for case .directory(let folder) in [build.context] + Array(build.namedContexts.values)
            where !isFolder(folder) {
                throw .noFolder(folder)
            }
            headBuilds = SideBuilds(builds: [build], dockerfiles: [:])
            baseBuilds = headBuilds
        } else if let build = request.build {
            headBuilds = SideBuilds(builds: [build], dockerfiles: [:])
            baseBuilds = SideBuilds(builds: [request.buildAtBase ?? build], dockerfiles: [:])
        } else {
            if let loaded { headBuilds = loaded } else { headBuilds = try await builds(of: .head) }
            // The same files state the builds on both sides, unless the change touches one of them.
            let linked = linkedStatements()
            let isTouched =
                changes.contains { change in
                    (ReadCommits.isTrue(Project.concerns, of: change.path) || linked.contains(change.path))
                        && !Self.isDockerfile(change.path, headBuilds)
                } || readsDiffer(besides: headBuilds)
            baseBuilds = isTouched ? try await builds(of: .base) : headBuilds
            // A context that is guessed follows from the Dockerfile and from which files there are.
            let isGuessed = headBuilds.builds.contains { $0.statedBy.isEmpty }
            let staysSame = !changes.contains { change in
                ReadCommits.isTrue(Project.concerns, of: change.path)
                    || isGuessed && (change.base == nil) != (change.head == nil)
            }
            loaded = isTouched || staysSame ? baseBuilds : nil
        }
        let chosen = try await select(headBuilds.builds)
        let pairing = BuildPairing(head: headBuilds.builds, base: baseBuilds?.builds ?? [])
        let pairs = chosen.map { build -> (build: Build, before: Build?) in
            if request.build != nil { return (build, baseBuilds?.builds.first) }
            return (build, pairing.before(build))
        }
        let makers = (base: baseBuilds?.makers ?? BuildMakers(), head: headBuilds.makers)
        let comparison = self
        let impacts: [BuildImpact]
        do throws(GitError) {
            impacts = try await blobs.whole {
                await comparison.impacts(
                    of: pairs, makers, (comparison.largeFiles, comparison.attributeChanges))
            }
        } catch { throw .git(error) }
        if blobs.hasMissed, !notes.contains(.unforeseenFiles) { notes.append(.unforeseenFiles) }
        if request.names.isEmpty, let gone = baseBuilds?.builds {
            let now = Set(headBuilds.builds.map(\.dockerfile))
            for path in Set(gone.map(\.dockerfile)).subtracting(now).sorted() {
                notes.append(Note(path: path, message: "was built before, and is not any more"))
            }
        }
        let headName: ImpactReport.Head =
            switch request.head {
            case .workTree: .workTree
            case .staged: .staged
            case .commit: .commit(headCommit.description)
            case .files: .files
            }
        let unreadChanges = UnreadChanges(notes: notes, project: headProject).among(changes)
        return ImpactReport(
            base: baseCommit.description, head: headName, builds: impacts, notes: notes,
            unreadChanges: unreadChanges,
            changedPaths: request.allSteps
                ? changes.lazy.map { String(decoding: $0.path, as: UTF8.self) }
                    .filter { !$0.hasPrefix(".git/") }.prefix(Limits.recordedParts).map(\.self) : [])
    }

    /// Either side has it, or git does not know of it.
    func isFolder(_ path: String) -> Bool {
        let place = path == "." ? ContextPath.root : ContextPath(path)
        if base.isFolder(place) || head.isFolder(place) { return true }
        return isHeadOnDisk && head.isFolder(path)
    }

    /// What links lead to whose names are those of files that state builds.
    func linkedStatements() -> Set<[UInt8]> {
        Set(
            head.symlinks.compactMap { link in
                ReadCommits.isTrue(Project.concerns, of: link.bytes)
                    ? Self.target(of: link, in: head)?.bytes : nil
            })
    }

    /// Whether a file that was read for what the head states is another at the base: one that a statement names, or one
    /// behind links.
    func readsDiffer(besides builds: SideBuilds) -> Bool {
        guard !changes.isEmpty else { return false }
        return builds.reads.all.contains { path in
            if builds.dockerfiles[path] != nil { return false }
            let (old, new) = (resolvedEntry(path, base), resolvedEntry(path, head))
            return old?.kind != new?.kind || old?.id != new?.id || old != nil && old?.id == nil
        }
    }

    static func isDockerfile(_ path: [UInt8], _ builds: SideBuilds) -> Bool {
        builds.dockerfiles[String(decoding: path, as: UTF8.self)] != nil
    }

    func select(_ builds: [Build]) async throws(ImpactError) -> [Build] {
        if request.names.isEmpty { return builds }
        var chosen: [Build] = []
        for name in request.names {
            let found = places(named: name).lazy.map { place in
                builds.filter { build in
                    build.name == name || place.isEmpty || build.dockerfile == place
                        || build.dockerfile.hasPrefix(place + "/")
                }
            }.first { !$0.isEmpty }
            guard let found else {
                throw .unknownBuild(name, known: builds.map(\.name), meant: await optionsMeant(by: name))
            }
            chosen += found.filter { build in !chosen.contains { $0.name == build.name } }
        }
        return chosen
    }

    /// What a path may stand for, relative to the root: it is relative to the folder that the command was started in, or
    /// to the root.
    func places(named name: String) -> [String] {
        let inside = request.folder.hasPrefix(history.root + "/")
        let here = inside ? String(request.folder.dropFirst(history.root.utf8.count)) : ""
        return [here + "/" + name, "/" + name].map { String(ContainerPath.clean($0).dropFirst()) }
    }

    func isThere(_ path: String) -> Bool { head.entry(ContextPath(path)) != nil }

    /// The options for a revision, or one more file, that stands where a build is to.
    /// - Returns: nil where it is neither.
    func optionsMeant(by name: String) async -> String? {
        if case .files = request.head, places(named: name).contains(where: isThere) {
            return "--files …,\(name)"
        }
        if let range = RevisionRange(name) { return "--base \(range.base) --head \(range.head)" }
        return (try? await history.commit(name)).map { _ in "--base \(name)" }
    }

    /// The builds that one side states.
    mutating func builds(of side: ContextComparison.SideName) async throws(ImpactError) -> SideBuilds {
        let reads = ReadPaths()
        let project = try await project(side, noting: reads)
        if side == .head {
            notes += project.notes
            headProject = project
        } else {
            inlineAtBase = project.inlineDockerfiles
        }
        return SideBuilds(
            builds: project.builds, dockerfiles: project.dockerfiles,
            makers: BuildMakers(project.builds, project.buildStatements), reads: reads)
    }

    /// What one side holds of builds. git has told which files there are, so that no folder is searched.
    mutating func project(_ side: ContextComparison.SideName, noting reads: ReadPaths)
        async throws(ImpactError)
        -> Project
    {
        let tree = tree(side)
        let listed = concerning.compactMap { path -> ListedFile? in
            guard let kind = tree.entry(path)?.kind, kind != .submodule else { return nil }
            return ListedFile(path: path.bytes, isLink: kind == .symlink)
        }
        var options = request.options
        options.keepsParsed = side == .head
        do throws(LoadError) {
            return try await Project.load(from: tree.noting(reads), listed: listed, options: options)
        } catch { throw .project(error) }
    }

    private var largeFiles: LargeFiles? {
        bytes(Self.attributesFile.description, .head).flatMap(LargeFiles.init(attributes:))
    }

    private var attributeChanges: AttributeChanges { AttributeChanges(changes) { bytes($0, $1) } }

    /// The head is what the work tree has, with files that git ignores.
    var isHeadOnDisk: Bool {
        switch request.head {
        case .workTree, .staged, .files: true
        case .commit: false
        }
    }

}
