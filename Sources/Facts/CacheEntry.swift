package import Project

/// One `--cache-to` or `--cache-from` as buildx reads it.
/// Source: docker/buildx, `util/buildflags/cache.go` (a text without `=` is a reference; the type is required otherwise).
package struct CacheEntry: Sendable {
    /// `gha`, `registry`, `local`, `inline` …
    package let type: String
    /// By name in lower case; nil for a value that the file does not tell.
    package let attributes: [String: String?]
    package let option: BuildOption

    /// - Returns: nil where the text does not tell which kind it is.
    package init?(_ option: BuildOption) {
        let text = option.value ?? option.written
        guard !text.isEmpty else { return nil }
        self.option = option
        guard text.contains("=") else {
            guard option.value != nil, !text.contains("$") else { return nil }
            type = "registry"
            attributes = ["ref": text]
            return
        }
        var type: String?
        var attributes: [String: String?] = [:]
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1).map {
                String($0).filter { !"\"' ".contains($0) }
            }
            guard parts.count == 2 else { return nil }
            let value: String? = parts[1].contains("$") ? nil : parts[1]
            if parts[0].lowercased() == "type" {
                type = value
            } else {
                attributes[parts[0].lowercased()] = .some(value)
            }
        }
        guard let type else { return nil }
        self.type = type
        self.attributes = attributes
    }

    /// Which cache it is: two entries of one place read or overwrite each other. nil where the file does not tell, and
    /// for `inline`, which is part of the image.
    package var place: String? {
        switch type {
        // `getConfig` of moby/buildkit, `cache/remotecache/gha/gha.go`.
        case "gha": attributes["scope"].map { $0.map { "gha \($0)" } } ?? "gha buildkit"
        case "registry": (attributes["ref"] ?? nil).map { "registry \(ImageReference($0).place)" }
        case "local": (attributes["dest"] ?? attributes["src"] ?? nil).map { "local \($0)" }
        default: nil
        }
    }

    /// Whether it holds no more than the layers of the image, which is what buildx does without `mode=max`. An explicit
    /// `mode=min` is a decision, and no mistake.
    package var isMinByDefault: Bool {
        switch type {
        case "inline": true
        case "gha", "registry", "local", "s3", "azblob": attributes["mode"] == nil
        default: false
        }
    }
}

extension BuildStatement {
    /// The caches that it writes; `mayWriteOthers` says whether these are all.
    package var cacheTo: [CacheEntry] { options("cache-to").compactMap(CacheEntry.init) }
    package var cacheFrom: [CacheEntry] { options("cache-from").compactMap(CacheEntry.init) }

    /// Whether it may write caches that the file does not tell.
    package var mayWriteOthers: Bool {
        mayHaveMore
            || options("cache-to").contains { option in
                CacheEntry(option).map { $0.type != "inline" && $0.place == nil } ?? true
            }
    }

    /// Whether it may read caches that the file does not tell.
    package var mayReadOthers: Bool {
        mayHaveMore
            || options("cache-from").contains { option in CacheEntry(option).map { $0.place == nil } ?? true }
    }

    /// A switch that is given, and known to be on.
    package func isOn(_ name: String) -> Bool {
        options(name).contains { ["true", "1", "yes"].contains($0.value?.lowercased()) }
    }
}
