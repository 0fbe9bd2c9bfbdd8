import Diagnostics
import Dockerfile
import Testing

/// A text that stands at the start of a file.
private func script(_ text: String) -> ShellScript {
    ShellScript(parsing: JoinedText(bytes: Array(text.utf8), pieces: [.init(joined: 0, source: 0)]))
}

/// One line a command: its words, then what is special about it.
private func outline(_ script: ShellScript) -> [String] {
    script.commands.map { command in
        var line = command.words.map { $0.isLiteral ? $0.text : "\($0.text)" }.joined(separator: "·")
        if command.isConditional { line += " ?" }
        if command.isWrapped { line += " wrapped" }
        switch command.user {
        case .step: break
        case .named(let name): line += " as \(name)"
        case .unknown: line += " as ?"
        }
        for assignment in command.assignments {
            line += " \(assignment.name)=\(assignment.value?.text ?? "?")"
        }
        for redirection in command.redirections { line += " \(redirection.symbol)\(redirection.target.text)" }
        return line
    }
}

struct ShellScriptTests {
    @Test(
        arguments: [
            ("apt-get update && apt-get install -y curl", ["apt-get·update", "apt-get·install·-y·curl"]),
            ("a; b\nc | d & e || f", ["a", "b", "c", "d", "e", "f ?"]),
            ("(cd x && make); { a; b; }", ["cd·x", "make", "a", "b"]),
            ("if a; then b; elif c; then d; else e; fi; g", ["a", "b ?", "c ?", "d ?", "e ?", "g"]),
            ("while a; do b; done; until c\ndo d\ndone", ["a", "b ?", "c", "d ?"]),
            ("for p in a b; do pip install $p; done", ["pip·install·$p"]),
            ("for p in *.txt; do pip install $p; done", ["pip·install·$p ?"]),
            ("for ((i=0; i<3; i++)); do a; done; b", ["a ?", "b"]),
            ("case $X in a|b) c ;; (d) e;; *) f; esac; g", ["c ?", "e ?", "f ?", "g"]),
            ("f() { a; }; function g { b; }; c", ["a ?", "b ?", "c"]),
            ("[ -f x ] && a; b", ["[·-f·x·]", "a ?", "b"]),
            ("[[ $a == b && ( -f c ) ]] && d\ne", ["d ?", "e"]),
            ("grep -q x y || a && b", ["grep·-q·x·y", "a ?", "b"]),
            ("! a && b", ["a", "b ?"]),
            ("sh -c 'a && b'", ["a wrapped", "b wrapped"]),
            ("bash -euxo pipefail -lc \"pip install x\"", ["pip·install·x wrapped"]),
            ("bash script.sh; sh", ["bash·script.sh", "sh"]),
            ("sudo -u app -H X=1 pip install x", ["pip·install·x wrapped as app X=1"]),
            ("sudo apt-get update", ["apt-get·update wrapped as root"]),
            ("su - app -c 'a'; su -c b", ["a wrapped as app", "b wrapped as root"]),
            ("env -i A=1 B='2 3' cmd", ["cmd wrapped A=1 B=2 3"]),
            ("A=1 B=$C cmd x", ["cmd·x A=1 B=$C"]),
            ("exec time nice -n 5 timeout -k 5 10 cmd a", ["cmd·a wrapped"]),
            ("yes | xargs -n 1 apt-get install", ["yes", "apt-get·install wrapped"]),
            ("conda run -n base pip install x", ["pip·install·x wrapped"]),
            ("corepack enable && corepack pnpm@9 i", ["corepack·enable", "pnpm@9·i wrapped"]),
            ("command -v pip && pip install x", ["command·-v·pip", "pip·install·x ?"]),
            (
                "echo \"$(pip --version) x\" `uname -m`",
                ["pip·--version", "uname·-m", "echo·\"$(pip --version) x\"·`uname -m`"]
            ),
            ("a > x 2>&1 >> y < z &> w", ["a >x >&1 >>y <z &>w"]),
            ("a # comment && b\nc", ["a", "c"]),
            ("echo 'a # b' c\\ d \"e f\"g", ["echo·a # b·c d·e fg"]),
            ("cat <<EOF > x\nrm -rf /\nEOF\na", ["cat >x", "a"]),
            ("bash <<'EOF'\npip install x\nEOF\na", ["bash", "pip·install·x wrapped", "a"]),
            ("diff <(a) <(b)", ["a", "b", "diff·<(a)·<(b)"]),
            ("echo ${X:-a b} $((1 + 2)) ${Y}", ["echo·${X:-a b}·$((1 + 2))·${Y}"]),
            ("set -e; eval 'a b'", ["set·-e", "a·b wrapped"]),
            ("gosu app:app npm ci", ["npm·ci wrapped as app"]),
        ] as [(String, [String])])
    func commands(text: String, expected: [String]) {
        let script = script(text)
        #expect(outline(script) == expected)
        #expect(script.isComplete)
    }

