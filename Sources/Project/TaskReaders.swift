import Dockerfile
import SourceText

/// The `docker build` lines of Taskfiles (taskfile.dev) and of GitLab's CI (docs.gitlab.com/ci/yaml).
struct TaskReader {
    let files: ProjectFiles
    let source: SourceText

    func readTaskfile(_ yaml: YAML) -> StatedBuilds {
        var stated = StatedBuilds()
        let own = Paths.folder(of: source.path)
        let variables = Self.variables(yaml["vars"])
        for (unit, (_, task)) in (yaml["tasks"]?.mapping ?? []).enumerated() {
            let known = variables.merging(Self.variables(task["vars"])) { $1 }
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
                let shell = Self.withVariables(script, known)
                var read = ScriptReader(files: files).read(
                    shell, in: source, folders: folder.map { [$0] } ?? []
                ).stated
                read.place(unit: unit)
                stated.append(read)
            }
        }
        return stated
    }

    func readGitLab(_ yaml: YAML) -> StatedBuilds {
        var stated = StatedBuilds()
        let variables = Self.variables(yaml["variables"])
        for (unit, (name, job)) in (yaml.mapping ?? []).enumerated() {
            var known = variables.merging(Self.variables(job["variables"])) { $1 }
            known["CI_PROJECT_DIR"] = files.root
            if let job = gitLabJob(name.string ?? "", job, unit: unit, in: yaml) { stated.jobs.append(job) }
            var folders = ["."]
            for key in ["before_script", "script", "after_script"] {
                if key == "after_script" { folders = ["."] }
                for item in Self.flattened(job[key]) {
                    guard let script = item.script(in: source) else { continue }
                    var (read, end) = ScriptReader(files: files).read(
                        script, in: source, folders: folders, variables: known)
                    read.place(unit: unit)
                    stated.append(read)
                    folders = end
                }
            }
        }
        return stated
    }

    private func gitLabJob(_ name: String, _ job: YAML, unit: Int, in yaml: YAML) -> GitLabJob? {
        guard job["script"] != nil else { return nil }
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
            variables: Set(
                ((yaml["variables"]?.mapping ?? []) + (job["variables"]?.mapping ?? [])).compactMap {
                    $0.key.string
                }))
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

    /// `{{.NAME}}` with its value; every other `{{…}}` as a variable that nothing sets.
    private static func withVariables(_ script: JoinedText, _ variables: [String: String]) -> JoinedText {
        TemplateText.replacing(script, open: "{{", close: "}}") { inside in
            let name = inside.filter { $0 != " " }
            return name.hasPrefix(".") ? variables[String(name.dropFirst())] : nil
        }
    }
}

/// Replacing marked pieces of a text that keeps its way back to the file.
enum TemplateText {
    /// - Parameter value: of what stands between the marks; nil becomes `${_}`, which no shell sets to anything known.
    static func replacing(
        _ text: JoinedText, open: String, close: String, value: (String) -> String?
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
            if source[index] == open[0], source[index...].starts(with: open),
                let end = firstOffset(of: close, in: source, from: index + open.count)
            {
                let inside = String(decoding: source[(index + open.count)..<end], as: UTF8.self)
                bytes += Array((value(inside) ?? "${_}").utf8)
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

    private static func firstOffset(of needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + needle.count <= bytes.count {
            if bytes[index...].starts(with: needle) { return index }
            if bytes[index] == 0x0A { return nil }
            index += 1
        }
        return nil
    }
}
