/// What a CI system puts in front of each line of a log.
///
/// Sources: github.com's log files and cli/cli (`gh run view --log`); gitlab-runner (`timestamper.go`, `FF_TIMESTAMPS`);
/// Jenkins' Timestamper (`GlobalDecorator`, and its page of times) and its Pipeline plugin before 2018; `ts`,
/// `docker logs --timestamps` and others that write a time.
enum LogPrefix: Equatable {
    case none
    /// `2020-05-14T10:56:13.0386966Z `, also in brackets.
    case time
    /// `12:00:07  `, and with the day that `ts` writes before it: `Nov 29 12:00:07 `.
    case clock
    /// `JOB<tab>STEP<tab>2020-05-14T10:56:13.0386966Z `
    case ghRun
    /// `2024-05-22T12:43:46.962646Z 00O `; with `+` in place of the blank the line goes on the one before.
    case gitLab
    /// `[linux] `: the branch of a Jenkins Pipeline, or the program that `concurrently` runs. Branches mix their lines, so
    /// that only those of one belong together.
    case branch([UInt8])

    struct Match {
        /// Where the line itself begins.
        var end: Int
        /// Microseconds since 1970, or since midnight.
        var time: Int?
        var continues = false
    }

    static let all: [LogPrefix] = [.none, .gitLab, .time, .clock, .ghRun]

    /// The branch whose name a line begins with.
    static func branch(of line: Span<UInt8>) -> LogPrefix? {
        guard !line.isEmpty, line[0] == UInt8(ascii: "[") else { return nil }
        var end = 1
        while end < line.count, end < 100, line[end] != UInt8(ascii: "]") { end += 1 }
        guard end + 1 < line.count, line[end] == UInt8(ascii: "]"), line[end + 1] == 0x20 else { return nil }
        return .branch(line.bytes(from: 0, to: end + 2))
    }

    /// - Returns: nil where a line has no such prefix.
    func match(_ line: Span<UInt8>) -> Match? {
        switch self {
        case .none: return Match(end: 0)
        case .time: return Self.time(line, at: 0)
        case .clock:
            guard let time = Timestamp(clock: line, at: Self.day(line)),
                let end = Self.blanks(line, at: time.end, count: 2)
            else { return nil }
            return Match(end: end, time: time.microseconds)
        case .ghRun:
            var tabs = 0
            var index = 0
            while index < line.count, index < 1000, tabs < 2 {
                if line[index] == 0x09 { tabs += 1 }
                index += 1
            }
            return tabs == 2 ? Self.time(line, at: index) : nil
        case .gitLab:
            guard let time = Timestamp(line), time.end + 5 <= line.count, line[time.end] == 0x20,
                Self.isHex(line[time.end + 1]), Self.isHex(line[time.end + 2]),
                line[time.end + 3] == UInt8(ascii: "O") || line[time.end + 3] == UInt8(ascii: "E")
            else { return nil }
            let mark = line[time.end + 4]
            guard mark == 0x20 || mark == UInt8(ascii: "+") else { return nil }
            return Match(end: time.end + 5, time: time.microseconds, continues: mark == UInt8(ascii: "+"))
        case .branch(let name):
            guard line.count >= name.count, name.indices.allSatisfy({ line[$0] == name[$0] }) else {
                return nil
            }
            return Match(end: name.count)
        }
    }

    private static func time(_ line: Span<UInt8>, at start: Int) -> Match? {
        var start = start
        if start + 3 <= line.count, line[start] == 0xEF, line[start + 1] == 0xBB, line[start + 2] == 0xBF {
            start += 3
        }
        let isBracketed = start < line.count && line[start] == UInt8(ascii: "[")
        guard let time = Timestamp(line, at: isBracketed ? start + 1 : start) else { return nil }
        var end = time.end
        if isBracketed {
            guard end < line.count, line[end] == UInt8(ascii: "]") else { return nil }
            end += 1
        }
        return blanks(line, at: end).map { Match(end: $0, time: time.microseconds) }
    }

    /// - Returns: where the line begins after one blank, or up to `count` of them; nil without a blank.
    private static func blanks(_ line: Span<UInt8>, at start: Int, count: Int = 1) -> Int? {
        if start == line.count { return start }
        guard line[start] == 0x20 else { return nil }
        return count > 1 && start + 1 < line.count && line[start + 1] == 0x20 ? start + 2 : start + 1
    }

    /// - Returns: where a line goes on after `Nov 29 `; 0 where it does not begin so.
    private static func day(_ line: Span<UInt8>) -> Int {
        guard line.count > 7, line[3] == 0x20, line[6] == 0x20,
            (0..<3).allSatisfy({ (0x41...0x5A).contains(line[$0] & 0xDF) }),
            isDigit(line[4]) || line[4] == 0x20, isDigit(line[5])
        else { return 0 }
        return 7
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
    }
}
