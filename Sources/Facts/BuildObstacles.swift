package import Dockerfile
package import Project
package import SourceText

/// What keeps a build from getting through its Dockerfile, as `check` and `impact` both tell it.
package struct BuildObstacles: Sendable {
    /// A problem that only an argument without a value makes.
    package struct Open: Sendable {
        package let problem: SyntaxProblem
        /// The arguments, in the order of the file, that nothing gives a value and that may be passed all the same.
        package let arguments: [String]
    }

    /// What ends the build whatever else is so; problems with mounts included, limits and placeholders not.
    package private(set) var failures: [SyntaxProblem] = []
    /// Of `failures`, those that the arguments make which the build does not pass.
    package private(set) var unpassed: [Open] = []
    /// What ends it unless somebody passes the arguments.
    package private(set) var open: [Open] = []
    /// Something that a tool replaces before a build reads the file: what is wrong may come of that.
    package private(set) var placeholder: SyntaxProblem?
    /// The file goes over limits of this program; BuildKit may take it.
    package private(set) var limit: SyntaxProblem?

    /// The Dockerfile as a build sees it that passes no more than is known.
    package let plain: EvaluatedDockerfile

    /// - Parameter dockerfile: of the build.
    package init(of build: Build, _ dockerfile: ParsedDockerfile) {
        let plain = dockerfile.evaluated(build.evaluationOptions(passesNothingElse: true))
        let isOpen = !plain.problems.isEmpty && dockerfile.mayFailForArguments
        self.init(
            of: build, plain: plain,
            open: isOpen
                ? dockerfile.evaluated(build.evaluationOptions(passesNothingElse: false)) : plain)
    }

    /// - Parameter evaluated: the build's Dockerfile where an argument without a value may have one.
    init(of build: Build, _ evaluated: EvaluatedDockerfile) {
        let plain =
            evaluated.parsed.mayFailForArguments
            ? evaluated.parsed.evaluated(build.evaluationOptions(passesNothingElse: true)) : evaluated
        self.init(of: build, plain: plain, open: evaluated)
    }

    private init(of build: Build, plain: EvaluatedDockerfile, open evaluated: EvaluatedDockerfile) {
        self.plain = plain
        let dockerfile = evaluated.parsed
        let certain = dockerfile.problems + evaluated.problems
        placeholder = certain.first { $0.isPlaceholder(in: dockerfile.source) }
        limit = certain.first { $0.kind == .limit }
        if placeholder != nil { return }
        failures = certain.filter { $0.kind != .limit }
        for problem in plain.problems
        where problem.kind != .limit && !evaluated.problems.contains(where: { $0.range == problem.range }) {
            let names = dockerfile.unsetArguments(of: problem, passed: build.args)
            let mayBePassed = names.filter(build.mayBePassed)
            if mayBePassed.isEmpty {
                failures.append(problem)
                unpassed.append(Open(problem: problem, arguments: names))
            } else {
                open.append(Open(problem: problem, arguments: mayBePassed))
            }
        }
        failures.sort { $0.range.lowerBound < $1.range.lowerBound }
    }
}

extension SyntaxProblem {
    /// Something that no Dockerfile has and that templates are made of: `${project.version}`, `%%NAME%%`, `{{ name }}`,
    /// `<%= name %>`, `@name@`.
    package func isPlaceholder(in source: SourceText) -> Bool {
        switch kind {
        case .instruction, .expansion: break
        case .file, .directive, .mount, .stage, .limit: return false
        }
        let text = source.string(range)
        let starts = ["%%", "{{", "{%", "<%", "@@", "#{"]
        if starts.contains(where: { text.hasPrefix($0) }) { return true }
        // `FROM debian:{{ version }}`, `@RUN@`, `INCLUDE+ Dockerfile.common`, and what stands in a block of a template.
        if kind == .instruction {
            let word = text.prefix { $0 != " " && $0 != "\t" }
            if word.count > 2, word.hasPrefix("@"), word.hasSuffix("@") { return true }
            if word.uppercased() == "INCLUDE+" { return true }
            if text.contains("{{") { return true }
            if text.hasPrefix(":") || text.hasPrefix("^") || text.hasPrefix("}}") {
                return source.holds("{{")
            }
        }
        guard kind == .expansion else { return false }
        return text.split(separator: "${", omittingEmptySubsequences: false).dropFirst().contains { piece in
            let name = piece.prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
            return name.contains(".") && piece.dropFirst(name.count).hasPrefix("}")
        }
    }
}

extension ParsedDockerfile {
    /// Whether a value, or the want of one, can end a build: `${V:?}`, and what FROM takes of variables.
    fileprivate var mayFailForArguments: Bool {
        if usesForeignFrontend { return false }
        let hasArgument = instructions.contains { instruction in
            guard case .arg(let declarations) = instruction.body else { return false }
            return declarations.contains { $0.defaultValue.map { $0.text.holds("$") } ?? true }
        }
        guard hasArgument else { return false }
        return instructions.contains { instruction in
            if case .from(let from) = instruction.body {
                return from.image.text.holds("$") || from.platform?.text.holds("$") ?? false
            }
            return instruction.text.holds("?") && instruction.text.holds("${")
                || instruction.heredocs.contains { $0.expands && $0.content.holds("${") }
        }
    }

    /// The arguments without a value that a problem comes of, by way of others that are made of them.
    fileprivate func unsetArguments(of problem: SyntaxProblem, passed: [String: String?]) -> [String] {
        var parts: [String: [String]] = [:]
        var unset: [String] = []
        for instruction in instructions {
            switch instruction.body {
            case .arg(let declarations):
                for declaration in declarations {
                    let name = declaration.name.text
                    if let value = declaration.defaultValue {
                        parts[name, default: []] += Self.variableNames(value.text)
                    } else if passed[name] == nil, !unset.contains(name) {
                        unset.append(name)
                    }
                }
            case .env(let pairs):
                for pair in pairs { parts[pair.key.text, default: []] += Self.variableNames(pair.value.text) }
            default: break
            }
        }
        var found: Set<String> = []
        var pending = Self.variableNames(source.string(problem.range))
        while let name = pending.popLast() {
            if found.insert(name).inserted { pending += parts[name] ?? [] }
        }
        let named = unset.filter(found.contains)
        // Where it is not seen which, any.
        return named.isEmpty ? unset : named
    }
}
