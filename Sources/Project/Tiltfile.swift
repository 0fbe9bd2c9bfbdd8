import Diagnostics
import Dockerfile
import Repository
import SourceText

extension BuildFileFormat {
    static let tiltfile = BuildFileFormat(
        isFile: { name, _ in name.equals("tiltfile") || name.hasPrefix("tiltfile.") },
        mayBuild: { $0.holds("_build") }
    ) { source, files, work in
        let reader = TiltfileReader(source: source, files: files)
        return reader.read(&work)
    }
}

/// `docker_build` of Tilt, with literal arguments. Paths are relative to the Tiltfile; the Dockerfile is the context's by
/// itself.
/// Source: docs.tilt.dev/api.html, `docker_build`, `custom_build`.
struct TiltfileReader {
    let source: SourceText
    let files: Snapshot

    /// An argument; nil for a name where it has none.
    private typealias Argument = (name: String?, tokens: ArraySlice<CodeScanner.Token>)

    func read(_ work: inout WorkBudget) -> StatedBuilds {
        var stated = StatedBuilds()
        let tokens = CodeScanner.tokens(of: source, in: .starlark, &work)
        for (index, token) in tokens.enumerated()
        where index + 1 < tokens.count && tokens[index + 1].isSign("(") {
            switch token.word {
            case "docker_build", "docker_build_with_restart":
                guard let arguments = arguments(at: index + 2, in: tokens, &work) else { return stated }
                stated.builds.append(build(arguments, at: token))
            case "custom_build":
                guard let arguments = arguments(at: index + 2, in: tokens, &work) else { return stated }
                guard let command = Self.find("command", 1, in: arguments), command.count == 1,
                    let first = command.first, case .text(let text) = first.kind
                else { break }
                let own = Paths.folder(of: source.path)
                let dir = Self.find("dir", nil, in: arguments).map { dir in
                    dir.count == 1 ? dir.first?.literal.flatMap { Paths.resolve($0, in: own) } : nil
                }
                let folder = dir ?? own
                var read = ScriptReader(files: files).read(
                    text, in: source, folders: folder.map { [$0] } ?? [], within: first.range,
                    work: &work
                ).stated
                read.place(unit: index)
                stated.append(read)
            default: break
            }
        }
        return stated
    }

    /// - Returns: nil where the budget ends.
    private func arguments(
        at start: Int, in tokens: [CodeScanner.Token], _ work: inout WorkBudget
    ) -> [Argument]? {
        var arguments: [Argument] = []
        var depth = 0
        var first = start
        func end(_ index: Int) {
            guard index > first else { return }
            var argument = tokens[first..<index]
            var name: String?
            if argument.count > 2, let word = argument.first?.word, tokens[first + 1].isSign("=") {
                name = word
                argument = argument.dropFirst(2)
            }
            arguments.append((name, argument))
        }
        for index in tokens[start...].indices {
            guard work.spend() else { return nil }
            guard case .sign(let sign) = tokens[index].kind else { continue }
            switch sign {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")") where depth == 0:
                end(index)
                return arguments
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                end(index)
                first = index + 1
            default: break
            }
        }
        return arguments
    }

    private static func find(_ name: String, _ position: Int?, in arguments: [Argument])
        -> ArraySlice<CodeScanner.Token>?
    {
        if let named = arguments.first(where: { $0.name == name }) { return named.tokens }
        let unnamed = arguments.prefix { $0.name == nil }
        return position.flatMap { unnamed.indices.contains($0) ? unnamed[$0].tokens : nil }
    }

    private func build(_ arguments: [Argument], at token: CodeScanner.Token) -> StatedBuild {
        let own = Paths.folder(of: source.path)
        /// nil where it is not given; a nil in it where it is computed.
        func text(_ name: String, _ position: Int?) -> String?? {
            guard let found = Self.find(name, position, in: arguments) else { return nil }
            return .some(found.count == 1 ? found.first?.literal : nil)
        }
        let context = text("context", 1).flatMap { $0 }.map { BuildSource($0, in: own, root: files.root) }
        var file: StatedBuild.File
        if Self.find("dockerfile_contents", nil, in: arguments) != nil {
            file = .unknown("dockerfile_contents")
        } else if let written = text("dockerfile", 3) {
            file = written.map { Self.file($0, in: own, root: files.root) } ?? .unknown("dockerfile")
        } else {
            file = context.flatMap(StatedBuild.File.byDefault) ?? .unknown("context")
        }
        var build = StatedBuild(
            dockerfile: file, context: context ?? .unknown,
            statement: Statement(
                kind: .script, path: source.path, line: source.line(at: token.range.lowerBound)))
        build.bytes = token.range
        build.name = text("ref", 0).flatMap { $0 }
        if let target = text("target", nil) {
            build.target = target
            if target == nil { build.unknownOptions.insert("target") }
        }
        if let platform = text("platform", nil) {
            if let platform { build.platforms = [platform] } else { build.unknownOptions.insert("platform") }
        }
        // `**options`, and options of docker's own.
        if arguments.contains(where: { $0.tokens.first?.isSign("*") ?? false })
            || Self.find("extra_args", nil, in: arguments) != nil
        {
            build.mayHaveMore = true
            build.mayPassMore = true
        }
        if let passed = Self.find("build_args", 2, in: arguments) { pass(passed, to: &build) }
        return build
    }

    private static func file(_ text: String, in folder: String, root: String) -> StatedBuild.File {
        switch BuildSource(text, in: folder, root: root) {
        case .directory(let path): .path(path)
        case .elsewhere(let text): .elsewhere(text)
        case .unknown: .unknown("dockerfile")
        }
    }

    /// `{'A': 'b', 'C': computed}`, or a list of `A=b`.
    private func pass(_ tokens: ArraySlice<CodeScanner.Token>, to build: inout StatedBuild) {
        guard tokens.first?.isSign("{") ?? false, tokens.last?.isSign("}") ?? false else {
            build.mayPassMore = true
            return
        }
        let inside = Array(tokens.dropFirst().dropLast())
        for pair in inside.split(whereSeparator: { $0.isSign(",") }) {
            guard pair.count >= 3, let name = pair.first?.literal, pair[pair.startIndex + 1].isSign(":")
            else {
                build.mayPassMore = true
                continue
            }
            build.args[name] = .some(pair.count == 3 ? pair.last?.literal : nil)
        }
    }
}
