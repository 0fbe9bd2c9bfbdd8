import Diagnostics
import Repository

extension Pipeline.System {
    package static let gitLab: Self = {
        var system = Self("GitLab")
        system.registryImage = "$CI_REGISTRY_IMAGE"
        return system
    }()
}

extension PipelineFormat {
    static let gitLab = PipelineFormat(isFile: { name, _ in name.equals(".gitlab-ci.yml") }) {
        documents, draft, work in
        var reader = GitLabReader(draft: draft)
        // What a component takes as inputs stands in a document before it.
        return documents.last { $0.mapping != nil }.map { reader.read($0, work: &work) } ?? StatedBuilds()
    }
}

/// The jobs of GitLab's CI, and the `docker build` lines of their scripts.
/// Source: docs.gitlab.com, "CI/CD YAML syntax reference" (`image`, `services`, `default`, `extends`, `cache`, `rules`, `only`)
/// and "Specify when jobs run with rules".
struct GitLabReader {
    var draft: PipelineDraft

    mutating func read(_ yaml: YAML, work: inout WorkBudget) -> StatedBuilds {
        var variables = PipelineDraft.variables(yaml["variables"])
        variables["CI_PROJECT_DIR"] = draft.files.root
        let names = Set((yaml["variables"]?.mapping ?? []).compactMap { $0.key.string })
        let pipelines = yaml["workflow"]?["rules"].map { Self.triggers(ofRules: $0) }
        let jobs = (yaml.mapping ?? []).filter { $0.key.string != "default" && $0.value.mapping != nil }
        let extended = Set(jobs.flatMap { PipelineDraft.list($0.value["extends"]).compactMap(\.string) })
        for (key, definition) in jobs {
            let name = key.string ?? ""
            // What a template says is read with each job that extends it.
            if name.hasPrefix("."), extended.contains(name) { continue }
            var job = Job(definition)
            job.extend(definition, in: yaml, depth: 1, &work)
            guard Self.scripts.contains(where: { job.likely($0) != nil }) else { continue }
            var (known, own) = (variables, names)
            for part in job.parts.reversed() {
                guard let values = PipelineDraft.variables(part["variables"], over: known, &work),
                    let all = PipelineDraft.names(part["variables"], over: own, &work)
                else { return draft.stated(of: .gitLab) }
                (known, own) = (values, all)
            }
            draft.add(self.job(name, job, in: yaml, variables: own, during: pipelines))
            var folders = ["."]
            for key in Self.scripts {
                if key == "after_script" { folders = ["."] }
                let inherited = definition[key] == nil
                for item in Self.flattened(job.likely(key) ?? job.value(key, in: yaml)) {
                    // The same text is read for many jobs.
                    guard !inherited || work.spend((item.string?.utf8.count ?? 0) + 1) else { break }
                    folders = draft.addScript(item, folders: folders, variables: known, &work)
                }
            }
        }
        return draft.stated(of: .gitLab)
    }

    private static let scripts = ["before_script", "script", "after_script"]

    /// A job with the templates of its file that it extends.
    private struct Job {
        /// What comes first holds.
        private(set) var parts: [YAML]
        /// All that it extends is in the file.
        private(set) var isWhole = true

        init(_ yaml: YAML) { parts = [yaml] }

        mutating func extend(_ yaml: YAML, in file: YAML, depth: Int, _ work: inout WorkBudget) {
            for name in PipelineDraft.list(yaml["extends"]).reversed() {
                guard depth < Limits.gitLabTemplateDepth, parts.count < Limits.gitLabTemplates, work.spend(),
                    let template = name.string.flatMap({ file[$0] })
                else {
                    isWhole = false
                    continue
                }
                parts.append(template)
                extend(template, in: file, depth: depth + 1, &work)
            }
        }

        /// What it or a template says; nil where a template that the file does not hold may say something else.
        subscript(key: String) -> YAML? { isWhole ? likely(key) : parts[0][key] }

        /// What it or a template says, as far as the file holds them.
        func likely(_ key: String) -> YAML? { parts.lazy.compactMap { $0[key] }.first }

        /// What holds for it, the file's default included.
        func value(_ key: String, in file: YAML) -> YAML? {
            if let own = self[key] { return own }
            return isWhole && self["inherit"] == nil ? file["default"]?[key] ?? file[key] : nil
        }
    }

    /// - Parameters:
    ///   - variables: the names of all that are set for it.
    ///   - pipelines: when the file's pipelines run; nil where it does not say.
    private func job(
        _ name: String, _ definition: Job, in file: YAML, variables: Set<String>,
        during pipelines: Pipeline.Triggers?
    ) -> Pipeline.Job {
        var job = Pipeline.Job(name)
        job.variables = variables
        func image(_ yaml: YAML) -> Pipeline.Value? { draft.value(yaml["name"] ?? yaml) }
        job.image = definition.value("image", in: file).flatMap(image)
        job.services = definition.value("services", in: file)?.sequence?.compactMap(image) ?? []
        job.keepsLayers = job.hasDockerInDocker ? .no : .unknown
        job.caches = PipelineDraft.list(definition.value("cache", in: file)).map { cache in
            Pipeline.Cache(
                paths: cache["paths"]?.sequence?.compactMap(\.string) ?? [],
                key: cache["key"].map { $0.string ?? "files" } ?? "default", isWrittenOnce: false, step: nil)
        }
        // Another job, or a script of a later run, may fetch them; so may a cache that is not seen.
        let artifacts = definition["artifacts"]?["paths"]?.sequence
        if artifacts != nil || !definition.isWhole {
            job.caches.append(
                Pipeline.Cache(
                    paths: artifacts?.compactMap(\.string) ?? [], key: nil, isWrittenOnce: false, step: nil))
        }
        job.triggers = Self.triggers(of: definition)
        if let pipelines { job.triggers = job.triggers.during(pipelines) }
        return job
    }

