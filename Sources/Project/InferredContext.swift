import Diagnostics
import Dockerfile
import Repository
import SourceText

/// The context of a Dockerfile that nothing states: the nearest folder, from its own up to the root, that holds what
/// it copies.
struct InferredContext {
    let files: Snapshot

    func context(of dockerfile: ParsedDockerfile) -> BuildSource {
        let own = Paths.folder(of: dockerfile.source.path)
        let sources = Self.contextSources(of: dockerfile)
        // More would not tell more, and each is looked for in every folder above.
        let named = sources.paths.filter { !Self.fitsManyFolders($0) }.prefix(Limits.inferredSources)
        if named.isEmpty {
            // `COPY *.yaml` finds something in many folders: near by, it says that this is the one.
            if own != ".", !sources.paths.isEmpty {
                let near = [own, Paths.folder(of: own)].first { folder in
                    sources.paths.allSatisfy { files.exists(Paths.join(folder, $0)) }
                }
                return near.map { .directory($0) } ?? .unknown
            }
            // `COPY . .` fits everywhere; in a folder of nothing but Dockerfiles it cannot be meant, and a member of a
            // workspace may need the whole.
            if sources.hasWhole, own != ".", holdsOnlyDockerfiles(own) || isWorkspaceMember(own) {
                return .unknown
            }
            return .directory(own)
        }
        var best: (folder: String, count: Int) = (own, 0)
        var folder = own
        while true {
            let count = named.count { files.exists(Paths.join(folder, $0)) }
            if count > best.count { best = (folder, count) }
            if count == named.count || folder == "." { break }
            folder = Paths.folder(of: folder)
        }
        return .directory(best.folder)
    }

    /// What COPY, ADD and bind mounts take from the context: paths without the leading `/`, and whether one takes all
    /// of it. What holds a variable is left out.
    static func contextSources(of dockerfile: ParsedDockerfile) -> (paths: [String], hasWhole: Bool) {
        var paths: Set<String> = []
        var hasWhole = false
        func add(_ text: String) {
            guard !text.utf8.contains(UInt8(ascii: "$")), !BuildSource.isAddress(text) else { return }
            let quotes = "\"'".utf8
            let bytes =
                text.utf8.contains(where: quotes.contains)
                ? text.utf8.filter { !quotes.contains($0) } : Array(text.utf8)
            // BuildKit cannot leave the context: `..` at its top is dropped.
            var parts: [ArraySlice<UInt8>] = []
            for part in bytes.split(separator: UInt8(ascii: "/")) {
                if part.elementsEqual("..".utf8) {
                    _ = parts.popLast()
                } else if !part.elementsEqual(".".utf8) {
                    parts.append(part)
                }
            }
            let path = String(decoding: Array(parts.joined(separator: "/".utf8)), as: UTF8.self)
            if path.isEmpty || path == "*" || path == "**" { hasWhole = true } else { paths.insert(path) }
        }
        for instruction in dockerfile.instructions {
            switch instruction.body {
            case .copy(let copy) where copy.from == nil:
                for source in copy.sources { add(source.text) }
            case .run(let run):
                for mount in run.mounts where mount.kind == .bind && mount.from == nil {
                    add(mount.source ?? ".")
                }
            default: break
            }
        }
        return (paths.sorted(), hasWhole)
    }

    private static func fitsManyFolders(_ path: String) -> Bool {
        path.utf8.first.map { "*?[".utf8.contains($0) } ?? false
    }

    /// A package of JavaScript whose lock file lies in a folder above.
    private func isWorkspaceMember(_ folder: String) -> Bool {
        func isLocked(_ folder: String) -> Bool {
            Self.lockFiles.contains { files.exists(Paths.join(folder, $0)) }
        }
        guard files.exists(Paths.join(folder, "package.json")), !isLocked(folder) else { return false }
        var folder = folder
        while folder != "." {
            folder = Paths.folder(of: folder)
            if isLocked(folder) { return true }
        }
        return false
    }

    private static let lockFiles = [
        "pnpm-lock.yaml", "package-lock.json", "yarn.lock", "bun.lock", "bun.lockb", "npm-shrinkwrap.json",
    ]

    private func holdsOnlyDockerfiles(_ folder: String) -> Bool {
        files.names(in: folder, limit: 64)?.allSatisfy { name in
            let name = name.lowercased()
            return name.contains("dockerfile") || name.contains("dockerignore") || name.hasPrefix("readme")
        } ?? false
    }
}
