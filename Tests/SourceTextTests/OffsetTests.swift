import Foundation
import SourceText
import Testing

/// Offsets into a file are never counted in a text that was made of its bytes: bytes that are not UTF-8 are longer there.
struct OffsetTests {
    /// Far into a line they are not counted from its beginning.
    @Test func columnsOfLongLinesAreCharacters() {
        let text = "ab\n" + String(repeating: "xé\u{20AC}\u{1F600}", count: 400) + "\nz"
        let source = SourceText(path: "x", text: text)
        var (line, column, offset) = (1, 1, 0)
        for scalar in text.unicodeScalars {
            #expect(source.position(at: offset) == SourcePosition(line: line, column: column))
            offset += UTF8.width(scalar)
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        #expect(source.position(at: offset) == SourcePosition(line: 3, column: 2))
    }

    @Test func aTextStandsWhereItsBytesDo() {
        let source = SourceText(path: "x", bytes: Array("key=".utf8) + [0xC4, 0xFA] + Array("tail".utf8))
        let all = 0..<source.bytes.count
        #expect(source.range(of: "tail", atEndOf: all) == 6..<10)
        #expect(source.range(of: source.string(4..<10), atEndOf: all) == nil, "it is longer than its bytes")
        #expect(source.range(of: "key=", atEndOf: 0..<4) == 0..<4)
        #expect(source.range(of: "xkey=", atEndOf: 0..<4) == nil)
        #expect(source.range(of: "", atEndOf: all) == 10..<10)
        #expect(source.range(of: "l", atEndOf: 0..<11) == nil)
        // Of one character in two spellings, each is its own bytes.
        let composed = SourceText(path: "x", text: "\u{E9}")
        #expect(composed.range(of: "e\u{301}", atEndOf: 0..<2) == nil)
    }

    /// Lines of the program that add the length of a text to an offset. `SourceText.range(of:atEndOf:)` is the way.
    @Test func noOffsetIsCountedInAText() throws {
        // Each of these texts is a constant or was taken from no file's bytes.
        let allowed = [
            "Checks/EnvironmentSwitch.swift": 2, "Host/DaemonConfiguration.swift": 1,
            "Diagnostics/TextChange.swift": 1,
            // YAML is UTF-8, or is not read.
            "Project/WorkflowReader.swift": 1,
        ]
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let counted =
            /(?:Bound|[sS]tart|[eE]nd|[pP]lace|[oO]ffset|\b\d+)\b\)?\s*[+\-]\s*[\w.!\[\]]*utf8\.count/
        var found: [String: Int] = [:]
        var files = 0
        let enumerator = try #require(FileManager.default.enumerator(atPath: sources.path))
        for case let path as String in enumerator where path.hasSuffix(".swift") {
            files += 1
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            let count = text.split(separator: "\n").count { $0.contains(counted) && $0.contains("..<") }
            if count > 0 { found[path] = count }
        }
        #expect(files > 300)
        #expect(found == allowed)
    }
}
