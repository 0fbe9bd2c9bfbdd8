import Diagnostics
import Dockerfile
import SourceText
import Testing

/// How a Dockerfile is split and read (rebuild-model 1). That the splitting is BuildKit's is judged by
/// `Tests/Differential`; here is what that cannot see: what is refused and why, places, and what bodies say.
struct ParserTests {
    private func parsed(_ text: String) -> ParsedDockerfile {
        ParsedDockerfile(parsing: SourceText(path: "Dockerfile", text: text))
    }

    /// The only instruction behind a FROM.
    private func instruction(_ text: String) -> Instruction {
        parsed("FROM scratch\n" + text).instructions[1]
    }

    private func run(_ text: String) -> RunInstruction? {
        if case .run(let run) = instruction(text).body { run } else { nil }
    }

    private func copy(_ text: String) -> CopyInstruction? {
        if case .copy(let copy) = instruction(text).body { copy } else { nil }
    }

    // MARK: - What is refused

    static let refusals: [(String, String)] = [
        ("", "the Dockerfile is empty"),
        ("\n# c\n", "the file has no instructions"),
        ("ARG A", "no stages to build"),
        ("RUN a\nFROM b", "RUN stands before the first FROM"),
        ("RUN a", "RUN stands before the first FROM"),
        ("# escape=x\nFROM a", "the escape character must be"),
        ("# escape=\\\n# escape=\\\nFROM a", "only one `escape` parser directive"),
        ("FROM a b", "FROM requires one argument, or three"),
        ("FROM a # b", "FROM requires one argument, or three"),
        ("FROM", "FROM requires one argument, or three"),
        ("FROM a AS 1x", "`1x` is no name for a stage"),
        ("FROM a AS x/y", "`x/y` is no name for a stage"),
        ("FROM --plattform=x a", "FROM has no flag --plattform"),
        ("FROM --platform a", "the flag --platform has no value"),
        ("FROM a\nRUNN b", "unknown instruction: RUNN"),
        ("FROM a\nCMD --foo", "CMD has no flag --foo"),
        ("FROM a\nCOPY --link=maybe b c", "--link is true or false"),
        ("FROM a\nCOPY --link= b c", "--link is true or false"),
        ("FROM a\nCOPY --from=b --from=c d e", "the flag --from is given twice"),
        ("FROM a\nCOPY --from=$B d e", "--from cannot hold a variable"),
        ("FROM a\nCOPY b", "COPY requires at least two arguments"),
        ("FROM a\nCOPY b <<EOF\nEOF", "cannot take a heredoc as its destination"),
        ("FROM a\nCMD [1]", "the JSON form takes strings only"),
        ("FROM a\nSHELL a b", "SHELL requires the JSON form"),
        ("FROM a\nSHELL []", "SHELL requires at least one argument"),
        ("FROM a\nENV A", "ENV must have two arguments"),
        ("FROM a\nENV A=1 B", "`B` is not of the form name=value"),
        ("FROM a\nENV =1", "a name of ENV is empty"),
        ("FROM a\nARG =1", "a name of ARG is empty"),
        ("FROM a\nENV", "ENV requires at least one argument"),
        ("FROM a\nUSER", "USER requires exactly one argument"),
        ("FROM a\nVOLUME [\" \"]", "a VOLUME is empty"),
        ("FROM a\nEXPOSE", "EXPOSE requires at least one argument"),
        ("FROM a\nHEALTHCHECK FOO", "HEALTHCHECK has no type `FOO`"),
        ("FROM a\nHEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"),
        ("FROM a\nHEALTHCHECK CMD", "HEALTHCHECK requires a command"),
        ("FROM a\nHEALTHCHECK --interval=3 CMD x", "--interval cannot be `3`"),
        ("FROM a\nHEALTHCHECK --retries=-1 CMD x", "--retries cannot be `-1`"),
        ("FROM a\nONBUILD", "ONBUILD requires at least one argument"),
        ("FROM a\nONBUILD ONBUILD RUN x", "ONBUILD cannot be a trigger"),
        ("FROM a\nONBUILD FROM x", "FROM cannot be a trigger"),
        ("FROM a\nONBUILD RUNN x", "unknown instruction: RUNN"),
        ("FROM a\nRUN <<EOF\nx", "the heredoc `EOF` is not terminated"),
        ("FROM a\nRUN --network=lan x", "`lan` is no network"),
        ("FROM a\nRUN --security=none x", "`none` is no security mode"),
    ]

