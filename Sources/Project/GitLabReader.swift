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
    static let gitLab = PipelineFormat(
        isFile: { name, _ in name.equals(".gitlab-ci.yml") },
        mayBuild: { bytes in
            mentionsBuilders(bytes) || bytes.holds("include")
        }
    ) { documents, draft, work in
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
        let files = GitLabFiles(yaml, &draft, &work)
        var variables: [String: String] = [:]
        var names: Set<String> = []
        for file in files.all.reversed() {
            guard let values = PipelineDraft.variables(file.yaml["variables"], over: variables, &work),
                let all = PipelineDraft.names(file.yaml["variables"], over: names, &work)
            else { return draft.stated(of: .gitLab) }
            (variables, names) = (values, all)
        }
        variables["CI_PROJECT_DIR"] = draft.files.root
        let pipelines = files["workflow"]?["rules"].map { Self.triggers(ofRules: $0) }
        var result = StatedBuilds()
        for (index, file) in files.all.enumerated() {
            var own =
                index == 0
                ? draft : PipelineDraft(files: draft.files, source: file.source, readFile: draft.readFile)
            let isWhole = readJobs(
                files.jobs.filter { $0.file == index }, of: files, (variables, names), pipelines,
                &own,
                &work)
            result.append(own.stated(of: .gitLab))
            if !isWhole { break }
        }
        return result
    }

    /// - Returns: false where the budget has ended.
    private func readJobs(
        _ jobs: [GitLabFiles.Job], of files: GitLabFiles,
        _ outer: (variables: [String: String], names: Set<String>), _ pipelines: Pipeline.Triggers?,
        _ draft: inout PipelineDraft, _ work: inout WorkBudget
    ) -> Bool {
        for (name, definition, file) in jobs {
            // No pipeline runs it; what it says is read with each job that extends it.
            if name.hasPrefix(".") { continue }
            var job = Job(definition, file)
            job.extend(definition, in: files, depth: 1, &work)
            guard Self.scripts.contains(where: { job.likely($0) != nil }) else { continue }
            var (known, own) = outer
            for part in job.parts.reversed() {
                guard let values = PipelineDraft.variables(part["variables"], over: known, &work),
                    let all = PipelineDraft.names(part["variables"], over: own, &work)
                else { return false }
                (known, own) = (values, all)
            }
            draft.add(self.job(name, job, in: files, variables: own, during: pipelines, draft))
            var folders = ["."]
            for key in Self.scripts {
                if key == "after_script" { folders = ["."] }
                let inherited = definition[key] == nil
                let (items, place) = job.script(key, in: files)
                for item in Self.flattened(items) {
                    // The same text is read for many jobs.
                    guard !inherited || work.spend((item.string?.utf8.count ?? 0) + 1) else { break }
                    folders =
                        place == file
                        ? draft.addScript(item, folders: folders, variables: known, &work)
                        : draft.addScript(
                            item, of: files.all[place].source, at: definition, folders: folders,
                            variables: known,
                            &work)
                }
            }
        }
        return true
    }

    private static let scripts = ["before_script", "script", "after_script"]

    /// A job with the templates of its files that it extends.
    private struct Job {
        /// What comes first holds.
        private(set) var parts: [YAML]
        /// In which of the files each part stands.
        private var places: [Int]
        /// All that it extends is in the files.
        private(set) var isWhole: Bool

        init(_ yaml: YAML, _ file: Int) {
            parts = [yaml]
            places = [file]
            isWhole = true
        }

        mutating func extend(_ yaml: YAML, in files: GitLabFiles, depth: Int, _ work: inout WorkBudget) {
            for name in PipelineDraft.list(yaml["extends"]).reversed() {
                guard depth < Limits.gitLabTemplateDepth, parts.count < Limits.gitLabTemplates, work.spend(),
                    let (template, file) = name.string.flatMap({ files.find($0) })
                else {
                    isWhole = false
                    continue
                }
                parts.append(template)
                places.append(file)
                extend(template, in: files, depth: depth + 1, &work)
            }
        }

        /// What it or a template says; nil where a template that the files do not hold may say something else.
        subscript(key: String) -> YAML? { isWhole ? likely(key) : parts[0][key] }

        /// What it or a template says, as far as the files hold them.
        func likely(_ key: String) -> YAML? { parts.lazy.compactMap { $0[key] }.first }

        /// What holds for it, the files' default included.
        func value(_ key: String, in files: GitLabFiles) -> YAML? {
            if let own = self[key] { return own }
            return isWhole && self["inherit"] == nil ? files["default"]?[key] ?? files[key] : nil
        }

        /// One of its scripts, and in which of the files that stands.
        func script(_ key: String, in files: GitLabFiles) -> (script: YAML?, file: Int) {
            if let index = parts.firstIndex(where: { $0[key] != nil }) {
                return (parts[index][key], places[index])
            }
            guard let value = value(key, in: files) else { return (nil, places[0]) }
            let holder =
                files.find("default").flatMap { $0.yaml[key] == nil ? nil : $0.file } ?? files.find(key)?.file
            return (value, holder ?? places[0])
        }
    }

    /// - Parameters:
    ///   - variables: the names of all that are set for it.
    ///   - pipelines: when the file's pipelines run; nil where it does not say.
    private func job(
        _ name: String, _ definition: Job, in file: GitLabFiles, variables: Set<String>,
        during pipelines: Pipeline.Triggers?, _ draft: PipelineDraft
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
