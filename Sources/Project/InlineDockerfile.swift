package import Diagnostics
package import SourceText

/// A Dockerfile that stands in another file, as compose's `dockerfile_inline`.
///
/// Its text has as many empty lines before it as the file has lines above it: a line of the one is the same line of the
/// other, wherever the text's lines are lines of the file.
package struct InlineDockerfile: Sendable {
    /// Stands for it where a Dockerfile has a path: `compose.yaml#web`.
    package let text: SourceText
    /// The file that it stands in, relative to the project's root.
    package let path: String
    /// The key's place in that file.
    private let key: SourceRange
    /// What is before each line of the text in the file; nil where its lines are not the file's, or an expansion has changed
    /// them.
    private let indentation: Int?
    /// Each line of the text is a line of the file.
    private let hasLines: Bool

    /// - Parameters:
    ///   - name: of what it belongs to.
    ///   - written: the scalar.
    ///   - value: its text, as it is built.
    ///   - key: the scalar's key.
    init(_ name: String, written: YAML, value: String, key: YAML, in file: SourceText) {
        path = file.path
        self.key = file.range(of: key.bytes(in: file))
        let raw = written.string ?? ""
        let found = Self.indentation(of: raw, after: written.line, isLiteral: written.isLiteral, in: file)
        hasLines =
            found != nil
            && raw.split(separator: "\n", omittingEmptySubsequences: false).count
                == value.split(separator: "\n", omittingEmptySubsequences: false).count
        indentation = raw == value ? found : nil
        let above = hasLines ? written.line : self.key.start.line - 1
        text = SourceText(
            path: "\(file.path)#\(name)",
            bytes: [UInt8](repeating: 0x0A, count: above) + Array(value.utf8), blankLines: above)
    }

    /// As it is with other content.
    private init(_ other: InlineDockerfile, text: SourceText) {
        self.text = text
        path = other.path
        key = other.key
        indentation = other.indentation
        hasLines = other.hasLines
    }

    /// Each line of the text stands in the file as it is.
    package var isExact: Bool { indentation != nil }

    func replacing(_ bytes: [UInt8]) -> InlineDockerfile {
        InlineDockerfile(
            self, text: SourceText(path: text.path, bytes: bytes, blankLines: text.blankLines))
    }

    /// How far a literal block is indented.
    /// - Returns: nil where a line of the text does not stand in the file as it is.
    private static func indentation(
        of text: String, after line: Int, isLiteral: Bool, in file: SourceText
    ) -> Int? {
        guard isLiteral else { return nil }
        var indentation: Int?
        var number = line
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let written = Array(part.utf8)
            guard number <= file.lineCount else { return part.isEmpty ? indentation : nil }
            let range = file.bytes(ofLine: number)
            // An empty line need not be indented; behind the last newline is none of the text's.
            if written.isEmpty { continue }
            let own = range.count - written.count
            guard own >= 0, indentation ?? own == own,
                file.bytes[(range.lowerBound + own)..<range.upperBound].elementsEqual(written),
                file.bytes[range.lowerBound..<(range.lowerBound + own)].allSatisfy({ $0 == 0x20 })
            else { return nil }
            indentation = own
        }
        return indentation
    }

    // MARK: - In the file

    /// A finding in the text as one in the file; the edits of one whose place is not exact are left out.
    package func placed(_ finding: Finding, in file: SourceText) -> Finding {
        let edits = finding.fix?.edits ?? []
        let own = edits.filter { $0.path == text.path }
        var placed = edits.filter { $0.path != text.path }
        if !own.isEmpty {
            if let edited = TextChange(own)?.applied(to: text.bytes), let edit = edit(to: edited, in: file) {
                placed.append(edit)
            } else {
                placed = []
            }
        }
        return finding.placed(in: path, at: range(finding.range), edits: placed)
    }

    private func range(_ range: SourceRange?) -> SourceRange {
        guard let range, hasLines else { return key }
        guard let indentation else {
            let start = SourcePosition(line: range.start.line, column: 1)
            return SourceRange(start: start, end: SourcePosition(line: range.start.line, column: 2))
        }
        return SourceRange(
            start: SourcePosition(line: range.start.line, column: range.start.column + indentation),
            end: SourcePosition(line: range.end.line, column: range.end.column + indentation))
    }

    /// What changes in the file where the text becomes another: whole lines.
    /// - Returns: nil where the text's lines are not the file's.
    package func edit(to edited: [UInt8], in file: SourceText) -> Edit? {
        guard let indentation else { return nil }
        let old = text.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let new = edited.split(separator: 0x0A, omittingEmptySubsequences: false)
        let most = min(old.count, new.count)
        let first = (0..<most).first { old[$0] != new[$0] } ?? most
        let same =
            (0..<(most - first)).first { old[old.count - 1 - $0] != new[new.count - 1 - $0] } ?? most - first
        guard first >= text.blankLines, first <= file.lineCount else { return nil }
        func start(ofLine index: Int) -> Int {
            index < file.lineCount ? file.lineStarts[index] : file.bytes.count
        }
        let range = start(ofLine: first)..<max(start(ofLine: first), start(ofLine: old.count - same))
        let newline = file.bytes.contains(0x0D) ? "\r\n" : "\n"
        let blank = String(repeating: " ", count: indentation)
        let isOpen = range.lowerBound == file.bytes.count && file.bytes.last != 0x0A
        let lines = new[first..<(new.count - same)].map { line in
            (line.isEmpty ? "" : blank + String(decoding: line, as: UTF8.self)) + newline
        }
        return Edit(
            path: path, bytes: range, replacement: (isOpen ? newline : "") + lines.joined())
    }

    /// The file with another text in it.
    package func content(of file: SourceText, with edited: [UInt8]) -> [UInt8]? {
        edit(to: edited, in: file).flatMap { TextChange([$0])?.applied(to: file.bytes) }
    }
}

extension Project {
    /// Findings in Dockerfiles that stand in other files, as ones in those.
    package func placed(_ findings: [Finding]) -> [Finding] {
        guard !inlineDockerfiles.isEmpty else { return findings }
        let files = Dictionary(
            statements.map { ($0.source.path, $0.source) }, uniquingKeysWith: { first, _ in first })
        return findings.map { finding in
            guard let inline = inlineDockerfiles[finding.path], let file = files[inline.path] else {
                return finding
            }
            return inline.placed(finding, in: file)
        }
    }
}