    @Test(arguments: refusals) func refuses(text: String, message: String) {
        let file = parsed(text)
        #expect(file.problems.count == 1)
        #expect(file.problems.first?.message.contains(message) == true, "\(file.problems)")
        #expect(file.problems.allSatisfy { !$0.remedy.isEmpty && $0.kind != .mount })
    }

    static let mountRefusals: [(String, String, String?)] = [
        ("type=caches,target=/a", "`caches` is no type of mount", "cache"),
        ("type=cache,target=/a,sharing=lock", "`lock` is no sharing mode", "locked"),
        ("type=cache,targt=/a", "a mount has no key `targt`", "target"),
        ("type=cache,target=/a,uid=app", "the uid of a mount is a number, not `app`", nil),
        ("type=cache,target=/a,gid=-1", "the gid of a mount is a number", nil),
        ("type=cache,target=/a,mode=999", "`999` is no mode", nil),
        ("type=bind,from=$X,target=/a", "cannot hold a variable", nil),
        ("type=cache,target", "the key `target` of a mount has no value", nil),
        ("type=cache,target=/a,", "empty field", nil),
        ("type=cache,target=/a,required", "a cache mount takes no `required`", nil),
        ("type=cache,target=/a,size=1g", "a cache mount takes no `size`", nil),
        ("type=tmpfs,target=/a,size=big", "`big` is no size", nil),
        ("type=bind,target=/a,uid=1", "a bind mount takes no `uid`", nil),
        ("type=bind,target=/a,sharing=locked", "a bind mount takes no `sharing`", nil),
        ("type=bind,target=/a,ro=maybe", "`ro` is true or false", nil),
        ("type=secret", "a secret mount needs an `id` or a `target`", nil),
        ("type=secret,id=a,source=b", "takes `source` or `id`, not both", nil),
        ("type=secret,id=a,from=b", "a secret mount takes no `from`", nil),
        ("type=cache,target=/", "a mount cannot have the target `/`", nil),
        ("", "a --mount is empty", nil),
    ]

    @Test(arguments: mountRefusals) func refusesMounts(value: String, message: String, replacement: String?) {
        let file = parsed("FROM a\nRUN --mount=\(value) x\nRUN y")
        #expect(file.problems.map(\.kind) == [.mount])
        #expect(file.problems.first?.message.contains(message) == true, "\(file.problems)")
        #expect(file.problems.first?.replacement?.text == replacement)
        #expect(file.instructions.count == 3)
        if case .invalid = file.instructions[1].body {} else { Issue.record("the body is kept") }
    }

    @Test func aReplacementCoversExactlyWhatIsWrong() {
        let text = "FROM a\nRUN --mount=type=cache,target=/a,sharing=lock x\nCOPY --form=a b c\nrunn y"
        let file = parsed(text)
        let replaced = file.problems.compactMap(\.replacement)
        #expect(replaced.map { file.source.string($0.range) } == ["lock", "form", "runn"])
        #expect(replaced.map(\.text) == ["locked", "from", "RUN"])
    }

    @Test func theRestOfTheFileIsReadBehindWhatIsRefused() {
        let file = parsed("FROM a\nRUNN b\nRUN c\nCOPY d\nRUN e\n")
        #expect(file.problems.map { file.source.line(at: $0.range.lowerBound) } == [2, 4])
        #expect(file.instructions.map(\.keyword) == [.from, .unknown, .run, .copy, .run])
    }

    // MARK: - Directives and frontends

    @Test func directivesKeepTheirPlaces() {
        let text = "#  Syntax = docker/dockerfile:1 x \n# escape=`\n# check=skip=A;error=true\nFROM a\n"
        let file = parsed(text)
        #expect(file.directives.map(\.name) == [.syntax, .escape, .check])
        #expect(file.directives.map(\.value) == ["docker/dockerfile:1 x", "`", "skip=A;error=true"])
        #expect(file.directives.map { file.source.string($0.valueRange) } == file.directives.map(\.value))
        #expect(file.source.string(file.directives[1].range) == "# escape=`")
        #expect(file.escape == UInt8(ascii: "`"))
        #expect(file.instructions[0].comments.isEmpty)
    }

