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
        // A path that a build makes is in no folder, and speaks for none.
        let expected =
            sources.hasWhole ? Self.expectedPaths(of: dockerfile).prefix(Limits.inferredSources) : []
        var best = (folder: own, named: 0, expected: 0)
        var folder = own
        while !named.isEmpty || !expected.isEmpty {
            let namedHere = named.count { files.exists(Paths.join(folder, $0)) }
            let expectedHere = expected.count { files.exists(Paths.join(folder, $0)) }
            if (namedHere, expectedHere) > (best.named, best.expected) {
                best = (folder, namedHere, expectedHere)
            }
            if namedHere == named.count, expectedHere == expected.count { break }
            if folder == "." { break }
            folder = Paths.folder(of: folder)
        }
        if !named.isEmpty || best.expected > 0 { return .directory(best.folder) }
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

    /// What a Dockerfile expects below a folder into which it copied its context as a whole, by a WORKDIR or by a COPY from
    /// that stage: paths of the context, unless the build makes them. What holds a variable or a wildcard is left out.
    static func expectedPaths(of dockerfile: ParsedDockerfile) -> [String] {
        struct Stage {
            /// nil for what the base image or a variable decides.
            var folder: String?
            /// Where the whole context is.
            var wholes: [String] = []

            func expected(_ path: String) -> [String] {
                wholes.compactMap { whole in
                    let prefix = whole == "/" ? "/" : whole + "/"
                    return path.hasPrefix(prefix) && path != prefix
                        ? String(path.dropFirst(prefix.count)) : nil
                }
            }
        }
        var stages: [String: Stage] = [:]
        var current = Stage()
        var names: [String] = []
        var number = 0
        var expected: Set<String> = []
        func isPlain(_ text: String) -> Bool { !text.utf8.contains { "$*?[\"'".utf8.contains($0) } }
        func absolute(_ text: String, in folder: String?) -> String? {
            guard isPlain(text) else { return nil }
            if text.hasPrefix("/") { return ContainerPath.clean(text) }
            return folder.map { ContainerPath.clean($0 + "/" + text) }
        }
        for instruction in dockerfile.instructions where expected.count < Limits.inferredSources {
            switch instruction.body {
            case .from(let from):
                for name in names { stages[name] = current }
                current = stages[from.image.text.lowercased()] ?? Stage()
                names = ["\(number)"] + (from.name.map { [$0.text.lowercased()] } ?? [])
                number += 1
            case .workdir(let word):
                current.folder = absolute(word.text, in: current.folder)
                if let folder = current.folder { expected.formUnion(current.expected(folder)) }
            case .copy(let copy):
                if let from = copy.from {
                    guard let stage = stages[from.text.lowercased()] else { continue }
                    for source in copy.sources {
                        if let path = absolute(source.text, in: "/") {
                            expected.formUnion(stage.expected(path))
                        }
                    }
                } else if copy.sources.contains(where: { [".", "./", "/"].contains($0.text) }),
                    current.wholes.count < Limits.wholeCopies,
                    let place = absolute(copy.destination.text, in: current.folder)
                {
                    current.wholes.append(place)
                }
            case .run, .arg, .env, .label, .user, .shell, .cmd, .entrypoint, .healthcheck, .expose, .volume,
                .stopsignal,
                .maintainer, .onbuild, .invalid:
                break
            }
        }
        return expected.sorted()
    }

    /// What COPY, ADD and bind mounts take from the context: paths without the leading `/`, and whether one takes all
    /// of it. What holds a variable is left out.
    static func contextSources(of dockerfile: ParsedDockerfile) -> (paths: [String], hasWhole: Bool) {
        var paths: Set<String> = []
        var hasWhole = false
        func add(_ text: String) {
            guard !text.utf8.contains(UInt8(ascii: "$")), !BuildSource.isAddress(text) else { return }
            let bytes = text.utf8.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
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
