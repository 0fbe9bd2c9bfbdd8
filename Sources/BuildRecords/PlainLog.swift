internal import Diagnostics

/// Reads the text of `--progress=plain`, line by line.
///
/// Source: BuildKit's `util/progress/progressui` (`printer.go`, `display.go`), 0.8 to 0.32. A line `#N …` of another number
/// than the one before is a vertex's name; what ends a vertex, or leaves it for another, makes the next line a name too.
/// So nothing is guessed from what a program prints.
struct PlainLog {
    private(set) var build = ObservedBuild(source: .plain)
    /// The vertices by their number.
    private var numbers: [Int: Int] = [:]
    /// The number whose lines are printed, and the index of its vertex; nil between two.
    private var current: (number: Int, index: Int)?
    /// Its name was on the line before.
    private var isFirst = false
    /// The header `#0 building with …` was there.
    private var hasHeader = false
    private var hasStep = false
    /// Names are followed by digests, as in BuildKit 0.8.
    private var hasDigests = false
    /// What follows the last vertex was there.
    private var hasEnded = false
    /// How many lines more the block about what failed may have; 0 outside of it.
    private var blockLines = 0
    /// Lines of vertices whose beginning is not in the log.
    private var hasHalf = false

    var isEmpty: Bool { build.vertices.isEmpty }
    /// Whether a vertex's lines are being printed: a line without a number is then the program's.
    var isInVertex: Bool { current != nil }

    /// - Parameter time: microseconds since 1970 by a CI system's prefix.
    /// - Returns: false for the first line of another build, which is not taken.
    mutating func take(_ line: Span<UInt8>, time: Int?) -> Bool {
        guard blockLines == 0, line.count > 2, line[0] == UInt8(ascii: "#"),
            let (number, start) = Self.number(line, 0)
        else {
            takeTail(line)
            return true
        }
        if number == 0 {
            guard isEmpty else { return !line.hasPrefix("building with ", at: start) }
            hasHeader = true
            tell(time)
            return true
        }
        if let current, current.number == number {
            takeBody(line, start, current.index)
        } else {
            guard !isNewBuild(number, line, start) else { return false }
            takeName(line, start, number)
        }
        tell(time)
        return true
    }

    private mutating func tell(_ time: Int?) {
        guard let time else { return }
        build.start = build.start ?? time
        build.end = time
    }

    /// `#12 `
    private static func number(_ line: Span<UInt8>, _ place: Int) -> (number: Int, start: Int)? {
        var index = place + 1
        var number = 0
        while index < line.count, isDigit(line[index]), index < place + 8 {
            number = number * 10 + Int(line[index] - 0x30)
            index += 1
        }
        guard index > place + 1, index + 1 < line.count, line[index] == 0x20 else { return nil }
        return (number, index + 1)
    }

    private func isNewBuild(_ number: Int, _ line: Span<UInt8>, _ start: Int) -> Bool {
        guard !isEmpty else { return false }
        if hasEnded { return current == nil }
        guard number == 1, !hasHeader, hasStep, let first = numbers[1] else { return false }
        return !build.vertices[first].isOpen
    }

    // MARK: Lines of a vertex

    private mutating func takeName(_ line: Span<UInt8>, _ start: Int, _ number: Int) {
        isFirst = true
        if let index = numbers[number] {
            current = (number, index)
            return
        }
        current = nil
        guard !Self.isBody(line, start) else {
            hasHalf = true
            return
        }
        let name = line.text(at: start, limit: Limits.vertexNameBytes)
        guard let index = build.add(ObservedVertex(name: name)) else { return }
        build.vertices[index].hasBegun = true
        numbers[number] = index
        current = (number, index)
        if !hasStep {
            hasStep =
                VertexName(name, hasTargets: false).step != nil
                || name.utf8.contains(UInt8(ascii: "/")) && VertexName(name, hasTargets: true).step != nil
        }
    }

    /// Whether a line can be no name, as where a log begins in the middle.
    private static func isBody(_ line: Span<UInt8>, _ start: Int) -> Bool {
        isEnd(line, start) || line.hasPrefix("sha256:", at: start)
            || line.hasPrefix("extracting sha256:", at: start) || isOutput(line, start)
    }

    /// Whether a vertex's lines end here.
    private static func isEnd(_ line: Span<UInt8>, _ start: Int) -> Bool {
        line.equals("...", at: start) || line.equals("CACHED", at: start)
            || line.equals("CANCELED", at: start)
            || line.equals("DONE", at: start) || line.hasPrefix("ERROR: ", at: start)
            || line.hasPrefix("DONE ", at: start) && seconds(line, start + 5, line.count) != nil
    }