    private static func flattened(_ yaml: YAML?) -> [YAML] {
        guard let yaml else { return [] }
        return yaml.sequence.map { $0.flatMap(flattened) } ?? [yaml]
    }

    // MARK: - Triggers

    private static func triggers(of job: Job) -> Pipeline.Triggers {
        if job["when"]?.string == "manual" { return Pipeline.Triggers(events: [.other]) }
        if let rules = job["rules"] { return triggers(ofRules: rules) }
        if let only = job["only"] {
            let all = PipelineDraft.list(only["refs"] ?? (only.mapping == nil ? only : nil)).map {
                event(ofRef: $0.string)
            }
            // Only for changes of files: in all pipelines.
            if all.isEmpty { return Pipeline.Triggers(events: [.push], isComplete: false) }
            var events = Set(all.compactMap { $0 })
            if PipelineDraft.list(job["except"]).contains(where: { $0.string == "branches" }) {
                events.remove(.push)
            }
            return Pipeline.Triggers(events: events, isComplete: !all.contains(nil))
        }
        if !job.isWhole { return .unknown }
        let excepted = Set(PipelineDraft.list(job["except"]).map { event(ofRef: $0.string) })
        return Pipeline.Triggers(
            events: excepted.contains(.push) ? [] : [.push], isComplete: false)
    }

    /// nil for what may be a branch or a tag.
    private static func event(ofRef text: String?) -> Pipeline.Triggers.Event? {
        guard let text, !text.hasPrefix("/"), !text.contains("$") else { return nil }
        return switch text {
        case "tags": .tag
        case "merge_requests", "external_pull_requests": .pullRequest
        case "schedules", "web", "triggers", "api", "pipelines", "external", "chat": .other
        default: .push
        }
    }

    private static func triggers(ofRules rules: YAML) -> Pipeline.Triggers {
        var events: Set<Pipeline.Triggers.Event> = []
        var isComplete = true
        for rule in flattened(rules) {
            let when = rule["when"]?.string
            if when == "never" { continue }
            if when == "manual" {
                events.insert(.other)
            } else if let condition = rule["if"]?.string {
                let found = self.events(of: condition)
                if found.isEmpty { isComplete = false }
                events.formUnion(found)
            } else {
                events.insert(.push)
                isComplete = false
            }
        }
        return Pipeline.Triggers(events: events, isComplete: isComplete)
    }

    /// The events for which a condition holds, as far as it is one of the usual ones; none for another.
    private static func events(of condition: String) -> Set<Pipeline.Triggers.Event> {
        let text = condition.filter { $0 != " " && $0 != "'" && $0 != "\"" }
        if text.contains("CI_PIPELINE_SOURCE") {
            guard !text.contains("CI_PIPELINE_SOURCE!="), !text.contains("CI_PIPELINE_SOURCE=~") else {
                return []
            }
            var events: Set<Pipeline.Triggers.Event> = []
            var rest = text[...]
            while let range = rest.firstRange(of: "CI_PIPELINE_SOURCE==") {
                rest = rest[range.upperBound...]
                let source = rest.prefix { $0.isLetter || $0 == "_" }
                let event: Pipeline.Triggers.Event =
                    switch source {
                    case "push": .push
                    case "merge_request_event", "external_pull_request_event": .pullRequest
                    default: .other
                    }
                events.insert(event)
            }
            return events
        }
        if text.contains("CI_MERGE_REQUEST") { return [.pullRequest] }
        if text.contains("CI_COMMIT_BRANCH") { return [.push] }
        let isTag =
            text.contains("$CI_COMMIT_TAG") && !text.contains("!$CI_COMMIT_TAG") && !text.contains("null")
        return isTag && !text.contains("||") ? [.tag] : []
    }
}

extension Pipeline.Triggers {
    /// What is left of them in pipelines that themselves run for some events only.
    fileprivate func during(_ pipelines: Self) -> Self {
        Self(
            events: events.intersection(pipelines.events), isComplete: isComplete && pipelines.isComplete)
    }
}

extension Pipeline.Job {
    /// A service beside it is Docker in Docker: `docker:dind`, `docker:28-dind`, a mirror's `…/docker:28.5-dind`.
    package var hasDockerInDocker: Bool {
        services.contains { service in
            let parts = service.text.split(separator: "/").last?.split(separator: ":") ?? []
            return parts.count == 2 && parts[0] == "docker" && parts[1].contains("dind")
        }
    }
}
