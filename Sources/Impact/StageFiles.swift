internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Repository

/// What stages have at a path.
extension StepKeys {
    /// What a stage has at a path: the steps that could have put it there, from the last one back.
    func key(stage index: Int, path: String) -> CacheKey {
        guard index < stages.count else { return CacheKey(KeyDigest(.absentStage, .number(index))) }
        let place = Place(stage: index, path: path)
        if let known = search.keys[place] { return known }
        guard search.enter() else { return unfollowed(place) }
        let key = computeKey(place)
        search.leave()
        search.keys[place] = key
        return key
    }

    /// Equal where the whole stage is; whether it may be equal otherwise is not looked into.
    func unfollowed(_ place: Place) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.unfollowed, .key(chains[place.stage].certain), .text(place.path)),
            hopeful: KeyDigest(.unfollowed))
    }

    func computeKey(_ place: Place) -> CacheKey {
        let path = place.path
        let hasImage = haveImage[place.stage]
        /// What lies over the rest, from the last one back.
        var above: [Layer] = []
        /// What RUNs above may have deleted or overwritten.
        var rewritten: [String] = []
        var isAllRewritten = false
        var index = place.stage
        /// What is below it all.
        var bottom: CacheKey?
        while bottom == nil {
            let effects = stages[index]
            for effect in effects.reversed() {
                guard search.budget.spend() else { return unfollowed(place) }
                switch effect {
                case .run(let key, let run):
                    if let link = run?.links.last(where: { isInside(path, $0.path) }) {
                        // BuildKit follows it, to whatever the later steps have put there.
                        let target = self.key(
                            stage: place.stage, path: link.target + path.dropFirst(link.path.count))
                        bottom = CacheKey(
                            certain: KeyDigest(
                                .throughLink, .key(key.certain), .key(target.certain), .text(path)),
                            hopeful: KeyDigest(.throughLink, .key(target.hopeful), .text(path)))
                    } else {
                        above.append(.run(key))
                        rewritten += (run?.rewritten ?? []).filter {
                            isInside($0, path) || isInside(path, $0) || hasWildcard($0) || hasWildcard(path)
                        }
                        isAllRewritten = isAllRewritten || run?.mayRewriteAll ?? false
                    }
                case .unknown(let key):
                    bottom = CacheKey(
                        certain: KeyDigest(.files, .key(key.certain)),
                        hopeful: KeyDigest(.files, .key(key.hopeful)))
                case .folder(let folder, let owner, let isCertain):
                    let made = CacheKey(KeyDigest(.madeFolder, .text(folder), .text(owner)))
                    if !isCertain {
                        above.append(.maybe(made.certain))
                    } else if let inside = relative(folder, to: path)
                        ?? (canMatch(path, folder) ? folder : nil)
                    {
                        above.append(
                            .files(CacheKey(KeyDigest(.madeFolder, .text(inside), .text(owner)))))
                    }
                case .copy(let copy):
                    guard copy.isPlaceCertain || path == "/" else {
                        above.append(.maybe(anywhere(copy)))
                        continue
                    }
                    guard var file = landing(of: copy, at: path, in: place) else {
                        if hasImage, let other = underOtherName(copy, path, place) {
                            above.append(.maybe(other))
                        }
                        continue
                    }
                    if isAllRewritten || !rewritten.isEmpty {
                        let left = isAllRewritten ? nil : self.left(of: copy, at: path, rewritten, in: place)
                        file.key = CacheKey(
                            certain: file.key.certain, hopeful: left ?? KeyDigest(.rewritten))
                    }
                    // Nothing below shows through a file; but one that is copied to a folder lands in it.
                    if file.isFinal, copy.place != path || !isFolder(path, in: place.stage) {
                        bottom = file.key
                    } else {
                        above.append(.files(file.key))
                    }
                case .image(let reference): bottom = imageKey(reference, path: path)
                case .build(let other): bottom = key(of: other, path: path)
                case .context(let context):
                    let source = ContextSource(path: path, allowsWildcards: false)
                    bottom = CacheKey(KeyDigest(.files, .key(digest(context, source))))
                case .stage(let parent):
                    // Known where the same was asked of the parent; what RUNs here rewrite is not known there.
                    if rewritten.isEmpty, !isAllRewritten, links[place.stage].isEmpty {
                        bottom = search.keys[Place(stage: parent, path: path)]
                    }
                    index = parent
                }
                if bottom != nil { break }
            }
            if bottom == nil, effects.first?.isStage != true { bottom = CacheKey(KeyDigest(.files)) }
        }
        return above.reversed().reduce(bottom ?? CacheKey(KeyDigest(.files))) { below, layer in
            switch layer {
            case .run(let key):
                CacheKey(
                    certain: KeyDigest(.outputOf, .key(key.certain), .text(path)),
                    hopeful: below.hopeful)
            case .files(let key):
                CacheKey(
                    certain: KeyDigest(.above, .key(below.certain), .key(key.certain)),
                    hopeful: KeyDigest(.above, .key(below.hopeful), .key(key.hopeful)))
            case .maybe(let digest):
                CacheKey(
                    certain: KeyDigest(.mayBeCopied, .key(below.certain), .key(digest)),
                    hopeful: below.hopeful)
            }
        }
    }

    /// Whether a step of a stage has put something below a path.
    func isFolder(_ path: String, in stage: Int) -> Bool {
        var index: Int? = stage
        while let current = index {
            index = nil
            for effect in stages[current] {
                guard search.budget.spend() else { return true }
                switch effect {
                case .copy(let copy): if copy.place != path, isInside(copy.place, path) { return true }
                case .folder(let folder, _, _): if isInside(folder, path) { return true }
                case .stage(let parent): index = parent
                default: continue
                }
            }
        }
        return false
    }

    func isInside(_ path: String, _ folder: String) -> Bool { relative(path, to: folder) != nil }

    /// Follows the links on the way to what a COPY writes: those that RUNs make, and those that earlier COPYs bring. A
    /// folder may be a link itself; what becomes of a file that is written onto one is not told.
    func follow(
        _ copy: inout Copy, _ links: [(path: String, target: String)], _ effects: [Effect]
    ) {
        for _ in 0..<Limits.followedSymlinks {
            let path = copy.place
            if let link = links.last(where: { isInside(path, $0.path) }) {
                if path == link.path, !copy.isFolderDestination {
                    copy.isPlaceCertain = false
                    return
                }
                copy.place = link.target + path.dropFirst(link.path.count)
            } else if let (target, rest) = copiedLink(on: path, effects) {
                guard let target, !rest.isEmpty || copy.isFolderDestination else {
                    copy.isPlaceCertain = false
                    return
                }
                copy.place = cleaned(target + "/" + rest)
            } else {
                return
            }
        }
        copy.isPlaceCertain = false
    }

    func mayBringLinks(_ copy: Copy) -> Bool {
        copy.sources.contains { source in
            switch source.content {
            case .context(let context, _): context.mayHoldSymlinks
            case .stage(let index, _): !links[index].isEmpty || !bringingLinks[index].isEmpty
            default: false
            }
        }
    }

    /// The link on the way to a path that a COPY brings, in the effects of a stage that may bring one and in those of the
    /// stages that it continues: where it leads, and what of the path is below it. Where one leads that comes from another stage is not
    /// followed: nil.
    func copiedLink(on path: String, _ effects: [Effect]) -> (target: String?, rest: String)? {
        for effect in effects.reversed() {
            guard search.budget.spend() else { return nil }
            switch effect {
            case .copy(let copy):
                guard let inside = relative(path, to: copy.place), !inside.isEmpty else { continue }
                for source in copy.sources.reversed() {
                    if case .stage(let index, let sourcePath) = source.content {
                        let place = cleaned(sourcePath + "/" + inside)
                        if let link = links[index].last(where: { isInside(place, $0.path) }) {
                            return (nil, String(place.dropFirst(link.path.count)))
                        }
                        if let found = copiedLink(on: place, bringingLinks[index]) {
                            return (nil, found.rest)
                        }
                    }
                    guard case .context(let context, let contextSource) = source.content,
                        case .link(_, let link, let target, let rest) = context.landing(
                            contextSource, at: ContextPath(inside),
                            isFolderDestination: copy.isFolderDestination)
                    else { continue }
                    let folder = cleaned(copy.place + "/" + link + "/..")
                    return (target.hasPrefix("/") ? cleaned(target) : cleaned(folder + "/" + target), rest)
                }
            case .stage(let parent):
                if let found = copiedLink(on: path, bringingLinks[parent]) { return found }
            default: continue
            }
        }
        return nil
    }

    /// All that a COPY takes, wherever it puts it.
    func anywhere(_ copy: Copy) -> KeyDigest {
        let keys = copy.sources.map { KeyDigest.Part.key(self.key(of: $0.content).certain) }
        return KeyDigest(.mayBeCopied, [.text(copy.destination), .key(copy.options)] + keys)
    }

    /// What a COPY brings to a path if the image has one of the usual links.
    func underOtherName(_ copy: Copy, _ path: String, _ place: Place) -> KeyDigest? {
        for name in ImageLinks.otherNames(of: copy.place) {
            var other = copy
            other.place = name
            if let file = landing(of: other, at: path, in: place) { return file.key.certain }
        }
        for name in ImageLinks.otherNames(of: path) {
            if let file = landing(of: copy, at: name, in: place) { return file.key.certain }
        }
        return nil
    }

    /// What a COPY of a folder of the context brings to a path but for what is deleted or overwritten later.
    /// - Returns: nil where that is all of it, or cannot be told.
    func left(of copy: Copy, at path: String, _ rewritten: [String], in place: Place) -> KeyDigest? {
        guard copy.sources.count == 1, !copy.isAdd, !hasWildcard(path),
            case .context(let context, let source) = copy.sources[0].content, !source.parents,
            !rewritten.contains(where: { isInside(path, $0) })
        else { return nil }
        // Patterns of an exclude are relative to the source, which becomes the destination.
        let inDestination = rewritten.compactMap { relative($0, to: copy.place) }
        guard inDestination.allSatisfy({ !$0.isEmpty }), context.isFolder(source) else {
            return nil
        }
        if isInside(copy.place, path) {
            if inDestination.isEmpty { return landing(of: copy, at: path, in: place)?.key.hopeful }
            let less = ContextSource(path: source.path, excludes: source.excludes + inDestination)
            return KeyDigest(
                .copiedWhole, .text(copy.place), .key(copy.options), .key(digest(context, less)))
        }
        guard let inside = relative(path, to: copy.place) else { return nil }
        let below = rewritten.compactMap { relative($0, to: path) }
        if below.isEmpty { return landing(of: copy, at: path, in: place)?.key.hopeful }
        guard
            case .folder(let folder) = context.landing(
                source, at: ContextPath(inside), isFolderDestination: copy.isFolderDestination)
        else { return nil }
        let less = ContextSource(path: folder.path, excludes: below, allowsWildcards: false)
        return KeyDigest(.copiedFolder, .key(digest(context, less)), .key(copy.options))
    }

    /// What a COPY brings to a path of its stage; nil where it does not touch it.
    func landing(of copy: Copy, at path: String, in place: Place) -> (key: CacheKey, isFinal: Bool)? {
        let destination = copy.place
        let options = KeyDigest.Part.key(copy.options)
        // The path is a folder that holds the destination, or is it: all that is copied is part of it.
        let above = relative(destination, to: path)
        let inside = relative(path, to: destination)
        guard above != nil || inside != nil || hasWildcard(path) else { return nil }
        func whole(_ place: String) -> CacheKey {
            let keys: [(CacheKey, String)] = copy.sources.map { (self.key(of: $0.content), $0.name) }
            return CacheKey(
                certain: KeyDigest(
                    .copiedWhole,
                    [.text(place), options]
                        + keys.flatMap { [.key($0.certain), .text($1)] as [KeyDigest.Part] }),
                hopeful: KeyDigest(
                    .copiedWhole,
                    [.text(place), options]
                        + keys.flatMap { [.key($0.hopeful), .text($1)] as [KeyDigest.Part] }))
        }
        if hasWildcard(path) {
            guard canMatch(path, destination) else { return nil }
            return (selected(of: copy, by: path) ?? whole(destination), false)
        }
        if let above, !above.isEmpty { return (whole(above), false) }
        guard let inside else { return nil }
        if copy.isAdd { return inside.isEmpty ? (whole(""), false) : (hidden(copy), false) }
        // Sources are looked at from the last one back: a later one wins.
        for source in copy.sources.reversed() {
            switch source.content {
            case .context(let context, let contextSource):
                let found = context.landing(
                    contextSource, at: ContextPath(inside),
                    isFolderDestination: copy.isFolderDestination)
                switch found {
                case .file(let digest):
                    return (CacheKey(KeyDigest(.copiedFile, .key(digest), options)), true)
                case .folder(let folder):
                    return (
                        CacheKey(
                            KeyDigest(.copiedFolder, .key(digest(context, folder)), options)),
                        false
                    )
                case .link(let digest, let link, let target, let rest):
                    // A link that is copied is followed in the files of the stage (`fs.RootPath`).
                    let folder = cleaned(destination + "/" + link + "/..")
                    let leadsTo = target.hasPrefix("/") ? cleaned(target) : cleaned(folder + "/" + target)
                    let key = self.key(stage: place.stage, path: cleaned(leadsTo + "/" + rest))
                    return (
                        CacheKey(
                            certain: KeyDigest(.throughLink, .key(digest), .key(key.certain)),
                            hopeful: KeyDigest(.throughLink, .key(digest), .key(key.hopeful))),
                        true
                    )
                case .nothing: continue
                case .unclear: return inside.isEmpty ? (whole(""), false) : (hidden(copy), false)
                }
            case .inline(let digest):
                if inside.isEmpty, copy.isFolderDestination { return (whole(""), false) }
                let isNamed = inside == source.name
                guard isNamed || inside.isEmpty && !copy.isFolderDestination else { continue }
                return (CacheKey(KeyDigest(.copiedFile, .key(digest), options)), true)
            case .stage(let index, let sourcePath):
                if hasWildcard(sourcePath) {
                    return inside.isEmpty ? (whole(""), false) : (hidden(copy), false)
                }
                let key = nested(copy, inside, source.name, sourcePath) { self.key(stage: index, path: $0) }
                return (wrapped(key, options), false)
            case .image(let reference, let sourcePath):
                let key = nested(copy, inside, source.name, sourcePath) { self.imageKey(reference, path: $0) }
                return (wrapped(key, options), false)
            case .build(let other, let sourcePath):
                let key = nested(copy, inside, source.name, sourcePath) { self.key(of: other, path: $0) }
                return (wrapped(key, options), false)
            case .fixed, .anything: return (whole(inside), false)
            }
        }
        return nil
    }

    /// What a COPY of folders of the context brings to the paths below its destination that a pattern selects.
    /// - Returns: nil where it cannot be told.
    func selected(of copy: Copy, by pattern: String) -> CacheKey? {
        let parts = pattern.split(separator: "/")
        let folder = copy.place.split(separator: "/")
        guard !copy.isAdd, parts.count > folder.count, parts.starts(with: folder) else { return nil }
        let rest = parts[folder.count...].joined(separator: "/")
        var found: [KeyDigest.Part] = [.key(copy.options)]
        for source in copy.sources {
            guard case .context(let context, let contextSource) = source.content else { return nil }
            switch context.landing(contextSource, matching: rest) {
            case .folder(let folder): found.append(.key(digest(context, folder)))
            case .nothing: continue
            case .file, .unclear, .link: return nil
            }
        }
        return CacheKey(KeyDigest(.selected, found))
    }

    /// Files of another stage land under their own names in a folder, and as the destination otherwise; which of the two
    /// it is cannot always be told, and the answer is the same for both sides.
    func nested(
        _ copy: Copy, _ inside: String, _ name: String, _ source: String, _ key: (String) -> CacheKey
    ) -> CacheKey {
        if copy.isFolderDestination, inside == name { return key(source) }
        return key(inside.isEmpty ? source : cleaned(source + "/" + inside))
    }

    func wrapped(_ key: CacheKey, _ options: KeyDigest.Part) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.copiedOut, .key(key.certain), options),
            hopeful: KeyDigest(.copiedOut, .key(key.hopeful), options))
    }

    /// Something is copied to the folder that holds the path, but whether it reaches the path cannot be told.
    func hidden(_ copy: Copy) -> CacheKey {
        let keys = copy.sources.map { KeyDigest.Part.key(self.key(of: $0.content).certain) }
        return CacheKey(
            certain: KeyDigest(.mayBeCopied, keys),
            hopeful: KeyDigest(.mayBeCopied))
    }

}
