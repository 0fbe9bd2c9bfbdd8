import Diagnostics
import Dockerfile
import Repository
import SourceText

extension BuildFileFormat {
    static let jenkinsfile = BuildFileFormat(
        isFile: { name, _ in
            name.hasPrefix("jenkinsfile")
                && (name.count == 11 || name[11] == UInt8(ascii: ".") || name[11] == UInt8(ascii: "-"))
        },
        mayBuild: { bytes in
            PipelineFormat.mentionsBuilders(bytes)
                || bytes.holds("dockerfile")
        }
    ) { source, files, work in
        var reader = JenkinsfileReader(source: source, files: files)
        return reader.read(&work)
    }
}

/// What a Jenkins pipeline builds, declarative or scripted: `sh`, `docker.build`, and `agent { dockerfile … }`.
/// Sources: jenkins.io/doc/book/pipeline, "Pipeline Syntax" (`agent`, `environment`, `dir`) and "Using Docker with Pipeline"
/// (`docker.build("name", "options folder")`).
struct JenkinsfileReader {
    let source: SourceText
    let files: Snapshot
    private var stated = StatedBuilds()

    /// What stands in braces.
    private struct Block {
        let name: String
        /// Where it runs; none where that cannot be told.
        var folders: [String]
        var variables: [String: String]
        var isConditional: Bool
        /// Of an `agent { dockerfile { … } }`.
        var file: CodeScanner.Token?
        var folder: CodeScanner.Token?
        var arguments: CodeScanner.Token?
    }

    private static let branches: Set<String> = [
        "if", "else", "for", "while", "switch", "when", "catch", "each", "retry",
    ]

    init(source: SourceText, files: Snapshot) {
        self.source = source
        self.files = files
    }

    mutating func read(_ work: inout WorkBudget) -> StatedBuilds {
        let tokens = CodeScanner.tokens(of: source, in: .groovy, &work)
        var blocks = [
            Block(name: "", folders: ["."], variables: ["WORKSPACE": files.root], isConditional: false)
        ]
        // What the next brace belongs to, with its only argument.
        var name = ""
        var argument: CodeScanner.Token?
        var parentheses = 0
        var variables: [String: String] = [:]
        var mayHaveSetAnything = false
        var unit = 0
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            switch token.kind {
            case .sign(UInt8(ascii: "{")):
                guard blocks.count < Limits.folderDepth,
                    work.spend(blocks[blocks.count - 1].variables.count + 1)
                else {
                    return stated
                }
                let outer = blocks[blocks.count - 1]
                var block = Block(
                    name: name, folders: outer.folders, variables: outer.variables,
                    isConditional: outer.isConditional || Self.branches.contains(name))
                if name == "dir" {
                    let path = argument?.literal
                    block.folders =
                        path.map { path in
                            if let folder = inWorkspace(path) { return [folder] }
                            return outer.folders.compactMap {
                                BuildSource(path, in: $0, root: files.root).directory
                            }
                        } ?? []
                }
                // A list that the program makes may hold any name.
                if mayHaveSetAnything {
                    block.variables = block.variables.mapValues { _ in ShellEvaluator.untold }
                }
                if name == "ws" { block.folders = [] }
                block.variables.merge(variables) { $1 }
                blocks.append(block)
                (name, argument, parentheses, variables, mayHaveSetAnything) = ("", nil, 0, [:], false)
            case .sign(UInt8(ascii: "}")):
                guard blocks.count > 1 else { break }
                let block = blocks.removeLast()
                if block.name == "dockerfile", blocks.last?.name == "agent" {
                    addAgent(block, at: token, &work)
                }
                // What a stage sets is set for its steps, which stand beside it.
                if block.name == "environment" { blocks[blocks.count - 1].variables = block.variables }
                (name, argument, parentheses) = ("", nil, 0)
            case .sign(UInt8(ascii: ";")): (name, argument, parentheses) = ("", nil, 0)
            case .sign(UInt8(ascii: "(")): parentheses += 1
            case .sign(UInt8(ascii: ")")): parentheses = max(0, parentheses - 1)
            case .sign: break
            case .text(let text):
                if parentheses == 1, index > 0, tokens[index - 1].isSign("("), next?.isSign(")") ?? false {
                    argument = token
                }
                // `withEnv(["A=b"]) {`
                if name == "withEnv" || name == "withCredentials", parentheses > 0,
                    variables.count < Limits.shellAssignments
                {
                    let pair = String(decoding: text.bytes, as: UTF8.self).split(
                        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    variables[String(pair[0])] =
                        pair.count == 2 && token.literal != nil ? String(pair[1]) : ShellEvaluator.untold
                }
            case .word(let word):
                let block = blocks.count - 1
                if blocks[block].name == "environment", next?.isSign("=") ?? false, index + 2 < tokens.count {
                    blocks[block].variables[word] = tokens[index + 2].literal ?? ShellEvaluator.untold
                }
                if name == "withEnv", parentheses > 0 { mayHaveSetAnything = true }
                if word.hasPrefix("env."), next?.isSign("=") ?? false {
                    // It is set for all that comes after it.
                    for index in blocks.indices {
                        blocks[index].variables[String(word.dropFirst(4))] = ShellEvaluator.untold
                    }
                }
                switch word {
                case "sh", "bat":
                    unit += 1
                    guard let text = Self.argument("script", after: index, in: tokens) else { break }
                    add(text, as: nil, in: blocks[block], unit, &work)
                case "docker.build":
                    unit += 1
                    addBuild(at: index, in: tokens, blocks[block], unit, &work)
                case "filename": blocks[block].file = next
                case "dir" where blocks[block].name == "dockerfile": blocks[block].folder = next
                case "additionalBuildArgs": blocks[block].arguments = next
                case "dockerfile" where next?.word == "true":
                    if blocks[block].name == "agent" { addAgent(blocks[block], at: token, &work) }
                default: break
                }
                // `stage('x') {`, `} else {`, `images.each {`
                if parentheses == 0, next?.isSign("{") ?? false || next?.isSign("(") ?? false {
                    (name, argument) = (word.split(separator: ".").last.map(String.init) ?? word, nil)
                    (variables, mayHaveSetAnything) = ([:], false)
                } else if word == "dir", let next, case .text = next.kind {
                    // `dir 'x', {`
                    (name, argument) = (word, next)
                }
            }
        }
        return stated
    }