    @Test func theTwoReadersOfDirectivesDisagree() {
        // Indented: only escape counts. Behind a shebang: only the others do.
        let indented = parsed("  # syntax=docker/dockerfile:1\n  # escape=`\nFROM a")
        #expect(indented.directives.map(\.name) == [.escape])
        let shebang = parsed("#!/x\n# syntax=docker/dockerfile:1\n# escape=`\nFROM a")
        #expect(shebang.directives.map(\.name) == [.syntax])
        #expect(shebang.escape == UInt8(ascii: "\\"))
        #expect(parsed("# a\n# syntax=b\nFROM a").directives.isEmpty)
        #expect(parsed("\u{FEFF}# escape=`\nFROM a").escape == UInt8(ascii: "`"))
    }

    @Test(arguments: [
        ("# syntax=docker/dockerfile:1\n", false),
        ("# syntax=docker.io/docker/dockerfile:1.4@sha256:ab\n", false),
        ("# syntax=registry.example:5000/mirror/docker/dockerfile\n", false),
        ("# syntax=docker/dockerfile-upstream:master-labs\n", false), ("# syntax=example/other:1\n", true),
        ("// syntax=example/other:1\n", true), ("", false),
    ]) func anotherFrontendMayKnowOtherInstructions(directive: String, isForeign: Bool) {
        let file = parsed(directive + "FROM a\nINCLUDE b\n")
        #expect(file.usesForeignFrontend == isForeign)
        #expect(file.problems.isEmpty == isForeign)
    }

    @Test func aFileMayBeJSONForAnotherFrontend() {
        let file = parsed("{\"a\": [1, {\"syntax\": \"no\"}], \"syntax\": \"example/other\"}")
        #expect(file.directives.map(\.value) == ["example/other"])
        #expect(file.instructions.isEmpty && file.problems.isEmpty)
    }

    // MARK: - Comments

    @Test func commentsBelongToTheNextInstruction() {
        let file = parsed("# a\n\n#  b \nFROM x\n# dropped\n#\n  # c\nRUN y \\\n# inside\n z\n")
        #expect(file.instructions[0].comments.map(\.text) == [" a", "  b "])
        #expect(file.instructions[1].comments.map(\.text) == [" c"])
        #expect(file.source.string(file.instructions[1].comments[0].range) == "# c")
    }

    // MARK: - Places

