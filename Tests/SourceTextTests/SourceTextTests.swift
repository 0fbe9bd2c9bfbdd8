import SourceText
import Testing

@Suite struct SourceTextTests {
    @Test func linesEndAtNewlinesOnly() {
        let source = SourceText(path: "f", text: "a\r\nbc\n\nd")
        #expect(source.lineCount == 4)
        #expect((1...4).map { source.string(source.bytes(ofLine: $0)) } == ["a", "bc", "", "d"])
    }

    @Test(arguments: [("", 1), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("\n\n\n", 3)])
    func finalNewlineBeginsNoLine(text: String, lines: Int) {
        #expect(SourceText(path: "f", text: text).lineCount == lines)
    }

    @Test func everyOffsetIsOnTheLineThatHoldsIt() {
        let source = SourceText(path: "f", text: "ab\n\ncd\r\ne\n")
        for number in 1...source.lineCount {
            let end = number < source.lineCount ? source.lineStarts[number] : source.bytes.count
            for offset in source.lineStarts[number - 1]..<end {
                #expect(source.line(at: offset) == number, "offset \(offset)")
            }
        }
    }

    @Test func columnsCountCodePoints() {
        let source = SourceText(path: "f", text: "x\nä€😀z\n")
        let start = source.lineStarts[1]
        let columns = [0, 2, 5, 9].map { source.position(at: start + $0).column }
        #expect(columns == [1, 2, 3, 4])
    }

    @Test func positionsOutsideOfTheFileAreItsEnds() {
        let source = SourceText(path: "f", text: "ab\ncd")
        #expect(source.position(at: -5) == SourcePosition(line: 1, column: 1))
        #expect(source.position(at: 99) == SourcePosition(line: 2, column: 3))
        #expect(SourceText(path: "f", text: "").position(at: 0) == SourcePosition(line: 1, column: 1))
    }

    @Test func invalidUTF8BecomesReplacementCharacters() {
        let source = SourceText(path: "f", bytes: [0x61, 0xFF, 0x62])
        #expect(source.string(0..<3) == "a\u{FFFD}b")
    }
}

@Suite struct SpellingTests {
    @Test(arguments: [
        ("lock", "locked"), ("caches", "cache"), ("Cahce", "cache"), ("shraed", "shared"), ("RUM", "run"),
    ])
    func findsWhatWasMeant(written: String, meant: String) {
        let words = ["shared", "private", "locked", "cache", "bind", "run"]
        #expect(closestMatch(to: written, among: words) == meant)
    }

    @Test func farWordsAreNoMatch() {
        #expect(closestMatch(to: "kubernetes", among: ["run", "copy", "add"]) == nil)
        #expect(closestMatch(to: "", among: ["run"]) == nil)
        #expect(closestMatch(to: String(repeating: "x", count: 10_000), among: ["run"]) == nil)
    }

    @Test(arguments: [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)])
    func distance(left: String, right: String, expected: Int) {
        #expect(editDistance(Array(left.utf8), Array(right.utf8)) == expected)
        #expect(editDistance(Array(right.utf8), Array(left.utf8)) == expected)
    }
}