    /// A folder of the job's workspace that is named as a path of the machine: `/var/lib/jenkins/workspace/JOB/api`.
    private func inWorkspace(_ path: String) -> String? {
        guard path.hasPrefix("/"), let start = path.firstRange(of: "/workspace/")?.upperBound else {
            return nil
        }
        let inside = path[start...].drop { $0 != "/" }.drop { $0 == "/" }
        return Paths.resolve(inside.isEmpty ? "." : String(inside), in: ".").flatMap {
            files.kind(of: $0) == .folder ? $0 : nil
        }
    }

    /// A text given as the only argument, or by name: `sh 'x'`, `sh("x")`, `sh(script: 'x', returnStdout: true)`.
    private static func argument(_ name: String, after index: Int, in tokens: [CodeScanner.Token])
        -> CodeScanner.Token?
    {
        var place = index + 1
        func token() -> CodeScanner.Token? { place < tokens.count ? tokens[place] : nil }
        if token()?.isSign("(") ?? false { place += 1 }
        // Others may come first.
        for _ in 0..<8 {
            guard let first = token() else { return nil }
            if case .text = first.kind { return first }
            guard let word = first.word, place + 1 < tokens.count, tokens[place + 1].isSign(":") else {
                return nil
            }
            place += 2
            if word == name { continue }
            guard token() != nil else { return nil }
            place += 1
            if token()?.isSign(",") ?? false { place += 1 }
        }
        return nil
    }

    /// - Parameter prefix: what stands before the text in the command.
    private mutating func add(
        _ token: CodeScanner.Token, as prefix: String?, in block: Block, _ unit: Int, _ work: inout WorkBudget
    ) {
        guard case .text(let text) = token.kind,
            prefix != nil || ScriptReader.mentionsBuilders(text.bytes[...])
        else { return }
        if token.isChanged {
            stated.notes.append(.computed(token, in: source))
            return
        }
        let start = Array((prefix ?? "").utf8)
        var pieces = text.pieces.map { JoinedText.Piece(joined: $0.joined + start.count, source: $0.source) }
        if !start.isEmpty {
            pieces.insert(JoinedText.Piece(joined: 0, source: token.range.lowerBound), at: 0)
        }
        guard work.spend(block.variables.count + text.bytes.count / 8) else { return }
        var read = ScriptReader(files: files).read(
            JoinedText(bytes: start + text.bytes, pieces: pieces), in: source, folders: block.folders,
            variables: block.variables, within: token.range, work: &work
        ).stated
        for index in read.builds.indices where block.isConditional { read.builds[index].isConditional = true }
        read.place(unit: unit)
        stated.append(read)
    }