    @Test func everyWordIsWhereItSaysItIs() {
        let text = """
            FROM --platform=linux/amd64 debian:12 AS Build
            ARG A B="x y"
            ENV C=1 D='e f'
            COPY --from=build --chown=1:2 --exclude=*.md a "b" /c/
            ADD --checksum=sha256:0 https://h/x /y
            USER app:app
            WORKDIR /w x
            EXPOSE 80 81/udp
            VOLUME /v /w
            LABEL l=m
            STOPSIGNAL SIGINT
            MAINTAINER m
            """
        for file in [parsed(text), parsed(text.replacingNewlines("\r\n")), parsed("\u{FEFF}" + text)] {
            #expect(file.problems.isEmpty)
            var words: [Word?] = []
            for instruction in file.instructions {
                switch instruction.body {
                case .from(let from): words += [from.image, from.platform, from.name]
                case .arg(let arguments): words += arguments.flatMap { [$0.name, $0.defaultValue] }
                case .env(let pairs), .label(let pairs): words += pairs.flatMap { [$0.key, $0.value] }
                case .copy(let copy):
                    words += copy.sources + copy.excludes
                    words += [copy.destination, copy.from, copy.chown, copy.checksum]
                case .user(let word), .workdir(let word), .stopsignal(let word), .maintainer(let word):
                    words.append(word)
                case .expose(let list), .volume(let list): words += list
                default: Issue.record("not expected")
                }
            }
            let found = words.compactMap { $0 }
            #expect(found.count == 29)
            for word in found { #expect(file.source.string(word.range) == word.text) }
        }
    }

    @Test func aContinuedInstructionMapsBackToItsBytes() {
        let text = "FROM a\r\n  RUN one \\ \r\n# comment\r\n\r\n  && two\\\r\nthree\r\nRUN x"
        let file = parsed(text)
        let instruction = file.instructions[1]
        #expect(instruction.text == "RUN one   && twothree")
        #expect(instruction.lines == 2...6)
        #expect(file.source.string(instruction.range).hasPrefix("RUN one"))
        #expect(file.source.string(instruction.range).hasSuffix("three"))
        guard case .run(let run) = instruction.body, case .shell(let shell) = run.command else {
            Issue.record("no shell form")
            return
        }
        #expect(shell.text == "one   && twothree")
        for offset in shell.bytes.indices {
            #expect(file.source.bytes[shell.sourceOffset(offset)] == shell.bytes[offset])
        }
        let two = shell.sourceRange(9..<17)
        #expect(file.source.string(two) == "two\\\r\nthree")
        #expect(file.source.position(at: two.lowerBound) == SourcePosition(line: 5, column: 6))
    }

    @Test func jsonWordsAreDecodedAndStandBetweenTheirQuotes() {
        let text = "CMD [ \"a\\n\\u00e9\", \\\n \"b c\" ]"
        let file = parsed("FROM x\n" + text)
        guard case .cmd(.exec(let words)) = file.instructions[1].body else {
            Issue.record("no exec form")
            return
        }
        #expect(words.map(\.text) == ["a\né", "b c"])
        #expect(words.map { file.source.string($0.range) } == ["a\\n\\u00e9", "b c"])
    }

    @Test func flagsAndMountOptionsHaveTheirPlaces() {
        let text =
            "FROM a\nRUN --mount=type=cache,\\\ntarget=/a,ID=x --mount=\"type=bind,target=/b c\" --network=none y"
        let file = parsed(text)
        guard case .run(let run) = file.instructions[1].body else {
            Issue.record("\(file.problems)")
            return
        }
        let flags = file.instructions[1].flags
        #expect(flags.map(\.name) == ["mount", "mount", "network"])
        #expect(flags[1].value == "type=bind,target=/b c")
        #expect(file.source.string(flags[1].range) == "--mount=\"type=bind,target=/b c\"")
        #expect(flags[1].valueRange.map { file.source.string($0) } == "\"type=bind,target=/b c\"")
        #expect(
            run.mounts[0].options.map { file.source.string($0.range) } == ["type=cache", "target=/a", "ID=x"])
        #expect(run.mounts[0].options.map(\.key) == ["type", "target", "id"])
        #expect(run.mounts[1].options.map { file.source.string($0.range) } == ["type=bind", "target=/b c"])
        #expect(run.network == "none")
    }

    // MARK: - Bodies

    @Test func mountsSayWhatBuildKitReads() {
        let mounts = run(
            "RUN --mount=TYPE=Cache,dst=/a,Sharing=LOCKED,id=k,uid=01,mode=0755 --mount=target=/b,src=c,rw "
                + "--mount=type=tmpfs,target=/t,size=64MiB --mount=type=secret,id=s,required,env=E "
                + "--mount=type=ssh,required=false --mount=type=cache,target=$T,uid=$U,sharing=$S x")?.mounts
        #expect(mounts?.map(\.kind) == [.cache, .bind, .tmpfs, .secret, .ssh, .cache])
        #expect(mounts?.map(\.target) == ["/a", "/b", "/t", nil, nil, "$T"])
        #expect(mounts?.map(\.readOnly) == [false, false, false, true, true, false])
        #expect(mounts?.map(\.required) == [false, false, false, true, false, false])
        #expect(mounts?[0].sharing == .locked)
        #expect(mounts?[0].id == "k" && mounts?[0].uid == "01" && mounts?[0].mode == "0755")
        #expect(mounts?[1].source == "c")
        #expect(mounts?[3].env == "E")
        #expect(mounts?[5].sharing == nil)
    }

    @Test func aHeredocAloneIsTheCommand() {
        let plain = run("RUN --network=none <<-EOF\n\ta\n\t\tb\n\tEOF")
        #expect(plain?.isHeredocScript == true)
        if case .shell(let text)? = plain?.command {
            #expect(text.text == "a\nb\n")
        } else {
            Issue.record("no shell")
        }
        let script = run("RUN <<\"EOF\"\n#! /usr/bin/env python3\nprint()\nEOF")
        #expect(script?.interpreter == "/usr/bin/env python3")
        let piped = run("RUN cat <<EOF > f\na\nEOF")
        #expect(piped?.isHeredocScript == false)
        if case .shell(let text)? = piped?.command {
            #expect(text.text == "cat <<EOF > f")
        } else {
            Issue.record("no shell")
        }
    }