    @Test(arguments: ["a 'b", "a \"b", "if a; then b", "a )", "a $(b", "a `b", "a && && b", "cat <<EOF\nx"])
    func incompleteTexts(text: String) {
        #expect(!script(text).isComplete)
    }

    @Test func rangesPointIntoTheFile() throws {
        let text = "a && sh -c \"pip install 'x y'  $Z\" && rm -rf /c"
        let script = script(text)
        let pip = script.commands[1]
        func slice(_ range: Range<Int>) -> String { String(decoding: Array(text.utf8)[range], as: UTF8.self) }
        #expect(pip.words.map { slice($0.range) } == ["pip", "install", "'x y'", "$Z"])
        #expect(pip.words[2].text == "x y")
        #expect(pip.words[3].parts == [.variable("Z")])
        let last = script.commands[2]
        #expect(slice(last.range) == "rm -rf /c")
        let before = try #require(last.before)
        #expect(before.kind == .and)
        #expect(slice(before.leftEnd..<last.range.upperBound) == " && rm -rf /c")
        #expect(slice(script.commands[0].range.lowerBound..<script.commands[0].after!.rightStart) == "a && ")
    }

    @Test func continuedTextMapsToTheFile() {
        // `pip \⏎  install`, joined.
        let joined = JoinedText(
            bytes: Array("pip   install x".utf8),
            pieces: [.init(joined: 0, source: 10), .init(joined: 4, source: 16)])
        let command = ShellScript(parsing: joined).commands[0]
        #expect(command.words.map(\.range) == [10..<13, 18..<25, 26..<27])
        #expect(command.range == 10..<27)
    }

    @Test func assignmentsAreSeenByTheRestOfTheirShell() {
        let script = script("export A=1; (B=2; x); set -a; C=~/c; y; if z; then D=$E; fi; w")
        let seen = script.assignments.map { assignment in
            let names = script.commands.filter { assignment.scope.contains($0.order) }.map {
                $0.words[0].text
            }
            return
                "\(assignment.name)\(assignment.isExported ? "!" : "")\(assignment.isConditional ? "?" : ""): "
                + names.joined(separator: " ")
        }
        #expect(seen == ["A!: export x set y z w", "B: x", "C!: y z w", "D!?: w"])
        #expect(script.assignments[2].value?.parts == [.home, .literal("/c")])
    }

    @Test func execFormIsOneCommand() {
        let plain = ShellScript(exec: [Word(text: "pip", range: 5..<10), Word(text: "a b", range: 12..<17)])
        #expect(plain.commands.map { $0.words.map(\.text) } == [["pip", "a b"]])
        #expect(plain.commands[0].range == 5..<17)
        let shell = ShellScript(exec: [
            Word(text: "bash", range: 5..<11), Word(text: "-lc", range: 13..<18),
            Word(text: "a && b", range: 20..<28),
        ])
        #expect(shell.commands.map(\.range) == [21..<22, 26..<27])
    }

