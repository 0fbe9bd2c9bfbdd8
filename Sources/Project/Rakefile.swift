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
            case .word(let word): isRun = ["sh", "system", "exec", "run"].contains(word)
            case .sign(let sign): isRun = isRun && sign == UInt8(ascii: "(")
            case .text(let text):
                let isBackquoted = source.bytes[token.range.lowerBound] == UInt8(ascii: "`")
                if isRun || isBackquoted, ScriptReader.mentionsBuilders(text.bytes[...]) {
                    if token.isChanged {
                        stated.notes.append(.computed(token, in: source))
                        break
                    }
                    var read = ScriptReader(files: files).read(
                        text, in: source, folders: folders, within: token.range,
                        work: &work
                    ).stated
                    read.place(unit: unit)
                    stated.append(read)
                }
                isRun = false
            }
        }
        return stated
    }
}