    private mutating func takeBody(_ line: Span<UInt8>, _ start: Int, _ index: Int) {
        defer { isFirst = false }
        switch line[start] {
        case _ where isDigit(line[start]):
            if Self.isOutput(line, start) {
                if !build.vertices[index].hasOutput { build.vertices[index].hasOutput = true }
                // BuildKit 0.8 goes on in the line that a program did not end.
                if hasDigests, let end = line.lastPlace(of: "#", from: start),
                    let found = Self.number(line, end),
                    found.number == current?.number, Self.isEnd(line, found.start)
                {
                    takeBody(line, found.start, index)
                }
                return
            }
        case UInt8(ascii: "D"):
            if line.equals("DONE", at: start) {
                finish { $0.isDone = true }
                return
            }
            if line.hasPrefix("DONE ", at: start), let seconds = Self.seconds(line, start + 5, line.count) {
                finish {
                    $0.isDone = true
                    $0.duration = seconds
                }
                return
            }
        case UInt8(ascii: "C"):
            if line.equals("CACHED", at: start) { return finish { $0.isCached = true } }
            if line.equals("CANCELED", at: start) { return finish { $0.isCancelled = true } }
        case UInt8(ascii: "E"):
            if line.hasPrefix("ERROR: ", at: start) {
                let text = line.text(at: start + 7, limit: Limits.vertexNameBytes)
                return finish { $0.error = text }
            }
        case UInt8(ascii: "."):
            if line.equals("...", at: start) {
                current = nil
                return
            }
        case UInt8(ascii: "s"):
            // Docker 20.10 prints the digest below the name.
            if isFirst, line.count == start + 71, line.hasPrefix("sha256:", at: start) {
                build.setDigest(line.text(at: start), of: index)
                hasDigests = true
                return
            }
        default: break
        }
        takeStatus(line, start, index)
    }

    private mutating func finish(_ change: (inout ObservedVertex) -> Void) {
        if let current { change(&build.vertices[current.index]) }
        current = nil
    }

    /// `0.177 text`, the seconds since the step began.
    static func isOutput(_ line: Span<UInt8>, _ start: Int) -> Bool {
        var index = start
        while index < line.count, isDigit(line[index]) { index += 1 }
        guard index > start, index + 1 < line.count, line[index] == UInt8(ascii: "."),
            isDigit(line[index + 1])
        else {
            return false
        }
        index += 1
        let fraction = index
        while index < line.count, isDigit(line[index]) { index += 1 }
        return index - fraction <= 3 && (index == line.count || line[index] == 0x20)
    }

    /// `12.3s`, in microseconds.
    private static func seconds(_ line: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard end - start >= 2, end - start <= 12, line[end - 1] == UInt8(ascii: "s") else { return nil }
        return decimal(line, start, end - 1, unit: 1_000_000)
    }

    /// A number with a fraction of up to six digits, times a unit.
    private static func decimal(_ line: Span<UInt8>, _ start: Int, _ end: Int, unit: Int) -> Int? {
        guard start < end, end - start <= 12 else { return nil }
        var value = 0
        var scale = 1
        var hasPoint = false
        for index in start..<end {
            if line[index] == UInt8(ascii: "."), !hasPoint, index > start {
                hasPoint = true
            } else if isDigit(line[index]) {
                if hasPoint, scale == 1_000_000 { continue }
                value = value * 10 + Int(line[index] - 0x30)
                if hasPoint { scale *= 10 }
            } else {
                return nil
            }
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product / scale
    }

    // MARK: Status lines

    /// `STATUS-ID [BYTES [ / BYTES]] [1.2s] [done]`
    private mutating func takeStatus(_ line: Span<UInt8>, _ start: Int, _ index: Int) {
        guard !line.hasPrefix("WARN: ", at: start), line.count - start <= 4096 else { return }
        var end = line.count
        if end - start > 5, line.hasPrefix(" done", at: end - 5) { end -= 5 }
        var status = ObservedVertex.Status(id: "")
        var word = Self.lastWord(line, start, end)
        if let seconds = Self.seconds(line, word, end), word > start {
            status.duration = seconds
            end = word - 1
            word = Self.lastWord(line, start, end)
        }
        if let bytes = Self.bytes(line, word, end), word > start {
            status.bytes = bytes
            end = word - 1
            if end - start > 4, line.hasPrefix(" /", at: end - 2) {
                let current = Self.lastWord(line, start, end - 2)
                status.bytes = Self.bytes(line, current, end - 2) ?? bytes
                end = max(start, current - 1)
            }
        }
        status.id = String(decoding: line.bytes(from: start, to: end), as: UTF8.self)
        build.add(status, to: index)
    }

    /// Where the last word between two places begins.
    private static func lastWord(_ line: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = end
        while index > start, line[index - 1] != 0x20 { index -= 1 }
        return index
    }

    /// `27.65kB`
    private static func bytes(_ line: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard end - start >= 2, line[end - 1] == UInt8(ascii: "B") else { return nil }
        switch line[end - 2] {
        case UInt8(ascii: "k"): return decimal(line, start, end - 2, unit: 1000)
        case UInt8(ascii: "M"): return decimal(line, start, end - 2, unit: 1_000_000)
        case UInt8(ascii: "G"): return decimal(line, start, end - 2, unit: 1_000_000_000)
        case UInt8(ascii: "T"): return decimal(line, start, end - 2, unit: 1_000_000_000_000)
        default: return decimal(line, start, end - 1, unit: 1)
        }
    }

    // MARK: Lines without a number

    /// What stands before and after the vertices; between them it is the end of a program's unfinished line.
    private mutating func takeTail(_ line: Span<UInt8>) {
        if blockLines > 0 {
            blockLines = line.equals("------") ? 0 : blockLines - 1
            return
        }
        guard current == nil, !isEmpty else { return }
        if line.equals("------") {
            blockLines = Limits.failureLines
            hasEnded = true
        } else if let error = ClientLine.error(line) {
            build.clientError = error
            hasEnded = true
        } else if ClientLine.isEnd(line) {
            hasEnded = true
        }
    }

    /// The build as far as it was read.
    consuming func finished() -> ObservedBuild {
        if hasHalf { build.record.problems.append("the log begins in the middle of a build") }
        return build
    }
}
