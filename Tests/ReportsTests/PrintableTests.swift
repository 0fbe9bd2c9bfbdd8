import Testing

@testable import Reports

struct PrintableTests {
    // Loops, not arguments: a test runner prints arguments as they are.
    private static let escapes = [
        ("plain text, 100 %", "plain text, 100 %"),
        ("größer 日本 🚀", "größer 日本 🚀"),
        ("a\nb", #"a\nb"#),
        ("a\r\nb", #"a\r\nb"#),
        ("a\tb", #"a\tb"#),
        ("\u{1B}[2J", #"\x1b[2J"#),
        ("\u{07}\u{08}\u{7F}", #"\x07\x08\x7f"#),
        ("\u{85}\u{9B}", #"\x85\x9b"#),
        ("\u{202E}gpj.exe", #"\u{202e}gpj.exe"#),
        ("\u{2066}\u{2069}\u{200F}", #"\u{2066}\u{2069}\u{200f}"#),
        ("\u{2028}\u{2029}\u{FEFF}\u{200B}", #"\u{2028}\u{2029}\u{feff}\u{200b}"#),
        ("\u{E0041}", #"\u{e0041}"#),
        ("a\u{A0}b\u{3000}\u{2003}", #"a\xa0b\u{3000}\u{2003}"#),
        ("\u{34F}\u{115F}\u{1160}\u{3164}\u{FFA0}", #"\u{34f}\u{115f}\u{1160}\u{3164}\u{ffa0}"#),
        ("\u{2800}\u{FE0F}\u{E0100}\u{1D159}", #"\u{2800}\u{fe0f}\u{e0100}\u{1d159}"#),
    ]

    @Test func escapesWhatDrivesTerminals() {
        for (text, shown) in Self.escapes { #expect(printable(text) == shown) }
    }

    @Test func invalidBytesBecomeReplacementCharacters() {
        #expect(printable(String(decoding: [0x61, 0xFF, 0xC0, 0x62], as: UTF8.self)) == "a\u{FFFD}\u{FFFD}b")
    }

    /// All that Unicode says is ignorable by default, a format or a blank, whatever a later version adds.
    @Test func nothingInvisibleIsPrinted() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalar != " " else { continue }
            let properties = scalar.properties
            guard
                properties.isDefaultIgnorableCodePoint || properties.isWhitespace
                    || properties.generalCategory == .format
            else { continue }
            #expect(printable(String(scalar)).hasPrefix(#"\"#), "\(String(value, radix: 16))")
        }
    }

    @Test func aPathEndsAtTheFirstColon() {
        #expect(printablePath("a b/Dockerfile") == "a b/Dockerfile")
        #expect(printablePath("clm-doctor: x") == #"clm-doctor\x3a x"#)
        #expect(printablePath(#"a\x3a"#) == #"a\x5cx3a"#)
        #expect(printablePath("\n:") == #"\n\x3a"#)
    }

    private static let commands = [
        ("::error::boo\n", #"\x3a:error::boo"# + "\n"),
        ("fine\n  \t::set-output name=a::b\n", "fine\n  \t" + #"\x3a:set-output name=a::b"# + "\n"),
        ("fine\r::warning::x", "fine\r" + #"\x3a:warning::x"#),
        ("\u{A0}\u{3000}::debug::x", "\u{A0}\u{3000}" + #"\x3a:debug::x"#),
        ("\u{1B}[1m::debug::x", "\u{1B}[1m" + #"\x3a:debug::x"#),
        ("text ##[error]x", #"text \x23#[error]x"#),
        ("a ##vso[task.setvariable variable=a]b", #"a \x23#vso[task.setvariable variable=a]b"#),
        ("###[group]", #"#\x23#[group]"#),
        ("a ::b and ## c [d]", "a ::b and ## c [d]"),
        ("Dockerfile:1:1: std::string", "Dockerfile:1:1: std::string"),
        ("", ""),
    ]

    @Test func noLineIsAWorkflowCommand() {
        for (output, safe) in Self.commands { #expect(withoutWorkflowCommands(output) == safe) }
    }

    @Test func inJSONTheEscapeIsJSONs() {
        let json = ###"{"a": "##[error]"}"###
        #expect(withoutWorkflowCommands(json, isJSON: true) == ###"{"a": "\u0023#[error]"}"###)
    }

    @Test(arguments: [("a", 1), ("ä", 1), ("e\u{301}", 1), ("日本", 4), ("🚀", 2), ("", 0)])
    func countsColumns(text: String, width: Int) {
        #expect(displayWidth(of: text) == width)
    }

    @Test func breaksParagraphsAtBlanks() {
        #expect(wrapped("one two three four", width: 9) == ["one two", "three", "four"])
        #expect(wrapped("incomprehensibilities a", width: 5) == ["incomprehensibilities", "a"])
        #expect(wrapped("", width: 5) == [""])
    }
}
