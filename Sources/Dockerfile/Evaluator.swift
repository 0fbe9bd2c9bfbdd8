import Diagnostics
import SourceText

extension ParsedDockerfile {
    /// Evaluates the file for one build, as BuildKit's `convert.go` does.
    package func evaluated(_ options: EvaluationOptions = EvaluationOptions()) -> EvaluatedDockerfile {
        var evaluator = Evaluator(self, options)
        return evaluator.evaluate()
    }
}

/// One evaluation. The passes: global arguments, the stages and what they stand on, what each stage needs, which are
/// reachable from the target, and at last the steps, stage by stage.
struct Evaluator {
    /// A stage before its steps are evaluated.
    struct Outline {
        let index: Int
        /// Indices in `file.instructions`: the FROM, and what follows it.
        let from: Int
        let body: Range<Int>
        /// Lower case.
        let name: String?
        let base: Stage.Base
        let platform: Expanded?
        /// A named context stands in for the whole stage.
        let isReplaced: Bool
        /// The instructions that the parent stage's ONBUILDs add.
        var triggers: [Instruction] = []
        /// What its own ONBUILDs hold.
        var ownTriggers: [Instruction] = []
        var needs: [Int] = []
    }

    let file: ParsedDockerfile
    let options: EvaluationOptions
    var problems: [SyntaxProblem] = []
    var global: Environment
    var outlines: [Outline] = []
    /// The last stage of each name.
    var stageByName: [String: Int] = [:]
    var reachable: [Bool] = []
    /// States that BuildKit makes besides the stages: sources of `--from` and of mounts that are no stage.
    var extraStates = 0
    var expansionBudget = Limits.expansionWork
    var stageBudget = Limits.stageWork
    /// Instructions that parent stages' ONBUILDs add, in all stages.
    var triggerCount = 0
    var hasLongWorkdir = false
    var stages: [Stage] = []
    /// Whether the stage that is evaluated is reachable; what is wrong in others does not break the build.
    var reports = true

    init(_ file: ParsedDockerfile, _ options: EvaluationOptions) {
        self.file = file
        self.options = options
        global = Environment(declaredIsUnset: options.passesNothingElse)
    }

    mutating func evaluate() -> EvaluatedDockerfile {
        let firstStage = file.instructions.firstIndex { $0.keyword == .from } ?? file.instructions.count
        var starts: [Int] = []
        for index in firstStage..<file.instructions.count where file.instructions[index].keyword == .from {
            starts.append(index)
        }
        evaluateGlobals(file.instructions[..<firstStage], starts: starts)
        outlineStages(starts)
        findNeeds()
        let target = findTarget()
        findReachable(from: target)
        stages.reserveCapacity(outlines.count)
        for outline in outlines { stages.append(evaluateStage(outline)) }
        for stage in stages { stage.final.environment.freeze() }
        global.freeze()
        problems.sort { $0.range.lowerBound < $1.range.lowerBound }
        if problems.count > Limits.syntaxProblems {
            problems.removeLast(problems.count - Limits.syntaxProblems)
        }
        return EvaluatedDockerfile(
            parsed: file, stages: stages, target: target, globalArgs: global,
            problems: file.usesForeignFrontend ? [] : problems)
    }

    // MARK: - Global arguments

    mutating func evaluateGlobals(_ instructions: ArraySlice<Instruction>, starts: [Int]) {
        setPlatformArgs(starts: starts)
        for instruction in instructions {
            guard case .arg(let declarations) = instruction.body else { continue }
            for declaration in declarations {
                let name = declaration.name.text
                let range = declaration.range
                if let passed = passedValue(of: name) {
                    global.set(Environment.Variable(name: name, value: passed, origin: .arg, range: range))
                } else if let value = declaration.defaultValue {
                    let expanded = expand(value, in: global)
                    global.set(Environment.Variable(name: name, value: expanded, origin: .arg, range: range))
                } else {
                    global.declare(name)
                }
            }
        }
    }

    /// The value of a `--build-arg`; nil where none is passed.
    func passedValue(of name: String) -> Expanded? {
        guard let passed = options.buildArgs[name] else { return nil }
        return passed.map { Expanded($0) } ?? Expanded("", isCertain: false)
    }