    /// `docker.build('image')`, `docker.build("image", "-f x folder")`.
    private mutating func addBuild(
        at index: Int, in tokens: [CodeScanner.Token], _ block: Block, _ unit: Int, _ work: inout WorkBudget
    ) {
        var place = index + 1
        if place < tokens.count, tokens[place].isSign("(") { place += 1 }
        var nesting = 0
        var arguments: [[CodeScanner.Token]] = [[]]
        while place < tokens.count, arguments[arguments.count - 1].count < 16 {
            let token = tokens[place]
            place += 1
            if token.isSign("(") { nesting += 1 }
            if token.isSign(")") {
                nesting -= 1
                if nesting < 0 { break }
            }
            if token.isSign(","), nesting == 0 {
                guard arguments.count < 2 else { break }
                arguments.append([])
            } else {
                arguments[arguments.count - 1].append(token)
            }
        }
        let image = arguments[0].count == 1 ? arguments[0][0].literal : nil
        let count = stated.builds.count
        if arguments.count == 1 {
            let text = JoinedText(
                bytes: Array(".".utf8), pieces: [.init(joined: 0, source: tokens[index].range.lowerBound)])
            add(
                CodeScanner.Token(kind: .text(text), range: tokens[index].range), as: "docker build ",
                in: block,
                unit, &work)
        } else if arguments[1].count == 1, case .text = arguments[1][0].kind {
            add(arguments[1][0], as: "docker build ", in: block, unit, &work)
        } else {
            var build = StatedBuild(
                dockerfile: .unknown("arguments of docker.build"), context: .unknown,
                statement: Statement(
                    kind: .script, path: source.path, line: source.line(at: tokens[index].range.lowerBound)))
            build.bytes = tokens[index].range
            build.mayHaveMore = true
            stated.builds.append(build)
        }
        guard let image, stated.builds.count > count else { return }
        let name = image.prefix { $0 != ":" }
        if !name.isEmpty, stated.builds[count].name == nil { stated.builds[count].name = String(name) }
    }

    /// It means nothing to a shell.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "._/-".utf8.contains(byte)
    }

    /// Jenkins builds `filename` (Dockerfile) below `dir` (the root), with that folder for the context.
    private mutating func addAgent(_ block: Block, at token: CodeScanner.Token, _ work: inout WorkBudget) {
        func told(_ token: CodeScanner.Token?, or other: String) -> String? {
            token == nil ? other : token?.literal
        }
        let folder = told(block.folder, or: ".").flatMap { Paths.resolve($0, in: ".") }
        let file = told(block.name == "dockerfile" ? block.file : nil, or: "Dockerfile")
        let path = folder.flatMap { folder in file.flatMap { Paths.resolve($0, in: folder) } }
        let isPlain = [file, folder].allSatisfy { text in
            text?.utf8.allSatisfy { Self.isPathByte($0) } ?? false
        }
        if isPlain, let path, let folder, let arguments = block.arguments, arguments.literal != nil {
            let own = Block(
                name: "", folders: ["."], variables: block.variables, isConditional: block.isConditional)
            add(arguments, as: "docker build -f \(path) \(folder) ", in: own, 0, &work)
            return
        }
        let place = block.file ?? block.folder ?? token
        var build = StatedBuild(
            dockerfile: path.map { .path($0) } ?? .unknown("filename"),
            context: folder.map { .directory($0) } ?? .unknown,
            statement: Statement(
                kind: .script, path: source.path, line: source.line(at: place.range.lowerBound)))
        build.bytes = place.range
        if block.arguments != nil {
            build.mayHaveMore = true
            build.mayPassMore = true
        }
        stated.builds.append(build)
    }
}
