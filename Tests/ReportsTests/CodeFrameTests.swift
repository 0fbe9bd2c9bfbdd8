import SourceText
import Testing

@testable import Reports

struct CodeFrameTests {
    private func frame(_ text: String, _ start: (Int, Int), _ end: (Int, Int), width: Int = 60) -> [String] {
        let range = SourceRange(
            start: SourcePosition(line: start.0, column: start.1),
            end: SourcePosition(line: end.0, column: end.1))
        let lines = CodeFrame(width: width, ellipsis: "…").lines(
            for: range, in: SourceText(path: "Dockerfile", text: text))
        return lines.map { [$0.text, $0.marks] } ?? []
    }

    @Test func marksTheRange() {
        #expect(frame("FROM a\nRUN pip install x\n", (2, 5), (2, 8)) == ["RUN pip install x", "    ^^^"])
    }

    @Test func marksTheFirstLineOfSeveral() {
        #expect(frame("RUN a \\\n  && b\n", (1, 1), (2, 7)) == ["RUN a \\", "^^^^^^^"])
    }

    @Test func aTabMovesToTheNextStop() {
        #expect(frame("\ta\tRUN", (1, 4), (1, 7)) == ["    a   RUN", "        ^^^"])
    }

    @Test func wideCharactersTakeTwoColumns() {
        #expect(frame("RUN 日本 x", (1, 8), (1, 9)) == ["RUN 日本 x", "         ^"])
        #expect(frame("RUN 日本 x", (1, 5), (1, 7)) == ["RUN 日本 x", "    ^^^^"])
    }

    @Test func escapesTakeTheirOwnColumns() {
        #expect(frame("a\u{1B}b", (1, 3), (1, 4)) == [#"a\x1bb"#, "     ^"])
    }

    @Test func anEmptyRangeIsOneMark() {
        #expect(frame("RUN", (1, 2), (1, 2)) == ["RUN", " ^"])
        #expect(frame("RUN", (1, 4), (1, 4)) == ["RUN", "   ^"])
    }

    @Test func aLongLineIsCutAroundTheRange() {
        let before = String(repeating: "a", count: 500)
        let after = String(repeating: "b", count: 500)
        let lines = frame(before + "HERE" + after, (1, 501), (1, 505), width: 40)
        #expect(lines.count == 2)
        #expect(displayWidth(of: lines[0]) <= 40)
        #expect(lines[0].hasPrefix("…a"))
        #expect(lines[0].hasSuffix("b…"))
        let marked = zip(lines[0], lines[1] + String(repeating: " ", count: 40)).filter { $0.1 == "^" }.map(
            \.0)
        #expect(String(marked) == "HERE")
    }

    @Test func aRangeLongerThanTheFrameIsCutAtItsEnd() {
        let lines = frame("RUN " + String(repeating: "x", count: 500), (1, 1), (1, 505), width: 40)
        #expect(lines[0].hasPrefix("RUN x"))
        #expect(lines[0].hasSuffix("…"))
        #expect(displayWidth(of: lines[0]) <= 40)
        #expect(displayWidth(of: lines[1]) <= 40)
    }

    @Test func aLineThatDoesNotExistHasNoFrame() {
        #expect(frame("RUN", (7, 1), (7, 2)).isEmpty)
        #expect(frame("", (1, 1), (1, 1)).isEmpty)
    }

    @Test func invalidUTF8KeepsItsColumns() {
        let source = SourceText(path: "Dockerfile", bytes: [0x61, 0xFF, 0x62, 0x63])
        let range = source.range(of: 2..<3)
        let lines = CodeFrame(width: 60, ellipsis: "…").lines(for: range, in: source)
        #expect(lines?.text == "a\u{FFFD}bc")
        #expect(lines?.marks == "  ^")
    }
}
