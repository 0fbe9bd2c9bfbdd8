import Diagnostics
import Repository
import SourceText

extension Pipeline.System {
    package static let cloudBuild = Self("Google Cloud Build")
}

extension PipelineFormat {
    static let cloudBuild = ofFirstDocument(isFile: { name, _ in name.hasPrefix("cloudbuild") }) {
        yaml, draft, work in
        var reader = CloudBuildReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The steps of Google Cloud Build: the builder `docker`, kaniko, and scripts.
/// Sources: cloud.google.com/build/docs, "Build configuration file schema" (`steps`, `name`, `entrypoint`, `args`, `dir`,
/// `script`, `substitutions`), "Build container images" and "Use Kaniko cache" (the executor's options).
struct CloudBuildReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var job = Pipeline.Job("")
        // The trigger is a setting of the project's; the machine is new for each build, in a pool of one's own too.
        job.keepsLayers = .no
        draft.add(job)
        let variables = PipelineDraft.variables(yaml["substitutions"])
        for step in yaml["steps"]?.sequence ?? [] {
            let folder =
                step["dir"].map { dir in
                    dir.string.flatMap { $0.contains("$") ? nil : Paths.resolve($0, in: ".") }
                } ?? "."
            let folders = folder.map { [$0] } ?? []
            let name = (step["name"]?.string ?? "").split(separator: ":").first.map { $0.lowercased() } ?? ""
            let arguments = PipelineDraft.list(step["args"])
            let entrypoint = step["entrypoint"]?.string
            if let script = step["script"] {
                draft.addScript(script, folders: folders, variables: variables, &work)
            } else if let entrypoint, ["bash", "sh"].contains(Paths.name(of: entrypoint)) {
                // `-c` may stand with others, such as `-ec`.
                let isCommand =
                    arguments.first?.string.map { $0.hasPrefix("-") && $0.hasSuffix("c") } ?? false
                if isCommand, arguments.count > 1 {
                    draft.addScript(arguments[1], folders: folders, variables: variables, &work)
                }
            } else if entrypoint == "docker" || entrypoint == nil && name.hasSuffix("/docker")
                || name == "docker"
            {
                draft.addCommand(
                    "docker", arguments, uses: name, folders: folders, variables: variables, &work)
            } else if name.hasSuffix("kaniko-project/executor"), let place = step["name"] {
                var other = Pipeline.Step(bytes: place.bytes(in: draft.source))
                other.action = name
                draft.add(other, kaniko(arguments, at: place), &work)
            } else {
                var other = Pipeline.Step(bytes: step.bytes(in: draft.source))
                other.action = name
                draft.add(other)
            }
        }
        return draft.stated(of: .cloudBuild)
    }

    /// Source: GoogleContainerTools/kaniko, README (`--dockerfile` is below the context, or relative to where it runs).
    private func kaniko(_ arguments: [YAML], at place: YAML) -> StatedBuild {
        var values: [String: String] = [:]
        for argument in arguments {
            guard let parts = argument.string?.split(separator: "=", maxSplits: 1), parts.count == 2 else {
                continue
            }
            values[String(parts[0])] = String(parts[1])
        }
        func known(_ text: String?) -> String? { text.flatMap { $0.contains("$") ? nil : $0 } }
        let context = known(values["--context"] ?? ".").map { text in
            text.hasPrefix("dir://") ? String(text.dropFirst(6)) : text
        }.map { $0 == "/workspace/" || $0 == "/workspace" ? "." : $0 }
        var build = StatedBuild(
            dockerfile: .unknown("--dockerfile"),
            context: context.map { BuildSource($0, in: ".", root: draft.files.root) } ?? .unknown,
            statement: Statement(kind: .script, path: draft.source.path, line: place.line))
        if let written = values["--dockerfile"] {
            let base = build.context.directory ?? "."
            let candidates = [Paths.resolve(written, in: base), Paths.resolve(written, in: ".")].compactMap {
                $0
            }
            if known(written) != nil,
                let path = candidates.first(where: { draft.files.kind(of: $0) == .file }) ?? candidates.first
            {
                build.dockerfile = .path(path)
            } else {
                build.dockerfile = .unknown("--dockerfile=\(written)")
            }
        } else if let folder = build.context.directory {
            build.dockerfile = .path(Paths.join(folder, "Dockerfile"))
        }
        build.bytes = place.bytes(in: draft.source)
        build.target = known(values["--target"])
        // What kaniko makes of a Dockerfile is not known here as BuildKit's answer is.
        build.mayHaveMore = true
        build.mayPassMore = true
        return build
    }
}
