import Diagnostics
import Repository
import SourceText

/// A build that a task or a plugin makes of its inputs, rather than a command.
struct TaskBuild {
    /// nil for `Dockerfile` in the context.
    var dockerfile: YAML?
    /// nil for the root.
    var context: YAML?
    /// What else is said, by the names of `docker build`: `target`, `build-arg`, `tag` …
    var options: [(name: String, values: [YAML])] = []
    /// What a text stands for; nil where it is known only when the job runs.
    var expand: (String) -> String? = { text in
        ["$", "<<", "{{"].contains(where: text.contains) ? nil : text
    }

    /// - Parameter place: what a finding about the build marks.
    func build(at place: YAML, in source: SourceText, files: Snapshot) -> StatedBuild {
        var build = StatedBuild(
            dockerfile: .unknown(""), context: .directory("."),
            statement: Statement(kind: .script, path: source.path, line: place.line))
        if let text = context?.string {
            build.context =
                expand(text).map { BuildSource($0.isEmpty ? "." : $0, in: ".", root: files.root) } ?? .unknown
        }
        if let text = dockerfile?.string {
            let path = expand(text).map { BuildSource($0, in: ".", root: files.root) }
            build.dockerfile =
                path.map { $0.directory.map { .path($0) } ?? .elsewhere(text) } ?? .unknown(text)
        } else {
            build.dockerfile = .byDefault(in: build.context) ?? .unknown(context?.string ?? "")
        }
        // A folder that only the run makes.
        if let folder = build.context.directory, files.kind(of: folder) != .folder {
            build.context = .unknown
        }
        build.bytes = place.bytes(in: source)
        for (name, values) in options {
            for yaml in values {
                guard let text = yaml.string else { continue }
                let value = expand(text)
                build.options.append(
                    BuildOption(
                        name: name, value: value, written: text, change: VolatileValue(text),
                        path: source.path,
                        bytes: yaml.bytes(in: source)))
                add(name, text, value, to: &build)
            }
        }
        return build
    }

    private func add(_ name: String, _ text: String, _ value: String?, to build: inout StatedBuild) {
        switch name {
        case "target":
            build.target = value
            if value == nil { build.unknownOptions.insert("target") }
        case "build-arg":
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let argument = parts.first, !argument.isEmpty, expand(String(argument)) != nil else {
                build.mayPassMore = true
                return
            }
            build.args[String(argument)] = .some(parts.count == 2 ? expand(String(parts[1])) : nil)
        case "platform":
            build.platforms += value?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
            if value == nil { build.unknownOptions.insert("platform") }
        case "cache-from": build.cacheFrom.append(text)
        case "cache-to": build.cacheTo.append(text)
        case "no-cache": build.noCache = value == "true"
        case "tag":
            if build.name == nil, let value {
                build.name = value.split(separator: ":").first.map(String.init)
            }
        default: break
        }
    }
}