    @Test func nestingIsBoundedAndTimeLinear() {
        for open in [
            "(", "$(", "{ ", "! ", "if ", "f() ", "\"$(", "[[ $(", "`", "<(", "case x in a) ", "sh -c '",
            // A command that is complete, and what follows it.
            "(a)>$( ", "{ a; }>$( ", "if a; then b; fi<\"$( ", "while a; do b; done>>$( ", "[[ a ]]>$( ",
            "for i in b; do c; done>$( ", "for i in $( ", "case a in b) c;; esac 2>$( ", "case $( ",
            "((a))>$( ", "a>$( ", "a=$( ", "export a=$( ", "a <<<$( ", "a <<$( ", "f() { a; }>$( ",
            "function $( ", "function f { a; }>$( ", "a && $( ", "! (a)>$( ", "(a)><( ", "(a)<(b)>$( ",
            "sudo $( ", "sh -c \"$( ", "eval \"$( ", "a <<E\n$( ", "sh <<E\n$( ",
        ] {
            let deep = script(String(repeating: open, count: 50_000))
            #expect(deep.commands.count < 100_000)
        }
        // Each level is read twice: as a part of the word, and as what the shell gets.
        for open in ["sh -c \"$(", "su -c \"$("] {
            let twice = script(String(repeating: open, count: 1000) + "a")
            #expect(twice.cutShort != nil && !twice.isComplete, "\(open)")
        }
        #expect(script("sh -c 'sh -c \"sh -c a\" && sh -c b'").cutShort == nil)
        let many = script(String(repeating: "A=1; (b c) && d \\\n", count: 50_000))
        #expect(many.commands.count == 100_000)
    }

    @Test(arguments: [
        ("if true; then ", "; fi"), ("for a in b; do ", "; done"), ("( ", ")"), ("{ ", "; }"), ("f() ", ""),
        ("env ", ""), ("! ", ""), ("a=$(", ")"), ("cat <(", ")"), ("case a in a) ", ";; esac"),
    ])
    func `nesting that is too deep to be read is told`(_ opening: String, _ closing: String) {
        func nested(_ depth: Int) -> ShellScript {
            let (start, end) = (
                String(repeating: opening, count: depth), String(repeating: closing, count: depth)
            )
            return script(start + "apt" + end)
        }
        let fine = nested(Limits.shellDepth / 4)
        #expect(fine.cutShort == nil && fine.commands.contains { $0.words[0].text == "apt" })
        let deep = nested(Limits.shellDepth + 1)
        #expect(deep.cutShort != nil && !deep.isComplete)
    }

    /// One line a command, where the tests that `known` names are decided.
    private func decided(_ text: String, _ known: [String: Bool]) -> [String] {
        outline(script(text).deciding { test in known[test.words.map(\.text).joined(separator: " ")] })
    }

    @Test func aTestThatIsDecidedDecidesItsSides() {
        let text = "if [ $A ]; then b; elif [ $C ]; then d; else e; fi; g"
        #expect(
            decided(text, ["[ $A ]": true]) == ["[·$A·]", "b", ": ?", ": ?", ": ?", "g"])
        #expect(
            decided(text, ["[ $A ]": false, "[ $C ]": true]) == ["[·$A·]", ": ?", "[·$C·]", "d", ": ?", "g"])
        #expect(
            decided(text, ["[ $A ]": false]) == ["[·$A·]", ": ?", "[·$C·]", "d ?", "e ?", "g"])
        #expect(decided(text, [:]) == ["[·$A·]", "b ?", "[·$C·] ?", "d ?", "e ?", "g"])
        #expect(decided("[ $A ] && b && c; d", ["[ $A ]": false]) == ["[·$A·]", ": ?", ": ?", "d"])
        #expect(decided("[ $A ] && b && c; d", ["[ $A ]": true]) == ["[·$A·]", "b", "c", "d"])
    }

    @Test func whatIsNotOneTestDecidesNothing() {
        let known = ["[ $A ]": false, "[ $B ]": false]
        for text in [
            "if [ $A ] || [ $B ]; then c; fi", "if ! [ $A ]; then c; fi", "while [ $A ]; do c; done",
            "f() { [ $A ] || c; }", "case x in x) if [ $Z ]; then c; fi;; esac", "[ $A ] || c",
        ] {
            #expect(decided(text, known).contains("c ?"), "\(text)")
        }
    }

    @Test func randomBytesNeverTrap() {
        var state: UInt64 = 42
        let alphabet = Array("ab $(){}[]'\"`\\;&|<>\n#~*!=-c if then do done case esac in EOF<<".utf8)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state % 40) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int((state >> 33) % UInt64(alphabet.count))])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let joined = JoinedText(bytes: bytes, pieces: [.init(joined: 0, source: 0)])
            for command in ShellScript(parsing: joined).commands {
                #expect(command.range.upperBound <= bytes.count)
            }
        }
    }
}
