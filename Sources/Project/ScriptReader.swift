import Diagnostics
import Dockerfile
import Repository
import SourceText

/// The `docker build` lines of scripts, and of the pieces of shell in other files.
struct ScriptReader {
    let files: Snapshot

    /// A shell script as a file.
    func read(_ source: SourceText, work: inout WorkBudget) -> StatedBuilds {
        let text = JoinedText(bytes: source.bytes, pieces: [.init(joined: 0, source: 0)])
        let own = Paths.folder(of: source.path)
        return read(
            text, in: source, folders: own == "." ? ["."] : [own, "."], script: source.path, work: &work
        ).stated
    }

    /// A piece of shell.
    /// - Parameters:
    ///   - text: with its way back to the file.
    ///   - folders: where it may run, the likeliest first.
    ///   - script: what `$0` stands for.
    ///   - variables: what is set before.
    ///   - kind: of the statements.
    ///   - range: of the file, which the text stands for: where a variable's value is longer than its name, what comes of it
    ///     would lie past it. nil for the whole file.
    /// - Returns: the builds, and where the piece ends.
    func read(
        _ text: JoinedText, in source: SourceText, folders: [String], script: String? = nil,
        variables: [String: String] = [:], kind: Statement.Kind = .script, within bounds: Range<Int>? = nil,
        work: inout WorkBudget
    ) -> (stated: StatedBuilds, folders: [String]) {
        let bounds = bounds ?? 0..<source.bytes.count
        let parsed = ShellScript(parsing: text)
        var evaluator = ShellEvaluator(
            parsed, bytes: source.bytes, root: files.root, script: script, folders: folders,
            variables: variables)
        var stated = StatedBuilds()
        if let end = parsed.cutShort {
            stated.notes.append(
                Note(
                    path: source.path, line: source.line(at: min(end.lowerBound, source.bytes.count)),
                    message: "a script is nested too deeply to be read to its end; builds there are not told")
            )
        }
        for invocation in evaluator.invocations(work: &work) {
            let line = source.line(at: invocation.command.range.lowerBound)
            let statement = Statement(kind: kind, path: source.path, line: line)
            let range = invocation.command.range.clamped(to: bounds)
            let build = BuildCommand.build(
                invocation, by: evaluator, files: files, statement: statement, work: &work)
            if var build {
                build.bytes = range
                for index in build.options.indices { build.options[index].clamp(to: bounds) }
                build.isConditional = invocation.isConditional
                stated.builds.append(build)
            } else {
                if var command = BuildFileCommand(
                    invocation, by: evaluator, statement: statement, work: &work)
                {
                    command.clamp(to: bounds)
                    stated.fileCommands.append(command)
                }
                stated.commands.append(
                    DockerCommand(
                        kind: kind, path: source.path, bytes: range,
                        words: Self.words(of: invocation, by: evaluator, work: &work),
                        isConditional: invocation.isConditional))
            }
        }
        return (stated, evaluator.folders)
    }

    /// Program and arguments, with the files that the environment names as if an option did.
    /// Sources: docs.docker.com, "Set or change pre-defined environment variables in Docker Compose" (`COMPOSE_FILE`); of
    /// `BUILDX_BAKE_FILE`, buildx 0.29 was tried.
    private static func words(
        of invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, work: inout WorkBudget
    ) -> [String?] {
        var words = invocation.words.map { $0.isLiteral ? $0.text : nil }
        words[0] = invocation.call.program
        let isBake = BakeWords(words) != nil
        let end = isBake ? words.endIndex : words[0] == "docker-compose" ? 1 : 2
        guard isBake || words[0] == "docker-compose" || words.dropFirst().first == "compose",
            !words.contains(where: { $0?.hasPrefix("-f") ?? false || $0?.hasPrefix("--file") ?? false }),
            let names = evaluator.environmentValue(
                isBake ? "BUILDX_BAKE_FILE" : "COMPOSE_FILE", for: invocation.command,
                in: invocation.folders.first ?? ".", work: &work)?.text
        else { return words }
        let files = names.split(separator: ":").prefix(Limits.composeIncludes)
        words.insert(contentsOf: files.flatMap { ["-f", String($0)] }, at: end)
        return words
    }

    // MARK: - PowerShell

    /// The lines of a PowerShell script that begin with a build command, read as if a POSIX shell had them: a
    /// backtick continues a line, `\` separates folders, `@name` stands for arguments that a variable holds.
    /// - Parameter isBatch: it is one for cmd.exe: `^` continues a line, `%name%` is a variable.
    func readPowerShell(_ source: SourceText, isBatch: Bool = false, work: inout WorkBudget) -> StatedBuilds {
        var bytes = source.bytes
        for index in isBatch ? bytes.indices : 0..<0 {
            switch bytes[index] {
            case UInt8(ascii: "^"): bytes[index] = UInt8(ascii: "`")
            case UInt8(ascii: "%"): bytes[index] = UInt8(ascii: "$")
            case UInt8(ascii: "@") where index == 0 || bytes[index - 1] == 0x0A: bytes[index] = 0x20
            default: break
            }
        }
        for index in bytes.indices {
            if bytes[index] == UInt8(ascii: "\\") { bytes[index] = UInt8(ascii: "/") }
        }
        for index in bytes.indices.dropFirst().dropLast()
        where bytes[index] == UInt8(ascii: "@") && bytes[index - 1] == 0x20
            && bytes[index + 1] != UInt8(ascii: "(")
        {
            bytes[index] = UInt8(ascii: "$")
        }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "`") {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0x0A
            if next == 0x0A { bytes[index] = UInt8(ascii: "\\") }
            if next == 0x0D, index + 2 < bytes.count {
                bytes[index] = 0x20
                bytes[index + 1] = UInt8(ascii: "\\")
            }
        }
        let own = Paths.folder(of: source.path)
        let variables = ["PSScriptRoot": files.absolute(own)]
        var stated = StatedBuilds()
        var start = 0
        while start < bytes.count {
            var end = start
            while let newline = bytes[end...].firstIndex(of: 0x0A) {
                end = newline + 1
                let before = newline > start ? bytes[newline - 1] : 0
                if before != UInt8(ascii: "\\") { break }
            }
            if end == start { end = bytes.count }
            let line = bytes[start..<end]
            if ScriptReader.mentionsBuilders(line) {
                let first = line.firstIndex { $0 != 0x20 && $0 != 0x09 && $0 != UInt8(ascii: "&") } ?? start
                let text = JoinedText(
                    bytes: Array(bytes[first..<end]), pieces: [.init(joined: 0, source: first)])
                stated.append(
                    read(
                        text, in: source, folders: own == "." ? ["."] : [own, "."], variables: variables,
                        work: &work
                    ).stated)
            }
            start = end
        }
        return stated
    }

    // MARK: - Telling whether it is worth it

    /// Whether the text names a program that builds images, or a variable of one.
    static func mentionsBuilders(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            (["docker", "DOCKER", "CONTAINER_", "podman", "nerdctl", "buildah", "BUILDKIT", "buildx"]
                + BuilderDialect.signs).contains { buffer.contains(Array($0.utf8)) }
        }
    }
}
