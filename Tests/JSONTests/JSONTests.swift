import JSON
import Testing

@Suite struct ParsingTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true\n", true), ("-12", -12), ("0", 0), ("1.5e2", 150.0), ("\"\"", ""),
            ("[]", []), ("{}", [:]), ("[1,[2,{}]]", [1, [2, [:]]]), (#""\u00e9\n\ud83d\ude00""#, "é\n😀"),
            (#""a\u0000b""#, "a\u{0}b"), ("9223372036854775807", 9_223_372_036_854_775_807),
            ("-9223372036854775808", -9_223_372_036_854_775_808), ("0.1", 0.1), ("-0.0", -0.0),
            ("1E+2", 100.0),
            (#""\ud800""#, "\u{FFFD}"), (#"{"":1," ":{"a":[null]}}"#, ["": 1, " ": ["a": [nil]]]),
        ] as [(String, JSON)])
    func reads(text: String, value: JSON) throws {
        let read = try JSON.parse(text)
        #expect(read == value)
    }

    @Test(
        arguments: [
            ("", 1, 1), ("  ", 1, 3), ("{", 1, 2), ("[1,]", 1, 4), ("[1 2]", 1, 4), ("{\"a\":1,}", 1, 8),
            ("// c\n1", 1, 1), ("/* c */ 1", 1, 1), ("1 // c", 1, 3), ("1 2", 1, 3), ("[1]\n x", 2, 2),
            ("'a'", 1, 1), ("{a:1}", 1, 2), ("NaN", 1, 1), ("[NaN]", 1, 2), ("[\n Infinity]", 2, 2),
            ("-Infinity", 1, 1), ("[01]", 1, 4), ("[1.]", 1, 2), ("[.5]", 1, 2), ("[+1]", 1, 2),
            ("[1e]", 1, 4),
            ("1e999", 1, 1), ("[123456789012345678901]", 1, 2), ("9223372036854775808", 1, 1), ("True", 1, 1),
            ("\"a\nb\"", 1, 3), ("\"a\tb\"", 1, 3), ("\"\\x\"", 1, 3), ("\"a", 1, 3), ("tru", 1, 4),
            ("{\"a\":1,\n \"é\":2, \"b\":1, \"\\u00e9\":3}", 2, 16), ("[{\"a\":{\"a\":1},\"a\":2}]", 1, 15),
            ("{\"a\\u0000b\":1}", 1, 12), ("[1]\u{0}", 1, 4), ("\u{FEFF}1", 1, 1), ("[\u{0C}1]", 1, 2),
            ("\u{A0}1", 1, 1), ("[\"é\" \"\"]", 1, 6), ("]", 1, 1), ("nul", 1, 4), ("[1,,2]", 1, 4),
            ("--1", 1, 2),
        ] as [(String, Int, Int)])
    func refuses(text: String, line: Int, column: Int) throws {
        let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
        #expect([error?.line, error?.column] == [line, column], "\(String(describing: error))")
        #expect(error?.message.isEmpty == false)
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 2), ([0x22, 0x61, 0xC0, 0x80, 0x22], 3),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 2),
            ([0x22, 0xC3, 0xA9, 0xC3, 0x22], 3), ([0xFF, 0xFE], 1),
        ] as [([UInt8], Int)])
    func refusesInvalidUTF8(bytes: [UInt8], column: Int) throws {
        let error = #expect(throws: JSONError.self) { try JSON.parse(bytes) }
        #expect(error == JSONError(message: "not valid UTF-8", line: 1, column: column))
    }

    @Test func namesTheDuplicateKey() throws {
        let error = #expect(throws: JSONError.self) { try JSON.parse(#"{"a":{"b":1,"b":2}}"#) }
        #expect(error?.description == #"line 1, column 13: duplicate key "b""#)
    }

    @Test func limits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try JSON.parse(nested(64)).array?.count == 1)
        #expect(throws: JSONError.self) { try JSON.parse(nested(65)) }
        #expect(throws: JSONError.self) { try JSON.parse(nested(1_000_000)) }
        #expect(try JSON.parse("[[1]]", limits: .init(depth: 2)) == [[1]])
        #expect(throws: JSONError.self) { try JSON.parse("[[[]]]", limits: .init(depth: 2)) }
        #expect(try JSON.parse("[1]", limits: .init(bytes: 3)) == [1])
        #expect(throws: JSONError.self) { try JSON.parse("[12]", limits: .init(bytes: 3)) }
    }
}

