import Diagnostics
import Dockerfile
import SourceText

/// Parses and evaluates any bytes, and traps where the result cannot be.
func fuzzDockerfile(_ bytes: [UInt8]) {
    let file = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", bytes: bytes))
    Invariants(file: file).check()
    for options in builds {
        let evaluated = file.evaluated(options)
        check(evaluated)
        for stage in evaluated.stages { _ = stage.final.environment.variables }
    }
}

private let builds = [
    EvaluationOptions(),
    EvaluationOptions(
        buildArgs: ["A": "1", "V": "a/b.c", "X": String?.none], target: "a", platform: "linux/arm64",
        namedContexts: ["b", "alpine"],
        baseImage: { _ in
            BaseImage(
                environment: [("PATH", "/bin"), ("HOME", "/root")], user: "app", workdir: "/srv",
                environmentIsComplete: true)
        }),
]

private func check(_ file: EvaluatedDockerfile) {
    let count = file.parsed.source.bytes.count
    for problem in file.problems {
        require(
            problem.range.lowerBound >= 0 && problem.range.upperBound <= count,
            "a problem outside of the file")
    }
    require(file.target.map { file.stages[$0].isReachable } ?? true, "the target is not reachable")
    for (index, stage) in file.stages.enumerated() {
        require(stage.index == index && !stage.steps.isEmpty, "a stage without FROM")
        if case .stage(let base) = stage.base {
            require(base < index, "a stage on a later one")
            require(!stage.isReachable || file.stages[base].isReachable, "a base that is not reachable")
        }
        var number = 0
        for step in stage.steps {
            if let label = step.label {
                number += 1
                require(label.number == number && number <= label.of, "a label out of order")
            }
            require(
                step.state.workdir.text.hasPrefix("/") || !step.state.workdir.isCertain,
                "a relative directory")
            if let copy = step.copy, copy.destination.isCertain {
                require(copy.destination.text.hasPrefix("/"), "a relative destination")
            }
        }
    }
}

/// What holds for any parsed file.
private struct Invariants {
    let file: ParsedDockerfile
    /// Words of other bytes have replacement characters instead.
    let isUTF8: Bool
    var bytes: [UInt8] { file.source.bytes }

    init(file: ParsedDockerfile) {
        self.file = file
        isUTF8 = String(validating: file.source.bytes, as: UTF8.self) != nil
    }

    func check() {
        for problem in file.problems {
            inFile(problem.range)
            if let replacement = problem.replacement { inFile(replacement.range) }
            require(!problem.message.isEmpty && !problem.remedy.isEmpty, "a problem without words")
        }
        for directive in file.directives {
            inFile(directive.range)
            within(directive.valueRange, directive.range)
        }
        var end = 0
        var line = 0
        for instruction in file.instructions {
            inFile(instruction.range)
            require(instruction.range.lowerBound >= end, "instructions overlap")
            require(instruction.lines.lowerBound > line, "lines overlap")
            end = instruction.range.upperBound
            line = instruction.lines.upperBound
            require(line <= file.source.lineCount, "a line behind the end")
            checkInstruction(instruction)
            for comment in instruction.comments { inFile(comment.range) }
            require(
                file.problems.count >= Limits.syntaxProblems || file.usesForeignFrontend
                    || !isInvalid(instruction)
                    || file.problems.contains {
                        instruction.range.lowerBound <= $0.range.upperBound && $0.range.lowerBound <= end
                            || $0.range.isEmpty
                    }, "an invalid instruction without a problem")
        }
    }

    private func isInvalid(_ instruction: Instruction) -> Bool {
        if case .invalid = instruction.body { true } else { false }
    }

    private func inFile(_ range: Range<Int>) {
        require(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range outside of the file")
    }

    private func within(_ inner: Range<Int>, _ outer: Range<Int>) {
        require(
            inner.lowerBound >= outer.lowerBound && inner.upperBound <= outer.upperBound,
            "a range outside of its parent's")
    }

    private func checkOrigins(of joined: JoinedText, in range: Range<Int>) {
        for piece in joined.pieces.dropFirst() { require(piece.joined > 0, "an empty piece") }
        for offset in joined.bytes.indices {
            let source = joined.sourceOffset(offset)
            require(
                range.contains(source) && bytes[source] == joined.bytes[offset], "a byte from elsewhere")
        }
    }

    private func checkInstruction(_ instruction: Instruction) {
        within(instruction.keywordRange, instruction.range)
        checkOrigins(of: instruction.joined, in: instruction.range)
        require(
            instruction.arguments.upperBound <= instruction.joined.bytes.count, "arguments behind the end")
        for flag in instruction.flags {
            within(flag.range, instruction.range)
            if let value = flag.valueRange { within(value, flag.range) }
        }
        for heredoc in instruction.heredocs { within(heredoc.contentRange, instruction.range) }
        func check(_ word: Word?, isVerbatim: Bool = true) {
            guard let word else { return }
            within(word.range, instruction.range)
            if isVerbatim, isUTF8, word.range.count == word.text.utf8.count {
                require(file.source.string(word.range) == word.text, "a word from elsewhere")
            }
        }
        func check(_ form: CommandForm) {
            switch form {
            case .shell(let text): checkOrigins(of: text, in: instruction.range)
            case .exec(let words): for word in words { check(word, isVerbatim: false) }
            }
        }
        switch instruction.body {
        case .from(let from):
            check(from.image)
            check(from.name)
            check(from.platform, isVerbatim: false)
        case .run(let run):
            check(run.command)
            for mount in run.mounts {
                within(mount.range, instruction.range)
                for option in mount.options { within(option.range, mount.range) }
            }
        case .copy(let copy):
            for word in copy.sources + [copy.destination] { check(word, isVerbatim: false) }
            for word in copy.excludes { check(word, isVerbatim: false) }
            for word in [copy.from, copy.chown, copy.chmod, copy.checksum] { check(word, isVerbatim: false) }
        case .arg(let declarations):
            for declaration in declarations {
                check(declaration.name)
                check(declaration.defaultValue)
            }
        case .env(let pairs), .label(let pairs):
            for pair in pairs {
                check(pair.key)
                check(pair.value)
            }
        case .user(let word), .workdir(let word), .stopsignal(let word), .maintainer(let word): check(word)
        case .shell(let words): for word in words { check(word, isVerbatim: false) }
        case .expose(let words): for word in words { check(word) }
        case .volume(let words): for word in words { check(word, isVerbatim: false) }
        case .cmd(let form), .entrypoint(let form): check(form)
        case .healthcheck(let form): if let form { check(form) }
        case .onbuild(let inner):
            within(inner.range, instruction.range)
            checkInstruction(inner)
        case .invalid: break
        }
    }
}
