import Diagnostics
import Repository
import SourceText

extension Pipeline.System {
    package static let drone = Self("Drone")
    package static let woodpecker = Self("Woodpecker")
}

extension PipelineFormat {
    static let drone = PipelineFormat(isFile: { name, _ in name.hasPrefix(".drone.") }) {
        documents, draft, work in
        var reader = DroneReader(draft: draft)
        return reader.read(documents, of: .drone, work: &work)
    }

    static let woodpecker = PipelineFormat(
        isFile: { name, folder in
            name.hasPrefix(".woodpecker.") || folder.isOrIsBelow(".woodpecker")
                || folder.isOrIsBelow(".pipeline")
        }
    ) { documents, draft, work in
        var reader = DroneReader(draft: draft)
        return reader.read(documents, of: .woodpecker, work: &work)
    }
}

/// The pipelines of Drone and of Woodpecker, which came of it: commands of steps, and the plugins that build images.
/// Sources: docs.drone.io, "Docker pipelines" (each document is a pipeline; `steps`, `commands`, `settings`, `trigger`);
/// woodpecker-ci.org/docs, "Workflow syntax" (`steps` as a list or a mapping, `when`); drone-plugins/drone-docker,
/// `cmd/drone-docker/main.go`, and woodpecker-plugins/docker-buildx, `docs.md` (settings and their defaults).
struct DroneReader {
    var draft: PipelineDraft

    mutating func read(_ documents: [YAML], of system: Pipeline.System, work: inout WorkBudget)
        -> StatedBuilds
    {
        for yaml in documents {
            var job = Pipeline.Job(yaml["name"]?.string ?? "")
            job.triggers = Self.triggers(yaml["trigger"] ?? yaml["when"])
            job.services = Self.steps(yaml["services"]).compactMap { draft.value($0["image"]) }
            draft.add(job)
            // `pipeline` is what Drone up to 0.8 and Woodpecker up to 0.15 called it.
            for step in Self.steps(yaml["steps"] ?? yaml["pipeline"]) { read(step, &work) }
        }
        return draft.stated(of: system)
    }

    private mutating func read(_ yaml: YAML, _ work: inout WorkBudget) {
        let image = draft.value(yaml["image"])
        let commands = PipelineDraft.list(yaml["commands"])
        if !commands.isEmpty {
            var folders = ["."]
            let variables = PipelineDraft.variables(yaml["environment"])
            for command in commands {
                folders = draft.addScript(
                    command, folders: folders, variables: variables, image: image,
                    names: Set((yaml["environment"]?.mapping ?? []).compactMap { $0.key.string }), &work)
            }
            return
        }
        guard let written = yaml["image"], let key = yaml.key("image") else { return }
        // An alias has the place of what it stands for.
        let place = written.line == key.line ? written : key
        // Without `settings`, as it was before 1.0.
        let settings = yaml["settings"] ?? yaml
        var step = Pipeline.Step(bytes: place.bytes(in: draft.source))
        step.action = image?.text.split(whereSeparator: { ":@".contains($0) }).first.map { $0.lowercased() }
        step.inputs = (settings.mapping ?? []).compactMap { key, value in
            draft.input(key, value, value: value.string.flatMap { $0.contains("$") ? nil : $0 })
        }
        guard let action = step.action, Self.plugins.contains(where: { action.hasSuffix($0) }) else {
            draft.add(step)
            return
        }
        func setting(_ name: String) -> YAML? {
            settings.mapping?.first { $0.key.string.map { $0.filter { $0 != "-" && $0 != "_" } } == name }?
                .value
        }
        var build = TaskBuild()
        build.dockerfile = setting("dockerfile")
        build.context = setting("context")
        let names = [
            ("repo", "tag"), ("target", "target"), ("buildargs", "build-arg"), ("args", "build-arg"),
            ("platforms", "platform"), ("cachefrom", "cache-from"), ("cacheto", "cache-to"),
            ("nocache", "no-cache"),
        ]
        for (name, option) in names {
            if let value = setting(name) { build.options.append((option, PipelineDraft.list(value))) }
        }
        var stated = build.build(at: place, in: draft.source, files: draft.files)
        for (name, value) in setting("buildargs")?.mapping ?? [] {
            guard let name = name.string else { continue }
            stated.args[name] = .some(value.string.flatMap { $0.contains("$") ? nil : $0 })
        }
        if action.contains("kaniko") {
            stated.builder = .kaniko
            let cache = setting("enablecache") ?? setting("cache")
            stated.heedLayers(cache?.string, isTold: cache?.string?.contains("$") != true)
        }
        // Without a context, the Dockerfile's name alone is the plugin's default.
        stated.mayHaveMore = setting("buildargsfromenv") != nil || setting("cacheimages") != nil
        if setting("dryrun")?.string != "true" {
            stated.options.append(
                BuildOption(
                    name: "push", value: setting("dryrun") == nil ? "true" : nil, written: action,
                    path: draft.source.path,
                    bytes: place.bytes(in: draft.source)))
        }
        draft.add(step, stated, &work)
    }

    /// The ends of the names of images that build images: of Drone's own, those for registries, Woodpecker's, and kaniko's.
    private static let plugins = [
        "plugins/docker", "plugins/ecr", "plugins/gcr", "plugins/gar", "plugins/acr", "plugins/heroku",
        "plugins/kaniko", "plugins/kaniko-ecr", "plugins/kaniko-gcr", "plugins/buildx",
        "woodpeckerci/plugin-docker-buildx",
        "woodpeckerci/plugin-kaniko", "thegeeklab/drone-docker", "thegeeklab/drone-docker-buildx",
        "thegeeklab/wp-docker-buildx", "banzaicloud/drone-kaniko",
    ]

    /// A list, or a mapping of names.
    private static func steps(_ yaml: YAML?) -> [YAML] {
        yaml?.sequence ?? yaml?.mapping?.map(\.value) ?? []
    }

    private static func triggers(_ yaml: YAML?) -> Pipeline.Triggers {
        guard let yaml else { return Pipeline.Triggers(events: [.push], isComplete: false) }
        var events: Set<Pipeline.Triggers.Event> = []
        var isComplete = true
        for part in yaml.sequence ?? [yaml] {
            let named = PipelineDraft.list(part["event"]?["include"] ?? part["event"])
            if named.isEmpty {
                events.insert(.push)
                isComplete = false
            }
            for event in named {
                switch event.string {
                case "push": events.insert(.push)
                case "tag", "release": events.insert(.tag)
                case "pull_request": events.insert(.pullRequest)
                default: events.insert(.other)
                }
            }
        }
        return Pipeline.Triggers(events: events, isComplete: isComplete)
    }
}
