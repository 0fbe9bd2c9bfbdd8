internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Project
internal import Repository

/// What the files of a repository do not tell of a build.
struct BlindSpots {
    let build: Build
    let dockerfile: EvaluatedDockerfile
    let context: ContextComparison?
    let head: Snapshot
    /// Paths that git ignores and the work tree has; folders end with `/`.
    let ignored: [[UInt8]]
    let hasGitFolder: Bool
    let largeFiles: LargeFiles?
    let attributeChanges: AttributeChanges
    /// Addresses that were or are named without their checksum.
    let pins: [String: String]
    /// Contexts and images that other builds of the repository make.
    var made: Set<String> = []
    /// Arguments whose values are known to differ.
    var volatile: Set<String> = []
    /// What would end the build unless somebody passed arguments that nothing gives a value.
    var open: [BuildObstacles.Open] = []

    /// A file whose checkout differs although its blob may not.
    private func rewritten(in folder: ContextPath, _ isTaken: ([UInt8]) -> Bool) -> BlindSpot? {
        if attributeChanges.isEmpty { return nil }
        var work = WorkBudget(Limits.attributesWork)
        var decisive = ""
        let file = head.firstFile(in: folder) { path in
            guard let by = attributeChanges.file(for: path.bytes, work: &work), isTaken(path.bytes) else {
                return false
            }
            decisive = by
            return true
        }
        if let file {
            return BlindSpot(
                .attributes, decisive,
                "\(decisive) changes how git writes \(file) and others like it: whether a checkout holds the same is not told."
            )
        }
        return work.isSpent
            ? BlindSpot(
                .attributes, ".gitattributes",
                "The patterns of .gitattributes take too long: which files git writes in another way is not told."
            ) : nil
    }

    func all() -> [BlindSpot] {
        var spots: [BlindSpot] = []
        func add(_ spot: BlindSpot) {
            if !spots.contains(spot) { spots.append(spot) }
        }
        for directive in dockerfile.parsed.directives where directive.name == .syntax {
            if !Self.isPinned(directive.value) {
                add(
                    BlindSpot(
                        .syntaxImage, directive.value,
                        "A newer \(directive.value) may read the Dockerfile otherwise."))
            }
        }
        for stage in dockerfile.stages where stage.isReachable {
            if case .image(let image) = stage.base { floating(image).map(add) }
            for step in stage.steps {
                for mount in step.mounts {
                    if case .image(let image) = mount.origin, image != "scratch" {
                        floating(Expanded(image)).map(add)
                    }
                }
                guard let copy = step.copy else { continue }
                if case .image(let image) = copy.origin { floating(Expanded(image)).map(add) }
                guard step.instruction.keyword == .add, case .copy(let written) = step.instruction.body
                else { continue }
                for source in copy.sources where StepKeys.isAddress(source.text) {
                    if written.checksum == nil {
                        add(
                            BlindSpot(
                                .movingURL, source.text, "What \(source.text) holds may change at any time."))
                    } else if pins[source.text] != nil {
                        add(
                            BlindSpot(
                                .movingURL, source.text,
                                "Whether \(source.text) held before what its checksum says now is not known.")
                        )
                    }
                }
            }
        }
        for name in Set(open.flatMap(\.arguments)).sorted() {
            add(
                BlindSpot(
                    .unknownArgument, name,
                    "Nothing in the repository gives \(name) a value, and the build fails without one: it is taken to be the "
                        + "same on both sides. State the build, or pass it with --file and --build-arg \(name)=VALUE."
                ))
        }
        for (name, value) in build.args.sorted(by: { $0.key < $1.key })
        where value == nil && !volatile.contains(name) {
            add(
                BlindSpot(
                    .unknownArgument, name,
                    "The build passes \(name), but the repository does not tell its value."))
        }
        if build.unknownOptions.contains("target") {
            add(
                BlindSpot(
                    .unknownArgument, "--target",
                    "The build names a target that the repository does not tell: told is the last stage."))
        }
        if build.unknownOptions.contains("platform") {
            add(
                BlindSpot(
                    .platform, build.platforms.first ?? "",
                    "The build names a platform that the repository does not tell: told is \(build.platforms.first ?? "one")."
                ))
        }
        if let statement = build.openStatement {
            add(
                BlindSpot(
                    .unknownArgument, "\(statement.path):\(statement.line)",
                    "\(statement.path):\(statement.line) passes options that the repository does not tell: what they change "
                        + "is not seen."))
        }
        contextSpots().forEach(add)
        outsideSpots().forEach(add)
        return spots
    }

    private func floating(_ image: Expanded) -> BlindSpot? {
        if image.text.isEmpty || image.text == "scratch" || Self.isPinned(image.text)
            || made.contains(ImageReference.normalized(image.text))
        {
            return nil
        }
        return BlindSpot(
            .floatingTag, image.text,
            "The tag of \(image.text) may be moved to another image at any time"
                + (build.pulls
                    ? ", and the build asks for it each time (--pull): all steps run again then." : "."))
    }

