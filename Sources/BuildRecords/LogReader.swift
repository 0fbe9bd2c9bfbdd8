internal import Diagnostics

/// Reads the builds of a log, whatever format they are in and whatever a CI system puts before each line. The log comes in
/// pieces, and no more of it is kept than a line.
struct LogReader {
    private enum Format { case none, plain, rawJSON, classic }

    private var lines = LogLines()
    private var router = Router()

    mutating func add(_ piece: Span<UInt8>) {
        var router = router
        self.router = Router()
        lines.add(piece) { router.take($0, time: $1) }
        self.router = router
    }

    /// - Returns: the builds in order; empty for what is no log of a build.
    consuming func finished() -> [BuildRecord] {
        var router = router
        lines.end { router.take($0, time: $1) }
        return router.finished()
    }

    /// Hands each line to the reader of its format.
    private struct Router {
        private var format = Format.none
        /// nil as long as no line of a build was seen.
        private var prefix: LogPrefix?
        private var plain = PlainLog()
        private var rawJSON = RawJSONLog()
        private var classic = ClassicLog()
        private var records: [BuildRecord] = []
        /// Of all records.
        private var vertices = 0
        private var isCut = false
        /// Whether the times before the lines have a date.
        private var hasDay = true
        private var isFirstLine = true
        /// A line that GitLab may go on with in the next.
        private var pending: (line: [UInt8], time: Int?)?

        mutating func take(_ line: Span<UInt8>, time: Int?) {
            var line = line
            if isFirstLine {
                isFirstLine = false
                if line.hasPrefix("\u{FEFF}") { line = line.extracting(3..<line.count) }
            }
            guard let prefix else {
                if let found = Self.prefix(of: line, isWanted: Self.isOfBuild) {
                    prefix = found
                    take(line, behind: found, time: time)
                }
                return
            }
            // Another job's log may follow, which has another prefix.
            if let match = prefix.match(line), !Self.isOther(line, match.end) {
                take(line, match, time: time)
            } else if let found = Self.prefix(of: line, isWanted: Self.isStart), !isInProgram {
                flush()
                self.prefix = found
                take(line, behind: found, time: time)
            } else if let match = prefix.match(line) {
                take(line, match, time: time)
            }
        }

        /// Whether the line may be the end of one that a program did not finish.
        private var isInProgram: Bool { format == .plain && plain.isInVertex && prefix == LogPrefix.none }

        private static func prefix(of line: Span<UInt8>, isWanted: (Span<UInt8>, Int) -> Bool) -> LogPrefix? {
            let known = LogPrefix.all.first { $0.match(line).map { isWanted(line, $0.end) } ?? false }
            if let known { return known }
            guard let branch = LogPrefix.branch(of: line), let match = branch.match(line) else { return nil }
            return isWanted(line, match.end) ? branch : nil
        }

        private mutating func take(_ line: Span<UInt8>, behind prefix: LogPrefix, time: Int?) {
            if let match = prefix.match(line) { take(line, match, time: time) }
        }

        private mutating func take(_ line: Span<UInt8>, _ match: LogPrefix.Match, time: Int?) {
            let rest = line.extracting(match.end..<line.count)
            guard prefix == .gitLab else { return route(rest, time: time ?? match.time) }
            if match.continues, pending != nil {
                if pending!.line.count + rest.count <= Limits.buildLogLineBytes {
                    rest.withUnsafeBufferPointer { pending!.line.append(contentsOf: $0) }
                }
            } else {
                flush()
                pending = (rest.bytes(from: 0, to: rest.count), match.time)
            }
        }

        /// Hands over the line that waits for more.
        private mutating func flush() {
            guard let (line, time) = pending else { return }
            pending = nil
            route(line.span, time: time)
        }

        // MARK: What a line is

        /// Whether a line looks like one behind another prefix.
        private static func isOther(_ line: Span<UInt8>, _ start: Int) -> Bool {
            guard start < line.count else { return false }
            return isDigit(line[start]) || line[start] == UInt8(ascii: "[")
        }

