internal import Diagnostics

/// Lines that the client prints after a build, in any format.
enum ClientLine {
    /// `ERROR: failed to build: failed to solve: …`, and what older clients print.
    /// - Returns: the message.
    static func error(_ line: Span<UInt8>) -> String? {
        var start = 0
        if line.hasPrefix("ERROR: ") || line.hasPrefix("error: ") {
            start = 7
        } else if !line.hasPrefix("failed to solve") && !line.hasPrefix("executor failed running") {
            return nil
        }
        for prefix: StaticString in ["failed to build: ", "failed to solve: "]
        where line.hasPrefix(prefix, at: start) {
            start += prefix.utf8CodeUnitCount
        }
        return line.text(at: start, limit: Limits.vertexNameBytes)
    }

    static func isEnd(_ line: Span<UInt8>) -> Bool {
        line.hasPrefix("View build details: ") || line.hasPrefix(" ") && isWarnings(line)
    }

    /// ` 1 warning found (use docker --debug to expand):`
    private static func isWarnings(_ line: Span<UInt8>) -> Bool {
        var index = 1
        while index < line.count, isDigit(line[index]) { index += 1 }
        return index > 1 && line.hasPrefix(" warning", at: index)
    }
}
