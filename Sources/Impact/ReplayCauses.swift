internal import Diagnostics
internal import Repository

/// Counts what makes one step run again: files with the folders that hold them, and what else.
struct ReplayCauses: Sendable {
    private struct Count: Sendable {
        var commits = 0
        /// In how many of these no other file was a cause.
        var alone = 0
    }

    /// By path from the repository's root; folders end with a slash, and the root is empty.
    private var paths: [String: Count] = [:]
    private var others: [String: Count] = [:]

    /// Takes in the cause of one commit; a step that only follows another has none of its own.
    mutating func add(_ cause: Cause?) {
        switch cause {
        case nil, .follows, .output, .image: break
        case .files(let paths, let count), .modes(let paths, let count):
            add(paths, isAll: paths.count == count)
        case .gitFolder: add([".git/"], isAll: true)
        case .variables(let names):
            for name in names { add(other: "\(name), which has another value", isAlone: names.count == 1) }
        case .unseen(let text): add(other: text, isAlone: true)
        case .frontend(let name): add(other: "the frontend \(name)", isAlone: true)
        case .build(let name): add(other: "the build \(name)", isAlone: true)
        case .noCache: add(other: "--no-cache", isAlone: true)
        // The Dockerfile and the ignore file are today's on both sides.
        case .newBuild, .baseImage, .newInstruction, .instruction, .setting, .ignoreFile: break
        }
    }

    private mutating func add(_ files: [String], isAll: Bool) {
        var held: [String: Int] = [:]
        // A folder that comes or goes is told by its files.
        var folders: Set<Substring> = []
        for file in files {
            for index in file.utf8.indices where file.utf8[index] == UInt8(ascii: "/") {
                folders.insert(file[..<index])
            }
        }
        let files = files.filter { !folders.contains($0[...]) }
        for file in files {
            held["", default: 0] += 1
            for (index, byte) in zip(file.utf8.indices, file.utf8) where byte == UInt8(ascii: "/") {
                held[String(file[...index]), default: 0] += 1
            }
            if !file.hasSuffix("/") { held[file, default: 0] += 1 }
        }
        // A folder comes before what it holds, so that what is left out is within one that is counted.
        for (path, count) in held.sorted(by: { $0.key < $1.key }) {
            guard paths[path] != nil || paths.count < Limits.replayedCauses else { continue }
            paths[path, default: Count()].commits += 1
            if isAll, count == files.count { paths[path]?.alone += 1 }
        }
    }

    private mutating func add(other name: String, isAlone: Bool) {
        guard others[name] != nil || others.count < Limits.replayedCauses else { return }
        others[name, default: Count()].commits += 1
        if isAlone { others[name]?.alone += 1 }
    }

    /// The files, or the folders where many files of one take turns, that a person would name; most frequent first.
    var named: [Replay.Cause] {
        var children: [String: [String]] = [:]
        for path in paths.keys where !path.isEmpty {
            children[Self.folder(of: path), default: []].append(path)
        }
        func commits(_ path: String) -> Int { paths[path]?.commits ?? 0 }
        /// Down to where the ways part: all that changes in the folder that is left is in the one that is entered.
        func narrowed(_ path: String) -> String {
            var path = path
            while let all = children[path], all.count == 1, commits(all[0]) == commits(path) { path = all[0] }
            return path
        }
        let top = narrowed("")
        let parts = (children[top] ?? []).map(narrowed)
        let shown = parts.isEmpty ? [top] : parts
        let files = shown.filter { !$0.isEmpty && commits($0) > 0 }.map { path in
            Replay.Cause(
                name: path, isPath: true, commits: commits(path), alone: paths[path]?.alone ?? 0)
        }
        let rest = others.map {
            Replay.Cause(name: $0.key, isPath: false, commits: $0.value.commits, alone: $0.value.alone)
        }
        return (files + rest).sorted {
            if $0.commits != $1.commits { return $0.commits > $1.commits }
            return $0.alone != $1.alone ? $0.alone > $1.alone : $0.name < $1.name
        }
    }

    private static func folder(of path: String) -> String {
        let name = path.hasSuffix("/") ? path.dropLast() : path[...]
        return name.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    }
}
