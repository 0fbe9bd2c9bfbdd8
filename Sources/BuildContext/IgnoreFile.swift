import Diagnostics
package import SourceText

/// An ignore file, read as BuildKit reads it.
///
/// Source: moby/patternmatcher, `ignorefile/ignorefile.go`.
package struct IgnoreFile: Sendable {
    package enum Kind: Sendable {
        /// `<Dockerfile>.dockerignore`, beside the Dockerfile.
        case ofDockerfile
        /// `.dockerignore` in the context's root.
        case ofContext
    }

    package let source: SourceText
    package let kind: Kind
    /// The patterns in the order of the file, of which a build uses none where there are problems.
    package let patterns: [IgnorePattern]
    /// What ends every build that reads the file, or kept us from examining it.
    package let problems: [IgnoreProblem]
    /// The same patterns, ready to decide; empty where there are problems.
    package let compiled: PathPatterns

    /// The path relative to the project's root.
    package var path: String { source.path }

    package init(source: SourceText, kind: Kind) {
        self.source = source
        self.kind = kind
        var patterns: [IgnorePattern] = []
        var problems: [IgnoreProblem] = []
        var compiled = PathPatterns()
        for number in 1...source.lineCount {
            let physical = source.bytes(ofLine: number)
            if physical.count > Limits.ignoreFileLineBytes {
                problems.append(
                    IgnoreProblem(
                        line: number, range: physical,
                        message:
                            "The line is longer than \(Limits.ignoreFileLineBytes) bytes, BuildKit's limit; the build fails here.",
                        remedy: "Shorten it."))
                break
            }
            guard let line = IgnoreLine(source.bytes, physical, isFirst: number == 1) else { continue }
            guard patterns.count < Limits.ignorePatterns, compiled.size <= Limits.ignoreFileSize else {
                problems.append(
                    IgnoreProblem(
                        line: number, range: line.range,
                        message:
                            "The file has more or longer patterns than are examined (\(Limits.ignorePatterns)).",
                        remedy: "Use fewer patterns.", isLimit: true))
                break
            }
            do throws(PatternSyntaxError) {
                guard let (text, isNegated) = try compiled.append(line.pattern) else { continue }
                patterns.append(
                    IgnorePattern(
                        line: number, range: line.range, text: String(decoding: text, as: UTF8.self),
                        isNegated: isNegated))
            } catch {
                problems.append(
                    IgnoreProblem(
                        line: number, range: line.range,
                        message:
                            "The pattern `\(source.string(line.range))` \(error.reason); "
                            + (error.isLimit ? "the file is not examined." : "the build fails here."),
                        remedy: error.remedy, isLimit: error.isLimit))
            }
        }
        self.patterns = patterns
        self.problems = problems
        self.compiled = problems.isEmpty ? compiled : PathPatterns()
    }

    /// A file that is there and was not read.
    init(unreadable path: String, _ kind: Kind) {
        source = SourceText(path: path, bytes: [])
        self.kind = kind
        patterns = []
        problems = [
            IgnoreProblem(
                line: 1, range: 0..<0,
                message:
                    "The file cannot be read, or is larger than \(Limits.textFileBytes) bytes; it is not examined.",
                remedy: "Make it readable, and use fewer patterns.", isLimit: true)
        ]
        compiled = PathPatterns()
    }
}

extension PatternSyntaxError {
    /// What to write instead.
    var remedy: String {
        if reason.contains("nothing behind") {
            return "Write the path that is to be brought back after the `!`."
        }
        return
            "Put a backslash before a character that is meant literally (`\\[`, `\\\\`), or complete the brackets."
    }
}

/// One line of an ignore file that is neither blank nor a comment.
private struct IgnoreLine {
    /// Where the pattern stands, without blanks around it.
    let range: Range<Int>
    /// As the reader passes it on: cleaned, without a leading `/`, with its `!`.
    let pattern: [UInt8]

    init?(_ bytes: [UInt8], _ physical: Range<Int>, isFirst: Bool) {
        var start = physical.lowerBound
        if isFirst, bytes[physical].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        let line = Array(bytes[start..<physical.upperBound])
        if line.first == UInt8(ascii: "#") { return nil }
        let trimmed = trimmingUnicodeSpace(line)
        if trimmed.isEmpty { return nil }
        range = (start + trimmed.lowerBound)..<(start + trimmed.upperBound)
        var text = Array(line[trimmed])
        let isInverted = text.first == .exclamation
        if isInverted {
            text.removeFirst()
            text = Array(text[trimmingUnicodeSpace(text)])
        }
        if !text.isEmpty {
            text = cleanedPath(text)
            if text.count > 1, text.first == .slash { text.removeFirst() }
        }
        pattern = isInverted ? [.exclamation] + text : text
    }
}
