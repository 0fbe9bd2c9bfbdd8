internal import Diagnostics

/// Cuts a log that comes in pieces into lines, without colours and other sequences for terminals.
struct LogLines {
    /// A line that has no end yet.
    private var rest: [UInt8] = []
    private var clean: [UInt8] = []

    /// - Parameter take: called with each line, without its end, and with the time in microseconds since 1970 that Buildkite
    ///   puts before it (`ESC _bk;t=1745322209921 BEL`; its agent's `prependTimestampForLogs`).
    mutating func add(_ piece: Span<UInt8>, _ take: (Span<UInt8>, Int?) -> Void) {
        var start = 0
        var hasEscape = false
        for index in piece.indices {
            let byte = piece[index]
            if byte == 0x1B { hasEscape = true }
            guard byte == 0x0A else { continue }
            if rest.isEmpty {
                line(piece.extracting(start..<index), hasEscape: hasEscape, take)
            } else {
                keep(piece, start, index)
                end(take)
            }
            start = index + 1
            hasEscape = false
        }
        keep(piece, start, piece.count)
    }

    /// Takes what has no newline behind it as the last line.
    mutating func end(_ take: (Span<UInt8>, Int?) -> Void) {
        guard !rest.isEmpty else { return }
        let whole = rest
        rest.removeAll(keepingCapacity: whole.count <= 1 << 16)
        line(whole.span, hasEscape: true, take)
    }

    private mutating func keep(_ piece: Span<UInt8>, _ start: Int, _ end: Int) {
        let room = Limits.buildLogLineBytes - rest.count
        guard start < end, room > 0 else { return }
        piece.extracting(start..<min(end, start + room)).withUnsafeBufferPointer {
            rest.append(contentsOf: $0)
        }
    }

    private mutating func line(
        _ line: Span<UInt8>, hasEscape: Bool, _ take: (Span<UInt8>, Int?) -> Void
    ) {
        var count = line.count
        while count > 0, line[count - 1] == 0x0D { count -= 1 }
        let line = line.extracting(0..<count)
        guard hasEscape else { return take(line, nil) }
        clean.removeAll(keepingCapacity: clean.capacity <= 1 << 16)
        var time: Int?
        var index = 0
        while index < line.count {
            guard line[index] == 0x1B, index + 1 < line.count else {
                clean.append(line[index])
                index += 1
                continue
            }
            let kind = line[index + 1]
            let first = index + 2
            index = first
            if kind == UInt8(ascii: "["), line.hasPrefix("8mha:", at: first) {
                // Jenkins' `ConsoleNote`, which is no text: `ESC [8mha:…ESC [0m`.
                while index < line.count, line[index] != 0x1B { index += 1 }
            } else if kind == UInt8(ascii: "[") {
                while index < line.count, !(0x40...0x7E).contains(line[index]) { index += 1 }
                // GitLab's marks of sections end in a carriage return and an order to clear the line.
                if index < line.count, line[index] == UInt8(ascii: "K"), clean.last == 0x0D {
                    clean.removeAll(keepingCapacity: true)
                }
                index += 1
            } else if kind == UInt8(ascii: "_") || kind == UInt8(ascii: "]") {
                while index < line.count, line[index] != 0x07, line[index] != 0x1B { index += 1 }
                if kind == UInt8(ascii: "_"), line.hasPrefix("bk;t=", at: first) {
                    time = Self.milliseconds(line, first + 5, index).map { $0 * 1000 }
                }
                if index + 1 < line.count, line[index] == 0x1B, line[index + 1] == UInt8(ascii: "\\") {
                    index += 1
                }
                index += 1
            }
        }
        take(clean.span, time)
    }

    private static func milliseconds(_ line: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard start < end, end - start <= 14 else { return nil }
        var value = 0
        for index in start..<end {
            guard isDigit(line[index]) else { return nil }
            value = value * 10 + Int(line[index] - 0x30)
        }
        return value
    }
}
