import Diagnostics
import Repository
import SourceText

extension BuildFileFormat {
    /// The `scripts` of a package.json, which run in its folder (docs.npmjs.com, "scripts").
    static let packageScripts = ofDocuments(
        isFile: { name, _ in name.equals("package.json") },
        mayBuild: { ScriptReader.mentionsBuilders($0[...]) }
    ) { documents, source, files, work in
        var stated = StatedBuilds()
        let folder = Paths.folder(of: source.path)
        for (unit, (_, command)) in (documents.first?["scripts"]?.mapping ?? []).enumerated() {
            guard let text = command.string, ScriptReader.mentionsBuilders(Array(text.utf8)[...]),
                let script = command.script(in: source)
            else { continue }
            var read = ScriptReader(files: files).read(
                script, in: source, folders: [folder], within: command.bytes(in: source), work: &work
            ).stated
            read.place(unit: unit)
            stated.append(read)
        }
        return stated
    }
}
