import Diagnostics
import Dockerfile
import Repository
import SourceText

extension BuildFileFormat {
    /// What a Rakefile runs: `sh "docker build …"`, `system(…)`, `exec(…)`, and what stands in backticks.
    /// Source: ruby.github.io/rake, "FileUtils#sh".
    static let rakefile = BuildFileFormat(
        isFile: { name, _ in name.equals("rakefile") || name.hasSuffix(".rake") },
        mayBuild: { ScriptReader.mentionsBuilders($0[...]) }
    ) { source, files, work in
        var stated = StatedBuilds()
        let tokens = CodeScanner.tokens(of: source, in: .ruby, &work)
        // rake runs tasks in the Rakefile's folder, wherever files of tasks stand.
        let own = Paths.folder(of: source.path)
        let isElsewhere = tokens.contains { ["Dir.chdir", "FileUtils.cd", "chdir", "cd"].contains($0.word) }
        let folders = isElsewhere ? [] : source.path.hasSuffix(".rake") ? [".", own] : [own]
        var isRun = false
        for (unit, token) in tokens.enumerated() {
            switch token.kind {
            case .word(let word):
                // `Images.docker_build(file)`
                if word.hasSuffix("docker_build"), unit + 1 < tokens.count, tokens[unit + 1].isSign("("),
                    unit == 0 || tokens[unit - 1].word != "def"
                {
                    stated.notes.append(.computed(token, in: source))
                }
                isRun = ["sh", "system", "exec", "run"].contains(word)
            case .sign(let sign):
                // `sh(*docker_build_command, "-t", "x")`
                if isRun, sign == UInt8(ascii: "*"), unit + 1 < tokens.count,
                    let word = tokens[unit + 1].word?.lowercased(), word.contains("docker"),
                    word.contains("build")
                {
                    stated.notes.append(.computed(tokens[unit + 1], in: source))
                }
                isRun = isRun && sign == UInt8(ascii: "(")
            case .text(let text):
                let isBackquoted = source.bytes[token.range.lowerBound] == UInt8(ascii: "`")
                if isRun || isBackquoted, ScriptReader.mentionsBuilders(text.bytes[...]) {
                    if token.isChanged {
                        stated.notes.append(.computed(token, in: source))
                        break
                    }
                    let words = isRun ? words(from: unit, in: tokens) : nil
                    var read = ScriptReader(files: files).read(
                        words?.text ?? text, in: source, folders: folders,
                        within: words?.range ?? token.range, work: &work
                    ).stated
                    read.place(unit: unit)
                    stated.append(read)
                }
                isRun = false
            }
        }
        return stated
    }

    /// `sh "docker", "build", …`: each text is a word of one command.
    /// - Parameter first: of the texts, at `start`.
    /// - Returns: the command with the place behind it; nil where it is one text, or a part is computed.
    private static func words(
        from start: Int, in tokens: [CodeScanner.Token]
    ) -> (text: JoinedText, range: Range<Int>)? {
        var bytes: [UInt8] = []
        var pieces: [JoinedText.Piece] = []
        var index = start
        while index < tokens.count, case .text(let text) = tokens[index].kind, !tokens[index].isChanged {
            if !bytes.isEmpty { bytes.append(0x20) }
            pieces += text.pieces.map {
                JoinedText.Piece(joined: bytes.count + 1 + $0.joined, source: $0.source)
            }
            bytes += [UInt8(ascii: "\"")] + text.bytes + [UInt8(ascii: "\"")]
            guard index + 2 < tokens.count, tokens[index + 1].isSign(",") else { break }
            index += 2
        }
        guard index > start, index < tokens.count, case .text = tokens[index].kind, let first = pieces.first
        else { return nil }
        pieces[0] = JoinedText.Piece(joined: 0, source: first.source)
        return (
            JoinedText(bytes: bytes, pieces: pieces),
            tokens[start].range.lowerBound..<tokens[index].range.upperBound
        )
    }
}
