import Diagnostics
import Project
import SourceText

/// A place in a file that states builds where a variable that chooses the builder gets a value.
struct EnvironmentSwitch {
    enum Meaning: Equatable {
        case on, off
        case invalid(String)
    }

    let name: String
    let meaning: Meaning
    /// The variable with its value.
    let range: Range<Int>

    /// `COMPOSE_DOCKER_CLI_BUILD=0` makes docker-compose 1 build without BuildKit; `DOCKER_BUILDKIT` speaks for
    /// `docker build` and `docker compose build`.
    private static let names = ["DOCKER_BUILDKIT", "COMPOSE_DOCKER_CLI_BUILD"]

    /// The settings that a build in the same file is certain to see.
    /// - Throws: `CannotTell` for a workflow with too many of them to look for the builds that each holds for.
    static func all(in source: SourceText, kind: Statement.Kind) throws(CannotTell) -> [EnvironmentSwitch] {
        var found: [EnvironmentSwitch] = []
        var lines = BuildLines(of: source)
        for name in names {
            for place in places(of: Array(name.utf8), in: source.bytes) {
                if let read = try read(name, at: place, in: source, kind: kind, &lines) { found.append(read) }
            }
        }
        return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private static func places(of name: [UInt8], in bytes: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = 0
        while at + name.count <= bytes.count {
            if bytes[at] == name[0], bytes[at..<at + name.count].elementsEqual(name) {
                places.append(at)
                at += name.count
            } else {
                at += 1
            }
        }
        return places
    }

    private static func read(
        _ name: String, at place: Int, in source: SourceText, kind: Statement.Kind, _ lines: inout BuildLines
    ) throws(CannotTell) -> EnvironmentSwitch? {
        let bytes = source.bytes
        let number = source.line(at: place)
        let line = source.bytes(ofLine: number)
        let indent = bytes[line].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        guard bytes[line].dropFirst(indent).first != UInt8(ascii: "#") else { return nil }
        if place > line.lowerBound,
            isNameByte(bytes[place - 1]) || bytes[place - 1] == UInt8(ascii: "$")
                || bytes[place - 1] == UInt8(ascii: "{")
        {
            return nil
        }
        var rest = bytes[place + name.utf8.count..<line.upperBound]
        if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            rest.removeFirst()
        }
        func skipBlanks() { rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
        skipBlanks()
        guard let sign = [":=", "?=", "::=", "=", ":"].first(where: { rest.starts(with: $0.utf8) }) else {
            return nil
        }
        rest = rest.dropFirst(sign.utf8.count)
        skipBlanks()
        let quotes = [UInt8(ascii: "\""), UInt8(ascii: "'")]
        if let quote = rest.first, quotes.contains(quote) { rest.removeFirst() }
        let value = rest.prefix { byte in
            byte > 0x20 && !quotes.contains(byte) && !";&|,#\\)}".utf8.contains(byte)
        }
        let text = String(decoding: value, as: UTF8.self)
        guard !text.isEmpty, !text.utf8.contains(where: { "$`({".utf8.contains($0) }) else { return nil }
        guard try isSeen(line: number, indent: indent, in: source, kind: kind, &lines) else { return nil }
        return EnvironmentSwitch(
            name: name, meaning: Meaning(text), range: place..<max(value.endIndex, place + name.utf8.count))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    // MARK: Who sees it

    private static func isSeen(
        line: Int, indent: Int, in source: SourceText, kind: Statement.Kind, _ lines: inout BuildLines
    ) throws(CannotTell) -> Bool {
        if kind == .workflow {
            return lines.isAny(in: try workflowScope(ofLine: line, in: source, &lines.budget))
        }
        let fileName = source.path.split(separator: "/").last ?? ""
        if fileName == ".env" || fileName.hasPrefix(".env.") || fileName.hasSuffix(".env") { return true }
        // What is indented may be one branch of several, unless the build stands in the same line.
        return lines.isAny(in: indent > 0 ? line...line : 1...source.lineCount)
    }

    /// The lines of a file that run builds, found once for all places that ask.
    private struct BuildLines {
        private let source: SourceText
        /// In order.
        private lazy var numbers = (1...source.lineCount).filter {
            EnvironmentSwitch.runsBuild(line: $0, in: source)
        }
        /// For lines that are looked at to find the scope of a place.
        var budget = WorkBudget()

        init(of source: SourceText) { self.source = source }

        mutating func isAny(in lines: ClosedRange<Int>) -> Bool {
            let index = numbers.partitioningIndex { $0 >= lines.lowerBound }
            return index < numbers.count && numbers[index] <= lines.upperBound
        }
    }

    /// Whether a line runs a build that asks the variable: not `docker buildx build`, which is always BuildKit's.
    private static func runsBuild(line: Int, in source: SourceText) -> Bool {
        let words = source.string(source.bytes(ofLine: line)).split { " \t\"'".contains($0) }
        guard words.first?.hasPrefix("#") != true else { return false }
        for (index, word) in words.enumerated() {
            let program = word.split(separator: "/").last ?? word
            let rest = words[(index + 1)...]
            switch program {
            case "docker", "@docker", "$(DOCKER)", "@$(DOCKER)", "${DOCKER}", "$DOCKER":
                let command = rest.drop { $0.hasPrefix("-") }
                if command.first == "build" || command.starts(with: ["image", "build"]) { return true }
                if command.first == "compose", command.contains(where: { $0 == "build" || $0 == "up" }) {
                    return true
                }
            case "docker-compose", "@docker-compose":
                if rest.contains(where: { $0 == "build" || $0 == "up" }) { return true }
            default: continue
            }
        }
        return false
    }

    /// The lines of a workflow for which an `env` entry holds: its step's, its job's, or all.
    private static func workflowScope(
        ofLine line: Int, in source: SourceText, _ budget: inout WorkBudget
    ) throws(CannotTell) -> ClosedRange<Int> {
        func indent(_ number: Int) -> Int? {
            let bytes = source.bytes[source.bytes(ofLine: number)]
            let blanks = bytes.prefix { $0 == UInt8(ascii: " ") }.count
            return blanks == bytes.count || bytes.dropFirst(blanks).first == UInt8(ascii: "#") ? nil : blanks
        }
        func startsItem(_ number: Int) -> Bool {
            let bytes = source.bytes[source.bytes(ofLine: number)]
            return bytes.drop { $0 == UInt8(ascii: " ") }.starts(with: "- ".utf8)
        }
        // Upwards: the nearest list item that holds the line is its step, the outermost key below `jobs` its job.
        var depth = indent(line) ?? 0
        var start: Int?
        if startsItem(line) { start = line }
        var number = line - 1
        while start == nil, number >= 1, budget.spend() {
            if let here = indent(number), here < depth {
                depth = here
                if startsItem(number) || depth == 2 { start = number }
                if depth == 0 { break }
            }
            number -= 1
        }
        guard !budget.isSpent else { throw CannotTell("\(source.path): \(WorkBudget.note)") }
        guard let start, let own = indent(start) else { return 1...source.lineCount }
        var end = start
        while end < source.lineCount, indent(end + 1).map({ $0 > own }) ?? true, budget.spend() { end += 1 }
        return start...end
    }
}

extension EnvironmentSwitch.Meaning {
    /// Go's `strconv.ParseBool`, which the docker CLI reads the variable with.
    init(_ text: String) {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": self = .on
        case "0", "f", "F", "FALSE", "false", "False": self = .off
        default: self = .invalid(text)
        }
    }
}
