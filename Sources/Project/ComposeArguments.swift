import Diagnostics
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
    init?(
        _ invocation: ShellEvaluator.Invocation, by evaluator: ShellEvaluator, path: String,
        work: inout WorkBudget
    ) {
        guard let folder = invocation.folders.first else { return nil }
        folders = invocation.folders
        let order = invocation.command.order
        var rest = invocation.words.dropFirst()
        if Paths.name(of: invocation.words.first?.text ?? "") == "docker" {
            guard rest.popFirst()?.text == "compose" else { return nil }
        }
        var isBuild = false
        while let word = rest.popFirst() {
            let text = evaluator.value(of: word, at: order, in: folder, work: &work)
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
            let value = evaluator.value(of: holder, at: order, in: folder, work: &work)
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
                        change: evaluator.change(of: holder, at: order, work: &work), path: path,
                        bytes: word.range.lowerBound..<max(word.range.upperBound, holder.range.upperBound)))
            default: break
            }
        }
        guard isBuild, !options.isEmpty else { return nil }
    }

    mutating func clamp(to bounds: Range<Int>) {
        for index in options.indices { options[index].clamp(to: bounds) }
    }

    /// The builds of compose files that get them.
    func reached(among builds: ComposeBuilds) -> [Int] {
        let candidates =
            files.isEmpty
            ? Set(folders).flatMap { builds.byFolder[$0] ?? [] }
            : files.flatMap { builds.byPath[$0] ?? [] }
        return candidates.filter { services.isEmpty || services.contains($0.name) }.map(\.index)
            .sorted()
    }

    /// Builds of compose files, by where they stand.
    struct ComposeBuilds {
        fileprivate private(set) var byPath: [String: [(index: Int, name: String)]] = [:]
        fileprivate private(set) var byFolder: [String: [(index: Int, name: String)]] = [:]

        init(_ builds: [StatedBuild]) {
            for (index, build) in builds.enumerated() where build.statement.kind == .compose {
                guard let name = build.name else { continue }
                byPath[build.statement.path, default: []].append((index, name))
            }
            for (path, builds) in byPath { byFolder[Paths.folder(of: path), default: []] += builds }
        }
    }

    static let takingValues: Set<String> = [
        "-f", "--file", "-p", "--project-name", "--project-directory", "--profile", "--env-file", "--ansi",
        "--progress", "--parallel", "--build-arg", "--builder", "-m", "--memory", "--ssh", "--provenance",
        "--sbom",
    ]
}