    private static func isPinned(_ image: String) -> Bool {
        image.utf8.contains(UInt8(ascii: "@")) && image.contains("@sha256:")
    }

    /// Contexts that are no folder of the repository, where a step takes anything of them.
    private func outsideSpots() -> [BlindSpot] {
        if case .directory = build.context, build.namedContexts.isEmpty { return [] }
        let stages = dockerfile.stages.filter(\.isReachable)
        let origins = stages.flatMap(\.steps).flatMap { step in
            [step.copy?.origin].compactMap { $0 }
                + step.mounts.filter { $0.mount.kind == .bind }.map(\.origin)
        }
        func spot(_ what: String, _ source: BuildSource) -> BlindSpot? {
            let place: String
            switch source {
            case .directory: return nil
            case .elsewhere(let text): place = ", \(text), is not a folder of this repository"
            case .unknown: place = " cannot be told"
            }
            return BlindSpot(
                .outsideContext, what,
                "\(what.prefix(1).uppercased())\(what.dropFirst())\(place); no change of it is seen.")
        }
        var spots: [BlindSpot?] = []
        if origins.contains(.context) { spots.append(spot("the context", build.context)) }
        for (name, source) in build.namedContexts.sorted(by: { $0.key < $1.key }) {
            let isBase = stages.contains { stage in
                if case .namedContext(name) = stage.base { true } else { false }
            }
            guard isBase || origins.contains(.namedContext(name)), !made.contains(name) else { continue }
            spots.append(spot("the named context \(name)", source))
        }
        return spots.compactMap { $0 }
    }

    /// What of the context git does not have; only where a step takes the whole of a folder that holds it.
    private func contextSpots() -> [BlindSpot] {
        guard let context else { return [] }
        var known: [ContextPath]?
        func folders() -> [ContextPath] {
            let folders = known ?? takenFolders
            known = folders
            return folders
        }
        let tree = context.head.tree
        let patterns = context.head.context.ignoreFile?.compiled ?? PathPatterns()
        func isTaken(_ path: [UInt8]) -> Bool {
            let place = ContextPath(bytes: path)
            guard place.isInside(tree.root), place != tree.root else { return false }
            let inside = tree.relative(path)
            return !patterns.decide(inside).isMatch && folders().contains { inside.isInside($0) }
        }
        var spots: [BlindSpot] = []
        if hasGitFolder, isTaken(Array(".git/index".utf8)) {
            spots.append(
                BlindSpot(
                    .gitFolder, ".git",
                    "The context has the .git folder, which any git command may change; leave it out with .dockerignore."
                ))
        }
        let taken = ignored.map { $0.last == UInt8(ascii: "/") ? Array($0.dropLast()) : $0 }.filter(isTaken)
        if let first = taken.first {
            let name = String(decoding: first, as: UTF8.self)
            spots.append(
                BlindSpot(
                    .ignoredFiles, name,
                    "The context has files that git ignores and whose changes it cannot show: \(name)"
                        + (taken.count > 1 ? " and \(taken.count - 1) more." : ".")))
        }
        if let largeFiles {
            let kept = head.firstFile(in: tree.root) { path in
                largeFiles.contain(path.bytes) && isTaken(path.bytes)
            }
            if let kept {
                spots.append(
                    BlindSpot(
                        .largeFiles, kept.description,
                        "Git LFS keeps \(kept) and others like it: where their content is not fetched, a build takes their pointers."
                    ))
            }
            if largeFiles.isCutShort {
                spots.append(
                    BlindSpot(
                        .limit, ".gitattributes",
                        "The patterns of .gitattributes take too long: which files Git LFS keeps is not told."
                    ))
            }
        }
        if let spot = rewritten(in: tree.root, isTaken) { spots.append(spot) }
        for path in head.submodulePaths.sorted() where isTaken(path.bytes) {
            spots.append(
                BlindSpot(
                    .submodule, path.description,
                    head.isSubmodulePresent(path)
                        ? "Changes inside of the submodule \(path) are seen only once they are committed there and here."
                        : "The submodule \(path) is not checked out here; where it is, a new commit of it changes the context."
                ))
        }
        return spots
    }

    /// Folders of the context that a COPY or mount takes as a whole.
    private var takenFolders: [ContextPath] {
        var folders: [ContextPath] = []
        func add(_ path: String) {
            let parts = path.utf8.split(separator: UInt8(ascii: "/")).filter {
                !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
            let wild = parts.firstIndex { $0.contains { "*?[".utf8.contains($0) } } ?? parts.count
            folders.append(
                ContextPath(
                    bytes: Array(parts[..<wild].map(Array.init).joined(separator: [UInt8(ascii: "/")]))))
        }
        for stage in dockerfile.stages where stage.isReachable {
            for step in stage.steps {
                if let copy = step.copy, copy.origin == .context { copy.sources.forEach { add($0.text) } }
                for mount in step.mounts where mount.mount.kind == .bind && mount.origin == .context {
                    add(mount.source?.text ?? "/")
                }
            }
        }
        return folders
    }
}
