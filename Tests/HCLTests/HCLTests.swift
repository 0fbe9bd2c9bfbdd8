import Diagnostics
import HCL
import JSON
import Testing

/// The value of `x` in a file; what it refers to is in the same file.
private func value(of expression: String, _ values: [String: HCLValue] = [:]) throws(HCLError) -> HCLValue {
    let body = try HCLParser.parse(Array("x = \(expression)\n".utf8))
    var work = WorkBudget()
    guard let parsed = body["x"] else { return .null }
    return try HCLEvaluator(values: values, functions: [:]).value(of: parsed, work: &work)
}

/// As JSON, with what is not known in words.
private func text(of expression: String, _ values: [String: HCLValue] = [:]) -> String {
    do throws(HCLError) {
        let value = try value(of: expression, values)
        return value.firstUnknown.map { "? \($0.reason)" } ?? value.json?.text() ?? "no JSON"
    } catch {
        return "! \(error.message)"
    }
}

/// What `docker buildx bake --print` (0.29) shows of the same expressions, wrapped in `jsonencode`.
@Suite struct HCLExpressionTests {
    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("-(1.5)", "-1.5"), ("10 / 4", "2.5"), ("7 % 3", "1"), ("1e3", "1000"),
        ("0.1 + 0.2", "0.3"), ("\"5\" + 1", "6"), ("1 == 1.0", "true"), ("\"1\" == 1", "false"),
        ("!true || 1 < 2 && 2 >= 2", "true"), ("true ? \"a\" : 1", #""a""#), ("false ? \"a\" : 1", #""1""#),
        ("[1, \"a\", null,]", #"[1,"a",null]"#),
        ("{ a = 1, \"b-c\" : 2\n c = 3 }", #"{"a":1,"b-c":2,"c":3}"#),
        ("{ (\"a${1}\") = 2 }", #"{"a1":2}"#), ("[1, 2][1]", "2"), ("{ a = { b = 3 } }.a.b", "3"),
        ("{ a = 1 }[\"a\"]", "1"), ("[[1], [2]][1].0", "2"), ("[{ a = 1 }, { a = 2 }][*].a", "[1,2]"),
        ("[{ a = [1] }].*.a.0", "[1]"), ("null[*]", "[]"), ("\"x\"[*]", #"["x"]"#),
        ("[for v in [1, 2, 3] : v * 2 if v != 2]", "[2,6]"),
        ("[for i, v in [\"a\"] : \"${i}${v}\"]", #"["0a"]"#),
        ("{ for k, v in { b = 1, a = 2 } : k => v }", #"{"a":2,"b":1}"#),
        ("{ for v in [\"a\", \"b\", \"a\"] : v => v... }", #"{"a":["a","a"],"b":["b"]}"#),
        ("(\n1\n+\n2)", "3"), ("[\n1, # one\n2 // two\n, /* three */ 3\n]", "[1,2,3]"),
    ]) func expressions(_ expression: String, _ expected: String) {
        #expect(text(of: expression) == expected)
    }

    @Test(arguments: [
        (#""a\n\t\"\\\u00e9""#, #""a\n\t\"\\é""#), (#""$${x} %%{y} $ % $$""#, #""${x} %{y} $ % $$""#),
        (#""${1}""#, "1"), (#""a${1}${true}""#, #""a1true""#), (#""${"${"deep"}"}""#, #""deep""#),
        (#""a ${~ 1 ~} b""#, #""a1b""#), (#""%{ if 1 > 2 }a%{ else }b%{ endif }c""#, #""bc""#),
        (#""%{ for i, v in ["x", "y"] }${i}${v},%{ endfor }""#, #""0x,1y,""#), (#""${[1]}""#, "[1]"),
        ("<<EOT\na\n  b ${1}\nEOT", #""a\n  b 1\n""#),
        ("<<-EOT\n    a\n\n      b\n    EOT", #""a\n\n  b\n""#),
        ("<<E\nx %{ if true ~}\n  y\n%{ endif ~}\nE", #""x   y\n""#),
    ]) func templates(_ expression: String, _ expected: String) {
        #expect(text(of: expression) == expected)
    }

    @Test(arguments: [
        ("upper(\"aé\")", #""AÉ""#), ("title(\"two words\")", #""Two Words""#),
        ("substr(\"hello\", -3, 2)", #""ll""#),
        ("split(\",\", \"a,,b\")", #"["a","","b"]"#), ("join(\"-\", [\"a\"], [1, true])", #""a-1-true""#),
        ("replace(\"1.2.3\", \".\", \"-\")", #""1-2-3""#), ("trimsuffix(\"a.tar\", \".tar\")", #""a""#),
        ("dirname(\"/a/../b/c\")", #""/b""#), ("basename(\"a/b/\")", #""b""#),
        ("sanitize(\"a.b/c\")", #""a_b_c""#),
        ("md5(\"abc\")", #""900150983cd24fb0d6963f7d28e17f72""#),
        ("sha1(\"abc\")", #""a9993e364706816aba3e25717850c26c9cd0d89d""#),
        ("base64encode(\"ab\")", #""YWI=""#),
        ("element([1, 2, 3], 4)", "2"), ("merge({ a = 1 }, { a = 2, b = 3 })", #"{"a":2,"b":3}"#),
        ("flatten([[1, [2]], 3])", "[1,2,3]"), ("setproduct([1], [2, 3])", "[[1,2],[1,3]]"),
        ("setunion([\"b\"], [\"a\"])", #"["a","b"]"#), ("range(3)", "[0,1,2]"), ("range(4, 0, -2)", "[4,2]"),
        ("lookup({ a = 1 }, \"b\", 2)", "2"), ("coalesce(null, \"a\")", #""a""#), ("try([1][9], 2)", "2"),
        ("can([1][9])", "false"), ("convert([1], list(string))", #"["1"]"#), ("max([1, 3]...)", "3"),
        ("format(\"%-3s|%03d|%v|%%\", \"a\", 7, [1])", #""a  |007|[1]|%""#), ("parseint(\"ff\", 16)", "255"),
        ("jsonencode({ b = \"<\", a = null })", #""{\"a\":null,\"b\":\"\\u003c\"}""#),
        ("jsondecode(\"{\\\"a\\\":[1]}\").a", "[1]"), ("floor(-1.5)", "-2"), ("int(-1.5)", "-1"),
        ("regex(\"[0-9]+\", \"ab12c3\")", #""12""#), ("regex(\"(a+)(b)?\", \"xaa\")", #"["aa",null]"#),
        ("regex(\"(?P<n>\\\\d)\", \"a1\")", #"{"n":"1"}"#), ("regexall(\"a|ab\", \"abab\")", #"["a","a"]"#),
        ("regex_replace(\"v1.2\", \"^v(\\\\d)\\\\.(\\\\d)$\", \"$2-${1}x\")", #""2-1x""#),
        ("regex_replace(\"aaa\", \"a*?\", \"-\")", #""-a-a-a-""#),
    ]) func functions(_ expression: String, _ expected: String) {
        #expect(text(of: expression.replacing("${1}x", with: "$${1}x")) == expected)
    }

    @Test(arguments: [
        ("timestamp()", "? `timestamp()` is another one each time"), ("\"a${U}\"", "? why"),
        ("U || true", "true"), ("U && true", "? why"), ("U == 1", "? why"), ("length([U])", "1"),
        ("join(\",\", [U])", "? why"), ("U ? 1 : 2", "? why"), ("{ a = U }.a", "? why"),
        ("contains([1, U], 1)", "true"), ("contains([U], 1)", "? why"), ("try(U, 1)", "? why"),
        ("[for v in U : v]", "? why"),
        ("cidrsubnet(\"10.0.0.0/8\", 1, 1)", "? `cidrsubnet` is not worked out"),
    ]) func unknownValues(_ expression: String, _ expected: String) {
        #expect(text(of: expression, ["U": .unknown(HCLUnknown("why"))]) == expected)
    }

    @Test(arguments: [
        ("y", "there is no variable `y`"), ("nothing(1)", "there is no function `nothing`"),
        ("[1][1]", "the list has no such element"), ("{}.a", "there is no such attribute"),
        ("\"a${null}\"", "a value is null"), ("\"${[1]}a\"", "a value is a list, not a string"),
        ("1 / 0", "a value is 0, which nothing is divided by"),
        ("upper([])", "`upper` is given a list, not a string"),
        ("{ for v in [1, 1] : v => v }", "two elements have the key `1`"),
        ("1 +", "expected an expression, found a newline"),
        ("\"a", "a newline inside of quotes"), ("<<A\nb\n", "the heredoc is not closed"),
        ("\"%{ if true }a\"", "`%{if}` has no `%{endif}`"), ("(1", "expected `)`, found the end"),
        ("[[1]].0.0", "`0.0` is no index"), ("\"\\x\"", "an unknown escape"),
        ("regex(\"a\", \"b\")", "`regex` is given a text without a match"),
    ]) func mistakes(_ expression: String, _ expected: String) {
        #expect(text(of: expression) == "! \(expected)")
    }

    @Test(arguments: [
        (String(repeating: "(", count: 5000), "too much inside of each other"),
        (String(repeating: "!", count: 5000) + "true", "too much inside of each other"),
        ("a" + String(repeating: ".b", count: 5000), "too much inside of each other"),
        ("1" + String(repeating: " + 1", count: 5000), "too much inside of each other"),
        (String(repeating: "\"${", count: 5000), "too much inside of each other"),
        (String(repeating: "[", count: 5000), "too much inside of each other"),
    ]) func deepNesting(_ expression: String, _ expected: String) {
        #expect(text(of: expression) == "! \(expected)")
    }

    @Test(arguments: [
        "join(\"\", [for a in range(900) : join(\"\", [for b in range(900) : join(\"\", range(900))])])",
        "setproduct(range(900), range(900), range(900))",
        "regex(\"(a*)*b\", \"\(String(repeating: "a", count: 5000))\")",
        "chunklist([1, 2], 9223372036854775807)[5]", "range(-9223372036854775807 - 1)",
        "\"1e-9223372036854775808\" + 1", "\"${U}\"",
        "(-170141183460469231731687303715884105727 - 1) / -1",
        "regex(\"\(String(repeating: "(?:", count: 40))\(String(repeating: "){100}", count: 40))b\", \"a\")",
        "replace(\"\(String(repeating: "a", count: 60000))\", \"\(String(repeating: "a", count: 30000))b\", \"\")",
        "pow(10, 100)", "1e39", "99999999999999999999999999999999999999 * 99", "range(0, 1000000)",
        "replace(\"\(String(repeating: "a", count: 3000))\", \"a\", \"\(String(repeating: "b", count: 3000))\")",
    ]) func workIsBounded(_ expression: String) {
        let found = text(of: expression)
        #expect(found.hasPrefix("?") || found.hasPrefix("!"), "\(found.prefix(100))")
    }
}

@Suite struct HCLBodyTests {
    @Test func bodies() throws {
        let text = """
            a = 1 # one
            /* two
            lines */ target "x" y { b = [
              1,
            ] }
            block {
              inner "z" {
                c = <<E
            text
            E
              }
            }
            """
        let body = try HCLParser.parse(Array(text.utf8))
        #expect(body.attributes.map(\.name) == ["a"])
        #expect(body.blocks.map(\.type) == ["target", "block"])
        #expect(body.blocks[0].labels == ["x", "y"])
        #expect(body.blocks[1].body.blocks[0].body.attributes.map(\.name) == ["c"])
        let range = body.blocks[0].range
        #expect(String(decoding: Array(text.utf8)[range], as: UTF8.self) == "target \"x\" y {")
    }

    @Test(arguments: [
        ("a = 1\na = 2\n", "`a` is set twice", 6..<7),
        ("a = 1 b = 2\n", "expected a newline, found `b`", 6..<7),
        ("t \"${x}\" {}\n", "a label holds no templates", 2..<3),
        ("a\n", "expected `=` or a block, found a newline", 1..<2),
        ("t {\n", "expected `}`, found the end", 4..<4), ("/* x", "the comment is not closed", 0..<2),
        ("a = 1 ^ 2\n", "unexpected character", 6..<7),
    ]) func mistakes(_ text: String, _ message: String, _ range: Range<Int>) {
        #expect(throws: HCLError(message, at: range)) { try HCLParser.parse(Array(text.utf8)) }
    }
}