    @Test func heredocsKeepTheirBodies() {
        let text = "FROM a\nCOPY <<a.txt <<-'b' 3<<c x /d/\nA $V\r\na.txt\n\tB\n\tb\nc\nRUN y"
        let file = parsed(text)
        let heredocs = file.instructions[1].heredocs
        #expect(heredocs.map(\.name) == ["a.txt", "b", "c"])
        #expect(heredocs.map(\.expands) == [true, false, true])
        #expect(heredocs.map(\.chomps) == [false, true, false])
        #expect(heredocs.map(\.fileDescriptor) == [0, 0, 3])
        #expect(heredocs.map(\.content) == ["A $V\r\n", "B\n", ""])
        #expect(file.source.string(heredocs[1].contentRange) == "\tB\n")
        guard case .copy(let copy) = file.instructions[1].body else { return }
        #expect(copy.sources.map(\.text) == ["x"])
        #expect(file.instructions[2].lines == 8...8)
    }

    @Test func onbuildHoldsItsInstruction() {
        let instruction = instruction("ONBUILD COPY --from=a <<EOF /x\ny\nEOF")
        guard case .onbuild(let inner) = instruction.body, case .copy(let copy) = inner.body else {
            Issue.record("no COPY")
            return
        }
        #expect(copy.from?.text == "a")
        #expect(inner.heredocs.map(\.content) == ["y\n"])
        #expect(inner.text == "COPY --from=a <<EOF /x")
        #expect(inner.range.lowerBound == instruction.range.lowerBound + 8)
    }

    @Test func booleanFlags() {
        #expect(copy("COPY --link a b")?.link == true)
        #expect(copy("COPY --link=FALSE --parents=true a b")?.link == false)
        #expect(copy("COPY --link=FALSE --parents=true a b")?.parents == true)
        #expect(copy("ADD --unpack=false --keep-git-dir a b")?.unpack == false)
        #expect(copy("ADD a b")?.unpack == nil)
    }

    // MARK: - Hostile input

    @Test func lengthsAndDepthsHaveLimits() {
        let long = parsed("FROM a\nRUN " + String(repeating: "x", count: 70_000) + "\nRUN b")
        #expect(long.problems.map(\.kind) == [.file])
        #expect(long.instructions.count == 3)
        if case .invalid = long.instructions[1].body {} else { Issue.record("the long line is read") }
        let many = parsed("FROM a\n" + String(repeating: "NOPE\n", count: 1_000))
        #expect(many.problems.count == Limits.syntaxProblems)
        let deep = parsed("FROM a\nCMD " + String(repeating: "[", count: 60_000))
        #expect(deep.problems.isEmpty)
        _ = parsed("FROM a\n" + String(repeating: "ONBUILD ", count: 8_000) + "RUN x")
    }

    @Test func anyBytesAreRead() {
        let seed = Array(
            "# escape=`\nFROM --platform=$P a AS b\nRUN --mount=type=cache,target=/x <<-\"E\" a \\\n# c\n b\n\tx\nE\nCOPY [\"a\", \"\\u00e9\"] /x\nENV A=${B:-'c'} D=\"e\"\n"
                .utf8)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<2_000 {
            var bytes = seed
            for _ in 0...random(8) {
                let at = random(bytes.count)
                switch random(4) {
                case 0: bytes[at] = UInt8(random(256))
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(seed[random(seed.count)], at: at)
                default: bytes.removeSubrange(at..<min(bytes.count, at + random(10)))
                }
                if bytes.isEmpty { bytes = seed }
            }
            let file = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", bytes: bytes))
            var end = 0
            for instruction in file.instructions {
                #expect(instruction.range.lowerBound >= end && instruction.range.upperBound <= bytes.count)
                end = instruction.range.upperBound
                for offset in instruction.joined.bytes.indices {
                    let source = instruction.joined.sourceOffset(offset)
                    if bytes[source] != instruction.joined.bytes[offset] {
                        Issue.record("a byte from elsewhere")
                    }
                }
            }
            _ = file.evaluated()
        }
    }
}

extension String {
    fileprivate func replacingNewlines(_ newline: String) -> String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: newline)
    }
}
