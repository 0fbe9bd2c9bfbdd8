import Diagnostics
import Dockerfile
import Repository
import SourceText

/// Builds by docker/build-push-action and its kind.
extension WorkflowReader {
    func pushBuild(
        _ with: YAML?, at uses: YAML, _ expressions: WorkflowExpressions, _ work: inout WorkBudget
    ) -> StatedBuild {
        func text(_ key: String) -> String? {
            // An input that is empty is one that is not given (@actions/core, `getInput`).
            with?[key]?.string.flatMap { expressions.expand($0, &work) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        func lines(_ key: String) -> [String] {
            Self.lines(with?[key]?.string ?? "").compactMap { expressions.expand($0, &work) }
        }
        // Without a context the action builds the git reference: the root, as it was pushed.
        let written = with?["context"]?.string ?? "."
        var context = context(written, expressions, &work)
        var build = StatedBuild(
            dockerfile: .unknown("context: \(written)"), context: context, statement: statement(uses))
        if let file = with?["file"]?.string, expressions.expand(file, &work) != "" {
            if let path = expressions.expand(file, &work) {
                // Relative to the work tree; in a git context (the default) to the context.
                let base = written.contains("{{defaultContext}}") ? context.directory ?? "." : "."
                let resolved = BuildSource(path, in: base, root: files.root)
                build.dockerfile = resolved.directory.map { .path($0) } ?? .elsewhere(path)
            } else {
                build.dockerfile = .unknown("file: \(file)")
            }
        } else if let file = StatedBuild.File.byDefault(in: context) {
            build.dockerfile = file
        }
        // A folder that only the run makes.
        if let folder = context.directory, files.kind(of: folder) != .folder {
            context = .unknown
            build.context = .unknown
        }
        build.name = lines("tags").first.flatMap { $0.split(separator: ":").first.map(String.init) }
        build.target = text("target")
        let passed = Self.lines(with?["build-args"]?.string ?? "").flatMap { line in
            // One expression may stand for several lines.
            line.hasPrefix("${{") ? expressions.expand(line, &work).map(Self.lines) ?? [line] : [line]
        }
        for line in passed {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty, !name.contains("${{") else {
                build.mayPassMore = true
                continue
            }
            build.args[String(name)] = .some(
                parts.count == 2 ? expressions.expand(String(parts[1]), &work) : nil)
        }
        for line in lines("build-contexts") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 {
                build.namedContexts[String(parts[0])] = BuildSource(
                    String(parts[1]), in: ".", root: files.root)
            }
        }
        for (key, name) in [("target", "target"), ("platforms", "platform")] {
            guard let written = with?[key]?.string, expressions.expand(written, &work) == nil else {
                continue
            }
            build.unknownOptions.insert(name)
        }
        build.platforms = lines("platforms").flatMap {
            $0.split(separator: ",").map { $0.filter { $0 != " " } }
        }
        // The action runs buildx with the environment of the step.
        if with?["platforms"] == nil, let written = expressions.variables[BuildEnvironment.platformName],
            !written.isEmpty
        {
            if let text = expressions.expand(written, &work), text != ShellEvaluator.untold {
                build.platforms = text.split(separator: ",").map(String.init)
            } else {
                build.unknownOptions.insert("platform")
            }
        }
        build.cacheFrom = Self.lines(with?["cache-from"]?.string ?? "")
        build.cacheTo = Self.lines(with?["cache-to"]?.string ?? "")
        build.noCache = text("no-cache") == "true"
        build.bytes = uses.bytes(in: source)
        build.options = optionsLeft > 0 ? options(with, expressions, &work) : []
        return build
    }

    func context(
        _ written: String, _ expressions: WorkflowExpressions, _ work: inout WorkBudget
    ) -> BuildSource {
        var text = written
        if text.hasPrefix("{{defaultContext}}") {
            text = String(text.dropFirst("{{defaultContext}}".count))
            if text.hasPrefix(":") { text.removeFirst() }
            if text.isEmpty { text = "." }
        }
        guard let path = expressions.expand(text, &work) else { return .unknown }
        return BuildSource(path.isEmpty ? "." : path, in: ".", root: files.root)
    }

    /// The builds of redhat-actions/buildah-build; none where it makes an image without a Dockerfile.
    /// Source: redhat-actions/buildah-build, `action.yml` (`containerfiles`, `dockerfiles`, `context`, `build-args`, `layers`).
    func buildahBuilds(
        _ with: YAML?, at uses: YAML, _ expressions: WorkflowExpressions, _ work: inout WorkBudget
    ) -> [StatedBuild] {
        let files = Self.lines(with?["containerfiles"]?.string ?? with?["dockerfiles"]?.string ?? "")
        let context = context(with?["context"]?.string ?? ".", expressions, &work)
        let layers = with?["layers"]?.string
        let value = layers.flatMap { expressions.expand($0, &work) }
        var arguments: [String: String?] = [:]
        var mayPassMore = with?["extra-args"] != nil
        for line in Self.lines(with?["build-args"]?.string ?? "") {
            let text = expressions.expand(line, &work)
            if let name = (text ?? line).split(separator: "=").first.map(String.init), !name.contains("${{") {
                arguments[name] = .some(text.map { String($0.dropFirst(name.count + 1)) })
            } else {
                mayPassMore = true
            }
        }
        var builds: [StatedBuild] = []
        for file in files {
            guard work.spend(8 * (1 + arguments.count)) else { break }
            var build = StatedBuild(
                dockerfile: .unknown("containerfiles: \(file)"), context: context, statement: statement(uses))
            if let path = expressions.expand(file, &work) {
                build.dockerfile =
                    BuildSource(path, in: ".", root: self.files.root).directory.map { .path($0) }
                    ?? .elsewhere(path)
            }
            build.builder = .buildah
            build.args = arguments
            build.mayHaveMore = with?["extra-args"] != nil
            build.mayPassMore = mayPassMore
            build.heedLayers(
                value, isTold: (layers == nil || value != nil) && with?["extra-args"] == nil)
            builds.append(build)
        }
        return builds
    }
}
