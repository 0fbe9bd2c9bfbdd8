import Dockerfile

/// What `docker compose build --build-arg` passes besides the arguments of the compose file.
/// Source: docs.docker.com, `docker compose build` and `docker compose` (the options that take a value).
struct ComposeArguments {
    /// What `-f` names, relative to the root; empty for the files that compose finds.
    private var files: Set<String> = []
    /// The services that are named; empty for all.
    private var services: Set<String> = []
    /// Where it may run.
    private let folders: [String]
    private(set) var options: [BuildOption] = []

    /// - Parameters:
    ///   - invocation: any command of docker or docker-compose.
    ///   - path: the file that it stands in.
    /// - Returns: nil where it passes none, or does not tell for which services.
    init?(_ invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, path: String) {
        guard let folder = invocation.folders.first else { return nil }
        folders = invocation.folders
        let order = invocation.command.order
        var rest = invocation.words.dropFirst()
        if Paths.name(of: invocation.words.first?.text ?? "") == "docker" {
            guard rest.popFirst()?.text == "compose" else { return nil }
        }
        var isBuild = false
        while let word = rest.popFirst() {
            let text = evaluator.value(of: word, at: order, in: folder)
            let shown = text.text ?? text.prefix
            guard shown.hasPrefix("-") else {
                guard let name = text.text else { return nil }
                if isBuild { services.insert(name) }
                guard isBuild || name == "build" else { return nil }
                isBuild = true
                continue
            }
            let name = String(shown.prefix { $0 != "=" })
            guard Self.takingValues.contains(name) else { continue }
            let hasOwn = shown.contains("=")
            guard let holder = hasOwn ? word : rest.popFirst() else { return nil }
            let value = evaluator.value(of: holder, at: order, in: folder)
            func own(_ text: String) -> String { hasOwn ? String(text.dropFirst(name.count + 1)) : text }
            switch name {
            case "-f", "--file":
                guard let file = value.text.map(own) else { return nil }
                files.formUnion(
                    folders.compactMap { BuildSource(file, in: $0, root: evaluator.root).directory })
            case "--project-directory": return nil
            case "--build-arg":
                options.append(
                    BuildOption(
                        name: "build-arg", value: value.text.map(own), written: own(value.written),
                        change: evaluator.change(of: holder, at: order), path: path,
                        bytes: word.range.lowerBound..<max(word.range.upperBound, holder.range.upperBound)))
            default: break
            }
        }
        guard isBuild, !options.isEmpty else { return nil }
    }

    /// Whether a build of a compose file gets them.
    func reach(_ build: StatedBuild) -> Bool {
        guard build.statement.kind == .compose, let name = build.name else { return false }
        let path = build.statement.path
        return (files.isEmpty ? folders.contains(Paths.folder(of: path)) : files.contains(path))
            && (services.isEmpty || services.contains(name))
    }

    private static let takingValues: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--ansi",
        "--progress", "--parallel", "--build-arg", "--builder", "-m", "--memory", "--ssh", "--provenance",
        "--sbom",
    ]
}
