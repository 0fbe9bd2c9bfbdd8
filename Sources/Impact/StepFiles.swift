internal import BuildContext
internal import Dockerfile
internal import Repository

/// Where steps take files from.
extension StepKeys {
    func digest(_ context: ContextKeys, _ source: ContextSource) -> KeyDigest {
        context.digest(source, isShared: shared.contains(source.identity))
    }

    func content(
        _ origin: FileOrigin, _ expanded: Expanded, written: String, _ source: ContextSource,
        _ environment: Environment
    ) -> Content {
        let path = expanded.text
        if !expanded.isCertain {
            // It may lead anywhere, and should a plain build take it as it reads here, to what it says.
            let whole = content(
                origin, Expanded("/"), written: "/", ContextSource(path: "/", allowsWildcards: false),
                environment)
            let all = key(of: whole).certain
            let text = marked(written)
            let hopeful =
                isKnownUnlessSet(written, environment)
                ? key(of: content(origin, Expanded(path), written: written, source, environment)).hopeful
                : KeyDigest(.anyOf, .text(text))
            return .anything(
                CacheKey(certain: KeyDigest(.anyOf, .key(all), .text(text)), hopeful: hopeful))
        }
        switch origin {
        case .context:
            guard let context = build.context else {
                return .anything(
                    CacheKey(
                        certain: KeyDigest(.elsewhere, [.text(path)] + markPart),
                        hopeful: KeyDigest(.elsewhere, .text(path))))
            }
            return .context(context, source)
        case .stage(let index):
            if index < build.dockerfile.stages.count,
                case .namedContext(let name) = build.dockerfile.stages[index].base,
                build.dockerfile.stages[index].steps.count <= 1, let context = build.namedContexts[name]
            {
                return .context(context, source)
            }
            return .stage(index, path: cleaned("/" + path))
        case .image(let reference):
            let name = ImageReference.normalized(reference)
            if let other = build.made[name] { return .build(other, path: cleaned("/" + path)) }
            return .image(name, path: cleaned("/" + path))
        case .namedContext(let name):
            if let context = build.namedContexts[name] { return .context(context, source) }
            if let other = build.made[name] { return .build(other, path: cleaned("/" + path)) }
            if let image = image(ofContext: name) {
                return .image(ImageReference.normalized(image), path: cleaned("/" + path))
            }
            return .anything(unseenKey(.unseenFiles, ofContext: name, path: path))
        case .unknown: return .fixed(KeyDigest(.unknownOrigin, .text(path)))
        }
    }

    /// The image that stands in for a name (`--build-context NAME=docker-image://IMAGE`).
    func image(ofContext name: String) -> String? {
        let scheme = "docker-image://"
        return build.otherContexts[name].flatMap {
            $0.hasPrefix(scheme) ? String($0.dropFirst(scheme.count)) : nil
        }
    }

    /// Why nothing is known of a context.
    func unseenContextText(_ name: String?) -> String {
        guard let name else { return "the context is not a folder of this repository" }
        let place = build.otherContexts[name] ?? ""
        return place.isEmpty
            ? "what the named context \(name) holds cannot be told"
            : "the named context \(name), \(place), is not a folder of this repository"
    }

    func fileSource(
        _ origin: FileOrigin, _ path: String, written: String, _ contents: [Content]
    ) -> FileSource {
        switch contents.first {
        case .context(let context, let source)?:
            if context.isMissing(source) {
                return FileSource(
                    origin: .unseen(
                        "\(path) is not in the repository, and something else may put it into the context"),
                    path: path)
            }
            return FileSource(origin: .context(context, [source]), path: path)
        case .build(let other, _)?: return FileSource(origin: .build(other.name), path: path)
        case .anything?:
            let names = Self.variableNames(written)
            if !names.isEmpty {
                return FileSource(
                    origin: .unseen(
                        "which files \(written) names depends on values that the repository does not tell"),
                    path: path)
            }
            var name: String?
            if case .namedContext(let context) = origin { name = context }
            return FileSource(origin: .unseen(unseenContextText(name)), path: path)
        default: break
        }
        switch origin {
        case .stage(let index):
            let name =
                index < build.dockerfile.stages.count
                ? build.dockerfile.stages[index].displayName : "\(index)"
            return FileSource(origin: .stage(name), path: path)
        case .image(let reference): return FileSource(origin: .image(reference), path: path)
        case .namedContext(let name):
            return FileSource(origin: image(ofContext: name).map { .image($0) } ?? .other, path: path)
        default: return FileSource(origin: .other, path: path)
        }
    }

    func key(of content: Content) -> CacheKey {
        switch content {
        case .context(let context, let source): contextKey(context, source)
        case .stage(let index, let path): key(stage: index, path: path)
        case .image(let reference, let path): imageKey(reference, path: path)
        case .build(let other, let path): key(of: other, path: path)
        case .inline(let digest), .fixed(let digest): CacheKey(digest)
        case .anything(let key): key
        }
    }

    /// A file that git does not have may be put into the context before the build.
    func contextKey(_ context: ContextKeys, _ source: ContextSource) -> CacheKey {
        let digest = digest(context, source)
        guard context.isMissing(source) else { return CacheKey(digest) }
        return CacheKey(certain: KeyDigest(.missing, [.key(digest)] + markPart), hopeful: digest)
    }

    func imageKey(_ reference: String, path: String) -> CacheKey {
        if reference == "scratch" { return CacheKey(KeyDigest(.scratch)) }
        let effects: [KeyDigest.Part] = path == "/" ? [.text(reference)] : []
        return CacheKey(
            certain: KeyDigest(.files, .text(reference), .text(path)),
            hopeful: KeyDigest(.files, effects))
    }

}