@Suite struct ValueTests {
    @Test func readsAndBuilds() {
        var value: JSON = ["b": 1, "a": ["x", nil, 2.5, true], "c": ["d": "e"]]
        #expect(value["b"]?.integer == 1)
        #expect(value["b"]?.number == 1)
        #expect(value["a"]?[0]?.string == "x")
        #expect(value["a"]?[1]?.isNull == true)
        #expect(value["a"]?[3]?.bool == true)
        #expect(value["a"]?[4] == nil)
        #expect(value["c"]?["d"]?.string == "e")
        #expect(value["c"]?["f"] == nil)
        #expect(value["b"]?.string == nil)
        value["b"] = nil
        value["z"] = 0
        value["a"] = []
        #expect(value.object?.keys == ["a", "c", "z"])
        #expect(value.text() == #"{"a":[],"c":{"d":"e"},"z":0}"#)
        #expect(JSON.object(["x": nil, "y": "\(1)"]).text() == #"{"y":"1"}"#)
    }

    /// Objects of many members find them otherwise than small ones.
    @Test func manyMembers() {
        var object = JSON.Object()
        for number in 0..<40 { object["k\(number)"] = .integer(number) }
        object["k7"] = "seven"
        for number in 10..<40 { object["k\(number)"] = nil }
        #expect(object["k7"] == "seven")
        #expect(object["k9"] == 9)
        #expect(object["k10"] == nil)
        var small = JSON.Object()
        for number in 0..<10 { small["k\(number)"] = number == 7 ? "seven" : .integer(number) }
        #expect(object == small)
        #expect(Set([object, small]).count == 1)
        for number in 0..<10 { object["k\(number)"] = nil }
        #expect(object.isEmpty)
        object["new"] = true
        #expect(object.members.map(\.key) == ["new"])
        #expect(object["new"] == true)
    }
}

@Suite struct WritingTests {
    /// A line break in a string is not one of the layout, and none stands in what is empty.
    @Test func indentation() {
        let value: JSON = ["a": ["x\ny", [], [:]], "b": 1]
        #expect(
            value.text(.pretty, indentation: 2)
                == "{\n    \"a\": [\n      \"x\\ny\",\n      [],\n      {}\n    ],\n    \"b\": 1\n  }")
    }

    @Test(
        arguments: [
            (nil, "null"), (0.1, "0.1"), (1e100, "1e+100"), (.number(.nan), "null"),
            (.number(-.infinity), "null"),
            (2.0, "2.0"), ("", #""""#), ("a/b\"\\\u{1}\t", #""a/b\"\\\u0001\t""#), ("\u{0}x", #""\u0000x""#),
            ("\u{7F}\u{9B}31m\u{85}\u{A0}é", "\"\\u007f\\u009b31m\\u0085\u{A0}é\""),
            ("\u{202E}\u{2066}\u{200F}\u{2028}\u{2026}", #""\u202e\u2066\u200f\u2028…""#),
            ([], "[]"), ([:], "{}"), ([1, [:]], "[1,{}]"), (["a\u{0}b": 1], "{\"a\u{FFFD}b\":1}"),
            (["b": 1, "a": 2], #"{"b":1,"a":2}"#), (.integer(.min), "-9223372036854775808"),
        ] as [(JSON, String)])
    func compact(value: JSON, text: String) {
        #expect(value.text() == text)
    }

    @Test func pretty() {
        let value: JSON = ["b": [1, "x"], "a": [:], "c": ["d": nil], "e": []]
        #expect(
            value.text(.pretty) == """
                {
                  "b": [
                    1,
                    "x"
                  ],
                  "a": {},
                  "c": {
                    "d": null
                  },
                  "e": []
                }
                """)
    }

    @Test func readsBackWhatItWrites() throws {
        let value: JSON = [
            "text": "\u{0}\u{1F}\u{7F}\u{85}\u{2028}😀\"\\/",
            "numbers": [0.1, 2.5e-308, 1.7976931348623157e308, -7],
            "": [nil, true, false, [:], []],
        ]
        #expect(try JSON.parse(value.text()) == value)
        #expect(try JSON.parse(value.text(.pretty)) == value)
    }
}
