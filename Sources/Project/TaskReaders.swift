import Diagnostics
import Dockerfile
import SourceText

/// The `docker build` lines of Taskfiles (taskfile.dev) and of GitLab's CI (docs.gitlab.com/ci/yaml).
struct TaskReader {
    let files: ProjectFiles
    let source: SourceText

    func readTaskfile(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        let own = Paths.folder(of: source.path)
        let variables = Self.variables(yaml["vars"])
        for (unit, (_, task)) in (yaml["tasks"]?.mapping ?? []).enumerated() {
            guard let known = Self.variables(task["vars"], over: variables, &work) else { break }
            var folder: String? = own
            if let written = task["dir"]?.string {
                folder = written.contains("{{") ? nil : Paths.resolve(written, in: own)
            }
            var commands = task.sequence ?? task["cmds"]?.sequence ?? []
            if task.string != nil { commands.append(task) }
            if let command = task["cmd"] { commands.append(command) }
            for command in commands {
                let text = command["cmd"] ?? command
                guard let script = text.script(in: source) else { continue }
                let shell = Self.withVariables(script, known, &work)
                var read = ScriptReader(files: files).read(
                    shell, in: source, folders: folder.map { [$0] } ?? [], work: &work
                ).stated
                read.place(unit: unit)
                stated.append(read)
            }
        }
        return stated
    }

    func readGitLab(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        var variables = Self.variables(yaml["variables"])
        variables["CI_PROJECT_DIR"] = files.root
        let names = Set((yaml["variables"]?.mapping ?? []).compactMap { $0.key.string })
        for (unit, (name, job)) in (yaml.mapping ?? []).enumerated() {
            guard let known = Self.variables(job["variables"], over: variables, &work) else { break }
            if let job = gitLabJob(name.string ?? "", job, unit: unit, in: yaml, variables: names, &work) {
                stated.jobs.append(job)
            }
            var folders = ["."]
            for key in ["before_script", "script", "after_script"] {
                if key == "after_script" { folders = ["."] }
                for item in Self.flattened(job[key]) {
                    guard let script = item.script(in: source) else { continue }
                    var (read, end) = ScriptReader(files: files).read(
                        script, in: source, folders: folders, variables: known, work: &work)
                    read.place(unit: unit)
                    stated.append(read)
                    folders = end
                }
            }
        }
        return stated
    }

    /// - Parameter variables: the names that the file gives all jobs.
    private func gitLabJob(
        _ name: String, _ job: YAML, unit: Int, in yaml: YAML, variables: Set<String>,
        _ work: inout WorkBudget
    ) -> GitLabJob? {
        guard job["script"] != nil else { return nil }
        var variables = variables
        if let own = job["variables"]?.mapping {
            guard work.spend(variables.count) else { return nil }
            for (key, _) in own { if let name = key.string { variables.insert(name) } }
        }
        func place(_ yaml: YAML) -> GitLabJob.Place? {
            let value = yaml["name"] ?? yaml
            guard let text = value.string, !text.contains("$") else { return nil }
            return GitLabJob.Place(text: text, bytes: value.bytes(in: source))
        }
        func field(_ key: String) -> YAML? {
            job[key] ?? (job["extends"] == nil ? yaml["default"]?[key] ?? yaml[key] : nil)
        }
        return GitLabJob(
            path: source.path, name: name, unit: unit, image: field("image").flatMap(place),
            services: field("services")?.sequence?.compactMap(place) ?? [],
            variables: variables)
    }

    private static func flattened(_ yaml: YAML?) -> [YAML] {
        guard let yaml else { return [] }
        return yaml.sequence.map { $0.flatMap(flattened) } ?? [yaml]
    }

    private static func variables(_ yaml: YAML?) -> [String: String] {
        var variables: [String: String] = [:]
        for (key, value) in yaml?.mapping ?? [] {
            guard let name = key.string, let text = value.string ?? value["value"]?.string else { continue }
            if !text.contains("$"), !text.contains("{{") { variables[name] = text }
        }
        return variables
    }

    /// What a file sets and what a part of it sets besides.
    /// - Returns: nil where the budget does not suffice to put them together.
    private static func variables(
        _ yaml: YAML?, over outer: [String: String], _ work: inout WorkBudget
    ) -> [String: String]? {
        let own = variables(yaml)
        if own.isEmpty { return outer }
        guard work.spend(outer.count + own.count) else { return nil }
        return outer.merging(own) { $1 }
    }

    /// `{{.NAME}}` with its value; every other `{{…}}` as a variable that nothing sets.
    private static func withVariables(
        _ script: JoinedText, _ variables: [String: String], _ work: inout WorkBudget
    ) -> JoinedText {
        TemplateText.replacing(script, open: "{{", close: "}}", work: &work) { inside in
            let name = inside.filter { $0 != " " }
            return name.hasPrefix(".") ? variables[String(name.dropFirst())] : nil
        }
    }
}

/// Replacing marked pieces of a text that keeps its way back to the file.
enum TemplateText {
    /// - Parameter value: of what stands between the marks; nil becomes `${_}`, which no shell sets to anything known.
    ///   So does everything where the budget is spent.
    static func replacing(
        _ text: JoinedText, open: String, close: String, work: inout WorkBudget,
        value: (String) -> String?
    ) -> JoinedText {
        let open = Array(open.utf8)
        let close = Array(close.utf8)
        let source = text.bytes
        let sourcePieces = text.pieces
        var bytes: [UInt8] = []
        var pieces: [JoinedText.Piece] = []
        var index = 0
        // Where the pieces of the text begin, they begin in the result.
        var next = 0
        // Up to here there is no closing mark.
        var openUntil = 0
        func addPiece(_ offset: Int) {
            let piece = JoinedText.Piece(joined: bytes.count, source: text.sourceOffset(offset))
            if pieces.last?.joined == piece.joined { pieces.removeLast() }
            pieces.append(piece)
        }
        while index < source.count {
            while next < sourcePieces.count, sourcePieces[next].joined <= index {
                addPiece(index)
                next += 1
            }
            var end: Int?
            if index >= openUntil, source[index] == open[0], source[index...].starts(with: open) {
                (end, openUntil) = firstOffset(of: close, in: source, from: index + open.count)
            }
            if let end {
                let inside = String(decoding: source[(index + open.count)..<end], as: UTF8.self)
                let value = work.isSpent ? nil : value(inside)
                bytes += Array((value.flatMap { work.spend($0.utf8.count + 1) ? $0 : nil } ?? "${_}").utf8)
                index = end + close.count
                while next < sourcePieces.count, sourcePieces[next].joined <= index { next += 1 }
                if index < source.count { addPiece(index) }
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return JoinedText(bytes: bytes, pieces: pieces)
    }

    /// - Returns: where a mark stands in the rest of a line, and where the search has ended.
    private static func firstOffset(
        of needle: [UInt8], in bytes: [UInt8], from start: Int
    ) -> (found: Int?, end: Int) {
        var index = start
        while index + needle.count <= bytes.count {
            if bytes[index] == needle[0], bytes[index...].starts(with: needle) { return (index, index) }
            if bytes[index] == 0x0A { return (nil, index) }
            index += 1
        }
        return (nil, bytes.count)
    }
}
