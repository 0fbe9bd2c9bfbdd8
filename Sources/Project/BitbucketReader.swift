import Diagnostics
import Repository

extension Pipeline.System {
    package static let bitbucket: Self = {
        var system = Self("Bitbucket Pipelines")
        system.makesBuilders = false
        return system
    }()
}

extension PipelineFormat {
    static let bitbucket = ofFirstDocument(isFile: { name, _ in name.hasPrefix("bitbucket-pipelines.") }) {
        yaml, draft, work in
        var reader = BitbucketReader(draft: draft)
        return reader.read(yaml, work: &work)
    }
}

/// The steps of Bitbucket Pipelines: each is a job of its own.
/// Sources: support.atlassian.com, "Bitbucket Pipelines configuration reference" (`pipelines`, `step`, `parallel`, `stage`,
/// `services`, `caches`, `runs-on`), "Run Docker commands in Bitbucket Pipelines" (the service `docker` is new for each step;
/// its containers have no privileges) and "Cache dependencies" (`docker` keeps layers of the builder before BuildKit).
struct BitbucketReader {
    private var draft: PipelineDraft
    /// The jobs of steps that were read, by the step's place: an anchor stands for one step in many pipelines.
    private var known: [Int: Int] = [:]

    init(draft: PipelineDraft) { self.draft = draft }

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        for (kind, pipeline) in yaml["pipelines"]?.mapping ?? [] {
            let event: Pipeline.Triggers.Event =
                switch kind.string {
                case "default", "branches": .push
                case "tags": .tag
                case "pull-requests": .pullRequest
                default: .other
                }
            let lists = pipeline.sequence.map { _ in [pipeline] } ?? pipeline.mapping?.map(\.value) ?? []
            for list in lists {
                for item in list.sequence ?? [] { read(item, in: yaml, on: event, depth: 0, &work) }
            }
        }
        return draft.stated(of: .bitbucket)
    }

    private mutating func read(
        _ item: YAML, in file: YAML, on event: Pipeline.Triggers.Event, depth: Int, _ work: inout WorkBudget
    ) {
        guard work.spend(), depth < Limits.bitbucketDepth else { return }
        for key in ["parallel", "stage"] {
            for inner in item[key]?.sequence ?? item[key]?["steps"]?.sequence ?? [] {
                read(inner, in: file, on: event, depth: depth + 1, &work)
            }
        }
        guard let step = item["step"] else { return }
        // By hand only; a step that others run at once may have it nevertheless.
        let event = step["trigger"]?.string == "manual" ? .other : event
        if let job = known[step.offset] {
            draft.changeJob(job) { job in
                job.triggers = Pipeline.Triggers(events: job.triggers.events.union([event]))
            }
            return
        }
        known[step.offset] = draft.jobCount
        var job = Pipeline.Job(step["name"]?.string ?? "")
        job.triggers = Pipeline.Triggers(events: [event])
        // The docker of its image is not the one that runs: the service brings its own along, so `image` stays unknown.
        let services = step["services"]?.sequence?.compactMap(\.string) ?? []
        let caches = step["caches"]?.sequence?.compactMap(\.string) ?? []
        let isOwn = step["runs-on"] != nil || step["runtime"] != nil
        if services.contains("docker"), !caches.contains("docker"), !isOwn,
            file["definitions"]?["services"]?["docker"]?["image"] == nil
        {
            job.keepsLayers = .no
        }
        job.caches = caches.map { name in
            let folder = file["definitions"]?["caches"]?[name]
            return Pipeline.Cache(
                paths: [folder?["path"]?.string ?? folder?.string ?? name], key: name, isWrittenOnce: true,
                step: nil)
        }
        if let paths = step["artifacts"]?.sequence ?? step["artifacts"]?["paths"]?.sequence {
            job.caches.append(
                Pipeline.Cache(paths: paths.compactMap(\.string), key: nil, isWrittenOnce: false, step: nil))
        }
        draft.add(job)
        var folders = ["."]
        for key in ["script", "after-script"] {
            if key == "after-script" { folders = ["."] }
            for line in PipelineDraft.list(step[key]) {
                if let pipe = line["pipe"] {
                    var other = Pipeline.Step(bytes: pipe.bytes(in: draft.source))
                    other.action = pipe.string?.split(separator: ":").first?.lowercased()
                    draft.add(other)
                } else {
                    folders = draft.addScript(
                        line, folders: folders, variables: ["BITBUCKET_CLONE_DIR": draft.files.root], &work)
                }
            }
        }
    }
}
