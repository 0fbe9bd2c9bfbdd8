import Diagnostics
import Dockerfile
import Repository
import SourceText

/// A build of a script or makefile that a step of a pipeline runs.
package struct CalledBuild: Sendable {
    package let statement: BuildStatement
    /// The pipeline's file.
    package let path: String
    package let place: Pipeline.StepPlace
}

extension CalledBuild {
    /// Only what is run from the repository's root by its path or by `make` is followed; anything else stays unknown.
    /// - Parameter statements: of the whole project.
    static func all(
        of pipelines: [Pipeline], among statements: [BuildStatement], _ rules: [MakeRule]
    ) -> [CalledBuild] {
        let stated = Dictionary(
            grouping: statements.filter { $0.kind == .script && $0.step == nil && !$0.isConditional },
            by: \.path)
        guard !stated.isEmpty else { return [] }
        let makefiles = Set(rules.map(\.path))
        var called: [CalledBuild] = []
        for pipeline in pipelines {
            for (job, steps) in pipeline.jobs.map(\.steps).enumerated() {
                for (number, step) in steps.enumerated() {
                    guard step.folder == ".", let run = step.run, run.utf8.count <= Limits.callingScript,
                        called.count < Limits.statedBuilds
                    else { continue }
                    let place = Pipeline.StepPlace(job: job, step: number)
                    for call in BuildCall.all(in: run) {
                        guard let path = call.file(among: stated, makefiles) else { continue }
                        let units = call.targets.map { rules.units(making: $0, of: path) }
                        called += stated[path]!.filter { units?.contains($0.unit) ?? true }
                            .map { CalledBuild(statement: $0, path: pipeline.source.path, place: place) }
                    }
                }
            }
        }
        return called
    }

    /// Whether a file may run a makefile, a script or an action of the repository.
    static func mayBe(in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            ["make ", ".sh", "uses: ./"].contains { buffer.contains(Array($0.utf8)) }
        }
    }
}

/// A command that runs a file of the repository.
private struct BuildCall {
    /// As written; nil for the makefile of the folder.
    let path: String?
    /// What `make` is to make; nil for a script.
    let targets: [String]?

    /// Those of a script that stays in its folder.
    static func all(in text: String) -> [BuildCall] {
        let script = ShellScript(
            parsing: JoinedText(bytes: Array(text.utf8), pieces: [.init(joined: 0, source: 0)]))
        guard !script.commands.contains(where: { $0.program == "cd" || $0.program == "pushd" }) else {
            return []
        }
        return script.commands.lazy.filter { !$0.isConditional }.compactMap(BuildCall.init)
    }

    init?(_ command: ShellCommand) {
        guard let program = command.program, command.words[0].isLiteral else { return nil }
        let arguments = command.arguments
        switch program {
        case "make", "gmake":
            var path: String?
            var targets: [String] = []
            var words = arguments
            while let word = words.popFirst() {
                // What cannot be told may be a target that builds, or none.
                guard word.isLiteral else { continue }
                switch word.text {
                case "-C", "--directory", "-f", "--file", "--makefile":
                    guard let value = words.popFirst(), value.isLiteral else { return nil }
                    let isFolder = word.text == "-C" || word.text == "--directory"
                    path = isFolder ? Paths.join(value.text, "Makefile") : value.text
                default:
                    if !word.text.hasPrefix("-"), !word.text.contains("=") { targets.append(word.text) }
                }
            }
            // Unknown targets only: the default one is not made.
            if targets.isEmpty, arguments.contains(where: { !$0.isLiteral }) { return nil }
            self.path = path
            self.targets = targets
        case "bash", "sh", "source", ".":
            guard let file = arguments.first(where: { !$0.text.hasPrefix("-") }), file.isLiteral else {
                return nil
            }
            path = file.text
            targets = nil
        default:
            guard command.words[0].text.contains("/") else { return nil }
            path = command.words[0].text
            targets = nil
        }
    }

    /// - Returns: the file that it runs, of those that state builds.
    func file(among stated: [String: [BuildStatement]], _ makefiles: Set<String>) -> String? {
        guard let path else {
            return ["GNUmakefile", "makefile", "Makefile"].first {
                makefiles.contains($0) && stated[$0] != nil
            }
        }
        guard let plain = Paths.resolve(path, in: "."), stated[plain] != nil,
            (targets != nil) == makefiles.contains(plain)
        else { return nil }
        return plain
    }
}
