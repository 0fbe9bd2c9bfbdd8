internal import Diagnostics
internal import JSON

extension BuildRecord {
    /// Adds what `application/vnd.buildkit.historyrecord.v0` tells: BuildKit's BuildHistoryRecord as Go writes it as JSON, with
    /// what buildx knows of the build (its `util/desktop/bundle`).
    /// - Parameter json: a configuration of a `.dockerbuild`.
    mutating func add(historyRecord json: JSON, key: HashKey) {
        id = json["Ref"]?.string
        let attributes = json["FrontendAttrs"]
        target = attributes?["target"]?.string
        add(attributes: attributes, key: key)
        // Source: BuildKit's `dockerui/config.go`, keyNoCache: empty for all stages.
        uncachedStages = attributes?["no-cache"]?.string.map { list in
            list.split(separator: ",").prefix(Limits.recordedParts).map { $0.lowercased() }
        }
        if let list = attributes?["platform"]?.string {
            platforms = list.split(separator: ",").map(String.init)
        } else if let platform = json["DefaultPlatform"]?.string {
            platforms = [platform]
        }
        revision = attributes?["vcs:revision"]?.string.flatMap { Self.isRevision($0) ? $0 : nil }
        repository = attributes?["vcs:source"]?.string
        if let text = attributes?["cache-imports"]?.string, let list = try? JSON.parse(text) {
            cacheImports = (list.array ?? []).prefix(Limits.recordedParts).map { entry in
                let places = entry["Attrs"]
                return CacheLocation(
                    type: entry["Type"]?.string ?? "",
                    place: places?["scope"]?.string ?? places?["ref"]?.string ?? places?["src"]?.string ?? "")
            }
        }
        let start = Self.microseconds(json["CreatedAt"])
        let end = Self.microseconds(json["CompletedAt"])
        started = start.map { $0 / 1000 }
        milliseconds = start.flatMap { start in end.map { max(0, $0 - start) / 1000 } }
        let error = json["error"]
        if let message = error?["message"]?.string ?? error?["Message"]?.string { errors.append(message) }
        status =
            if let error, !error.isNull {
                // google.rpc.Code.CANCELLED
                error["code"]?.integer == 1 || errors.last?.hasSuffix("context canceled") == true
                    ? .cancelled : .failed
            } else {
                end == nil ? .running : .completed
            }
        name = Self.name(state: json["localState"], repository: repository, target: target)
    }

    /// A commit, and `-dirty` where buildx knew so.
    private static func isRevision(_ text: String) -> Bool {
        let hash = text.hasSuffix("-dirty") ? text.dropLast("-dirty".count) : text[...]
        return (7...64).contains(hash.utf8.count)
            && hash.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Names of build arguments with hashes of their values.
    mutating func add(attributes: JSON?, key: HashKey) {
        guard let attributes = attributes?.object else { return }
        for (name, value) in attributes.members where name.hasPrefix("build-arg:") {
            guard arguments.count < Limits.recordedParts else { break }
            let name = String(name.dropFirst("build-arg:".count))
            arguments.append(BuildArgument(name: name, hash: key.hash(of: value.string ?? "")))
        }
        arguments.sort { $0.name < $1.name }
    }

    /// The folder of the context or the repository, with the target in brackets.
    private static func name(state: JSON?, repository: String?, target: String?) -> String? {
        let place = state?["LocalPath"]?.string ?? repository
        guard let last = place?.split(whereSeparator: { $0 == "/" || $0 == ":" }).last else { return target }
        let base = last.hasSuffix(".git") ? last.dropLast(4) : last
        return target.map { "\(base) (\($0))" } ?? String(base)
    }

    /// `{"seconds":…,"nanos":…}`
    private static func microseconds(_ json: JSON?) -> Int? {
        guard let seconds = json?["seconds"]?.integer, (0..<Limits.recordedSeconds).contains(seconds) else {
            return nil
        }
        let nanos = json?["nanos"]?.integer ?? 0
        return seconds * 1_000_000 + ((0..<1_000_000_000).contains(nanos) ? nanos / 1000 : 0)
    }
}
