internal import Diagnostics

/// Reads what the builder before BuildKit prints (`DOCKER_BUILDKIT=0 docker build`).
///
/// Source: moby's `builder/dockerfile` (`dispatchers.go`, `evaluator.go`).
struct ClassicLog {
    private(set) var build = ObservedBuild(source: .classic)
    private var current: Int?
    private var last: (number: Int, of: Int)?
    private var isContextSent = false
    /// A step failed, or the image is done.
    private var hasEnded = false

    var isEmpty: Bool { build.vertices.isEmpty }

    /// `Step 4/10 : RUN make`
    static func isStep(_ line: Span<UInt8>, at start: Int) -> Bool {
        guard line.hasPrefix("Step ", at: start), start + 5 < line.count, isDigit(line[start + 5]) else {
            return false
        }
        return place(line, start + 5) != nil
    }

    static func isContext(_ line: Span<UInt8>, at start: Int) -> Bool {
        line.hasPrefix("Sending build context to Docker daemon", at: start)
    }

    /// - Returns: false for the first line of another build, which is not taken.
    mutating func take(_ line: Span<UInt8>, time: Int?) -> Bool {
        var start = 0
        while start < line.count, line[start] == 0x20 { start += 1 }
        if Self.isContext(line, at: start) {
            guard !hasSteps, !hasEnded else { return false }
            tell(time)
            takeContext(line, start, time)
        } else if start == 0, let place = Self.stepPlace(line), isNext(place) || Self.isFirst(line, place) {
            if hasEnded || place.number == 1 && hasSteps { return false }
            tell(time)
            end(at: time)
            takeStep(line, place, time)
        } else {
            takeBody(line, start, time)
        }
        return true
    }

    /// Whether what a program prints may follow.
    var isInStep: Bool { current != nil }

    /// Whether a line `Step n/m` is no program's, by what was there before.
    private func isNext(_ place: (number: Int, of: Int, end: Int)) -> Bool {
        last.map { $0.number + 1 == place.number && $0.of == place.of } ?? true
    }

    /// Every Dockerfile begins with one of these.
    private static func isFirst(_ line: Span<UInt8>, _ place: (number: Int, of: Int, end: Int)) -> Bool {
        let keyword = line.text(at: place.end, limit: 5).uppercased()
        return place.number == 1 && (keyword.hasPrefix("FROM ") || keyword.hasPrefix("ARG "))
    }

    private var hasSteps: Bool { build.vertices.count > (isContextSent ? 1 : 0) }

    private mutating func tell(_ time: Int?) {
        guard let time else { return }
        build.start = build.start ?? time
        build.end = time
    }

    private mutating func takeContext(_ line: Span<UInt8>, _ start: Int, _ time: Int?) {
        if !isContextSent {
            isContextSent = true
            guard let index = build.add(ObservedVertex(name: "[internal] load build context")) else { return }
            build.vertices[index].isDone = true
            build.vertices[index].hasBegun = true
        }
        // The progress is written over and over, with carriage returns between.
        let words = line.text(at: start, limit: Limits.vertexNameBytes).split(whereSeparator: {
            $0 == " " || $0 == "\r"
        })
        if let bytes = words.last.flatMap({ Self.bytes(String($0)) }) {
            var status = ObservedVertex.Status(id: "transferring context:")
            status.bytes = bytes
            build.add(status, to: 0)
        }
    }

    private static func bytes(_ word: String) -> Int? {
        let units: [(suffix: String, factor: Double)] = [
            ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1),
        ]
        guard let unit = units.first(where: { word.hasSuffix($0.suffix) }),
            let number = Double(word.dropLast(unit.suffix.count)), number >= 0, number < 1e6
        else { return nil }
        return Int(number * unit.factor)
    }

    private static func stepPlace(_ line: Span<UInt8>) -> (number: Int, of: Int, end: Int)? {
        isStep(line, at: 0) ? place(line, 5) : nil
    }

    /// `4/10 : `
    private static func place(_ line: Span<UInt8>, _ start: Int) -> (number: Int, of: Int, end: Int)? {
        var numbers = [0, 0]
        var index = start
        for part in 0...1 {
            let first = index
            while index < line.count, isDigit(line[index]), index - first < 6 {
                numbers[part] = numbers[part] * 10 + Int(line[index] - 0x30)
                index += 1
            }
            guard index > first else { return nil }
            if part == 0 {
                guard index < line.count, line[index] == UInt8(ascii: "/") else { return nil }
                index += 1
            }
        }
        guard line.hasPrefix(" : ", at: index), numbers[0] > 0, numbers[0] <= numbers[1] else { return nil }
        return (numbers[0], numbers[1], index + 3)
    }

    private mutating func takeStep(
        _ line: Span<UInt8>, _ place: (number: Int, of: Int, end: Int), _ time: Int?
    ) {
        last = (place.number, place.of)
        let text = line.text(at: place.end, limit: Limits.vertexNameBytes)
        current = build.add(ObservedVertex(name: "[\(place.number)/\(place.of)] \(text)"))
        guard let current else { return }
        build.vertices[current].hasBegun = true
        if let time { build.vertices[current].add(ObservedVertex.Span(start: time, end: nil)) }
    }

    /// Ends the step that is at work, if there is one.
    private mutating func end(at time: Int?) {
        guard let index = current else { return }
        build.vertices[index].isDone = true
        if let time, let start = build.vertices[index].spans.first?.start {
            build.vertices[index].add(ObservedVertex.Span(start: start, end: time))
        }
        current = nil
    }

    private mutating func takeBody(_ line: Span<UInt8>, _ start: Int, _ time: Int?) {
        guard current != nil else { return }
        tell(time)
        if line.hasPrefix("---> Using cache", at: start) {
            if let current { build.vertices[current].isCached = true }
        } else if line.hasPrefix("---> Running in ", at: start) {
            if let current { build.vertices[current].hasOutput = true }
        } else if isImage(line) {
            end(at: time)
            hasEnded = true
            build.record.status = .completed
        } else if Self.isFailure(line) {
            let error = line.text(limit: Limits.vertexNameBytes)
            if let current { build.vertices[current].error = error }
            end(at: time)
            hasEnded = true
            build.record.status = .failed
        }
    }

    /// `Successfully built 059bdf7d8d40` after the last step; pip writes the like.
    private func isImage(_ line: Span<UInt8>) -> Bool {
        let start = "Successfully built ".utf8.count
        guard line.hasPrefix("Successfully built "), line.count == start + 12, let last,
            last.number == last.of
        else {
            return false
        }
        return (start..<line.count).allSatisfy { isDigit(line[$0]) || (0x61...0x66).contains(line[$0]) }
    }

    /// What the client prints of a step that failed.
    private static func isFailure(_ line: Span<UInt8>) -> Bool {
        // What a program wrote without a newline may stand before it.
        if line.count <= Limits.vertexNameBytes, line.contains("' returned a non-zero code: ") { return true }
        return line.hasPrefix("COPY failed: ") || line.hasPrefix("ADD failed: ")
            || line.hasPrefix("Error response from daemon: ") || line.hasPrefix("pull access denied for ")
            || line.hasPrefix("manifest for ")
    }
}
