import Diagnostics
import Repository

extension DockerCommand {
    /// The files that a command of compose or bake names by `-f` or `--file`, as they are written; those that cannot be told
    /// are left out.
    /// Sources: docs.docker.com, `docker compose` (its options stand before the subcommand) and `docker buildx bake`.
    var namedBuildFiles: [String] {
        if let bake = BakeWords(words) { return bake.files.compactMap { $0 }.filter(Self.isFile) }
        var rest = words.map { $0 ?? "" }[...]
        guard let program = rest.popFirst(),
            Paths.name(of: program) == "docker-compose"
                || Paths.name(of: program) == "docker" && rest.popFirst() == "compose"
        else { return [] }
        var files: [String] = []
        while let word = rest.popFirst() {
            if !word.hasPrefix("-") { break }
            if word == "-f" || word == "--file" {
                files.append(rest.popFirst() ?? "")
            } else if word.hasPrefix("--file=") {
                files.append(String(word.dropFirst("--file=".count)))
            } else if word.hasPrefix("-f"), !word.hasPrefix("--") {
                files.append(String(word.dropFirst(word.hasPrefix("-f=") ? 3 : 2)))
            } else if ComposeWords.takingValues.contains(word) {
                rest = rest.dropFirst()
            }
        }
        return files.filter(Self.isFile)
    }

    private static func isFile(_ name: String) -> Bool { !name.isEmpty && name != "-" }
}

extension StatedBuilds {
    /// Which files bake reads together: those that a command or a step names, and those that it finds in a folder.
    /// - Parameters:
    ///   - files: those that were read as bake files.
    ///   - root: the project's.
    func bakeSets(of files: [String], root: String) -> [[String]] {
        let known = Set(files)
        var sets: [[String]] = []
        for folder in Set(files.map { Paths.folder(of: $0) }).sorted() {
            let found = BakeReader.defaultFiles.map { Paths.join(folder, $0) }
            if found.contains(where: known.contains) { sets.append(found) }
        }
        sets += bakeFiles.sorted { $0.joined(separator: "\n") < $1.joined(separator: "\n") }
        for command in commands where BakeWords(command.words) != nil {
            let names = command.namedBuildFiles
            for folder in Set([Paths.folder(of: command.path), "."]).sorted() {
                sets.append(names.compactMap { BuildSource($0, in: folder, root: root).directory })
            }
        }
        var seen: Set<[String]> = []
        let distinct = sets.filter { set in
            set.contains(where: known.contains) && seen.insert(set.filter(known.contains)).inserted
        }
        // What is named nowhere else is read alone.
        let told = Set(distinct.flatMap { $0 })
        return Array(distinct.prefix(Limits.namedBuildFiles))
            + files.filter { !told.contains($0) }.sorted().map { [$0] }
    }

    /// The files that commands name, whatever they are called: relative to the root, in order.
    /// - Parameter isWanted: whether there is such a file, and it is to be read; asked once for each.
    func buildFiles(root: String, where isWanted: (String) -> Bool) -> [(path: String, isCompose: Bool)] {
        var known: [String: (isWanted: Bool, isCompose: Bool)] = [:]
        for command in commands {
            let names = command.namedBuildFiles
            // Where it runs is not kept: a script's own folder and the root are the usual ones.
            for folder in names.isEmpty ? [] : Set([Paths.folder(of: command.path), "."]) {
                for name in names where known.count < Limits.namedBuildFiles {
                    guard let path = BuildSource(name, in: folder, root: root).directory else { continue }
                    if known[path] == nil { known[path] = (isWanted(path), command.isOfCompose) }
                }
            }
        }
        return known.filter(\.value.isWanted).sorted { $0.key < $1.key }.map { ($0.key, $0.value.isCompose) }
    }
}