        /// Whether a build begins here.
        private static func isStart(_ line: Span<UInt8>, _ start: Int) -> Bool {
            line.hasPrefix("#0 building with ", at: start) || line.hasPrefix("#1 [", at: start)
                || line.hasPrefix("{\"vertexes\":[", at: start) || line.hasPrefix("Step 1/", at: start)
        }

        /// Whether a line is one of a build, also in its middle.
        private static func isOfBuild(_ line: Span<UInt8>, _ start: Int) -> Bool {
            guard start < line.count else { return false }
            if RawJSONLog.isLine(line, at: start) || ClassicLog.isStep(line, at: start)
                || ClassicLog.isContext(line, at: start)
            {
                return true
            }
            guard line[start] == UInt8(ascii: "#") else { return false }
            var index = start + 1
            while index < line.count, isDigit(line[index]), index < start + 8 { index += 1 }
            guard index > start + 1, index + 1 < line.count, line[index] == 0x20 else { return false }
            for text: StaticString in [
                "[", "building with ", "DONE ", "CACHED", "ERROR: ", "CANCELED", "sha256:",
                "extracting sha256:",
                "transferring ", "importing ", "exporting ", "resolve ", "docker-image://", "FROM ",
            ] where line.hasPrefix(text, at: index + 1) { return true }
            return PlainLog.isOutput(line, index + 1)
        }

        // MARK: Readers

        private mutating func route(_ line: Span<UInt8>, time: Int?) {
            if prefix == .clock { hasDay = false }
            guard let first = line.isEmpty ? nil : line[0] else { return }
            if format == .classic, classic.isInStep {
                // Programs write bare lines there.
                takeClassic(line, time: time)
            } else if first == UInt8(ascii: "#"), format != .rawJSON || Self.isStart(line, 0) {
                become(.plain)
                if !plain.take(line, time: time) {
                    end()
                    become(.plain)
                    _ = plain.take(line, time: time)
                }
            } else if first == UInt8(ascii: "{"), RawJSONLog.isLine(line, at: 0) {
                guard format != .plain || !plain.isInVertex else { return }
                become(.rawJSON)
                if !rawJSON.take(line) {
                    end()
                    become(.rawJSON)
                    _ = rawJSON.take(line)
                }
            } else if format != .plain || !plain.isInVertex,
                format == .classic || ClassicLog.isStep(line, at: 0) || ClassicLog.isContext(line, at: 0)
            {
                takeClassic(line, time: time)
            } else if format == .plain {
                _ = plain.take(line, time: time)
            } else if format == .rawJSON {
                rawJSON.takeClient(line)
            }
        }

        private mutating func takeClassic(_ line: Span<UInt8>, time: Int?) {
            become(.classic)
            if !classic.take(line, time: time) {
                end()
                become(.classic)
                _ = classic.take(line, time: time)
            }
        }

        private mutating func become(_ format: Format) {
            guard self.format != format else { return }
            end()
            self.format = format
        }

        /// Ends the build that is being read, if there is one.
        private mutating func end() {
            let build: ObservedBuild? =
                switch format {
                case .none: nil
                case .plain: plain.isEmpty ? nil : plain.finished()
                case .rawJSON: rawJSON.isEmpty ? nil : rawJSON.finished()
                case .classic: classic.isEmpty ? nil : classic.build
                }
            if let build {
                if records.count < Limits.recordedBuilds, vertices < Limits.recordedVerticesOfAll {
                    vertices += build.vertices.count
                    var record = build.judged()
                    if !hasDay {
                        record.started = nil
                        // Midnight may lie between.
                        if record.milliseconds == 0 { record.milliseconds = nil }
                    }
                    records.append(record)
                } else if !isCut {
                    isCut = true
                    records[records.count - 1].problems.append(
                        "too many builds follow in the same file; they are not read")
                }
            }
            format = .none
            hasDay = true
            plain = PlainLog()
            rawJSON = RawJSONLog()
            classic = ClassicLog()
        }

        consuming func finished() -> [BuildRecord] {
            flush()
            end()
            return records
        }
    }
}