    /// The arguments that BuildKit predefines in the global scope (`platform.go`, defaultArgs).
    mutating func setPlatformArgs(starts: [Int]) {
        let platform = options.platform.map(PlatformName.init)
        let unknown = Expanded("", isCertain: false)
        var lastName = ""
        if let last = starts.last, case .from(let from) = file.instructions[last].body {
            lastName = from.name?.text.lowercased() ?? ""
        }
        let target = options.target ?? lastName
        let values: [(String, Expanded)] = [
            ("BUILDPLATFORM", unknown), ("BUILDOS", unknown), ("BUILDOSVERSION", unknown),
            ("BUILDARCH", unknown),
            ("BUILDVARIANT", unknown),
            ("TARGETPLATFORM", platform.map { Expanded($0.text) } ?? unknown),
            ("TARGETOS", platform.map { Expanded($0.os) } ?? unknown),
            ("TARGETOSVERSION", platform.map { _ in Expanded("") } ?? unknown),
            ("TARGETARCH", platform.map { Expanded($0.architecture) } ?? unknown),
            ("TARGETVARIANT", platform.map { Expanded($0.variant) } ?? unknown),
            ("TARGETSTAGE", Expanded(target.isEmpty ? "default" : target)),
        ]
        for (name, value) in values {
            global.set(
                Environment.Variable(
                    name: name, value: passedValue(of: name) ?? value, origin: .platform, range: nil))
        }
    }

    // MARK: - Expansion

    mutating func report(_ problem: SyntaxProblem) {
        if reports { problems.append(problem) }
    }

    /// Only to report what cannot be expanded.
    mutating func check(_ word: Word, in environment: Environment) {
        if word.text.utf8.contains(Byte.dollar) { _ = expand(word, in: environment) }
    }

    mutating func checkBody(_ heredoc: Heredoc, in environment: Environment) {
        guard heredoc.content.utf8.contains(Byte.dollar) else { return }
        var lexer = WordLexer(
            Array(heredoc.content.utf8), escape: Byte.backslash,
            options: WordLexer.Options(ignoresQuotes: true),
            environment: environment, budget: expansionBudget)
        do {
            _ = try lexer.expand()
        } catch {
            report(problem(error, heredoc.contentRange))
        }
        expansionBudget = lexer.budget
    }

    /// A word with its variables, quotes and escapes resolved.
    mutating func expand(_ word: Word, in environment: Environment) -> Expanded {
        let escape = file.escape
        let isPlain = !word.text.utf8.contains {
            $0 == Byte.dollar || $0 == escape || $0 == Byte.singleQuote || $0 == Byte.doubleQuote
        }
        if isPlain { return Expanded(word.text) }
        var lexer = WordLexer(
            Array(word.text.utf8), escape: escape, environment: environment, budget: expansionBudget)
        defer { expansionBudget = lexer.budget }
        do {
            let text = try lexer.expand()
            return Expanded(String(decoding: text, as: UTF8.self), isCertain: lexer.isCertain)
        } catch {
            report(problem(error, word.range))
            return Expanded("", isCertain: false)
        }
    }

    func problem(_ error: ExpansionError, _ range: Range<Int>) -> SyntaxProblem {
        SyntaxProblem(
            kind: error.isLimit ? .limit : .expansion, range: range, message: error.message,
            remedy: error.isLimit
                ? "Shorten it."
                : "See the forms of variables that a Dockerfile knows; `\\$` is a plain dollar sign.")
    }
}

extension ArgDeclaration {
    /// From the name to the end of the default.
    var range: Range<Int> {
        name.range.lowerBound..<max(name.range.upperBound, defaultValue?.range.upperBound ?? 0)
    }
}

extension Evaluator.Outline {
    /// Whether the base counts as a step (`convert.go`: unless it is scratch or a stage).
    var countsBase: Bool {
        if isReplaced { return false }
        switch base {
        case .image, .namedContext: return true
        case .scratch, .stage: return false
        }
    }

    /// Whether the base is shown as a step.
    var namesBase: Bool {
        if case .image = base { return true }
        return false
    }
}

extension Instruction {
    /// Whether BuildKit counts it among the steps of a stage.
    var isCountedStep: Bool {
        keyword == .run || keyword == .copy || keyword == .add || keyword == .workdir
    }
}
