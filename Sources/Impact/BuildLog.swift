internal import Diagnostics
internal import JSON

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a build did with each of its steps, read from the log that it wrote.
///
/// Source: BuildKit's SolveStatus stream (client/graph.go) as `--progress=rawjson` prints it, and the text of
/// `--progress=plain` (util/progress/progressui).
package struct BuildLog: Sendable {
    package enum Outcome: Sendable, Hashable {
        case cached
        case ran
        /// It failed, or the build ended before it.
        case unknown
    }

    /// One vertex of the build whose name is a step's.
    package struct Step: Sendable, Hashable {
        /// Without right-alignment: `[build 2/5]`; a platform in front (`linux/arm64`) is in `platform`.
        package let label: String
        package let platform: String?
        /// `RUN make`; the text after the label.
        package let text: String
        package let outcome: Outcome
        /// How long it took; nil where the log does not tell, as that of `--progress=plain`.
        package var milliseconds: Int? = nil
    }

    package let steps: [Step]
    /// The error messages of vertices, in order.
    package let errors: [String]

    /// Reads a log from a file.
    /// - Returns: nil where the file cannot be read, or is larger than 256 MiB.
    package init?(file path: String) {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > Limits.buildLogBytes { return nil }
        }
        guard ferror(file) == 0 else { return nil }
        self.init(bytes)
    }

    /// Reads a log in either format; what is no log gives no steps.
    package init(_ bytes: [UInt8]) {
        let first = bytes.first { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: " ") }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        if first == UInt8(ascii: "{") {
            self.init(records: lines)
        } else {
            self.init(plain: lines)
        }
    }

    /// One JSON object a line; a vertex is repeated, and its last record counts.
    private init(records lines: [ArraySlice<UInt8>]) {
        var order: [String] = []
        var vertices: [String: JSON] = [:]
        for line in lines where line.first == UInt8(ascii: "{") {
            guard let record = try? JSON.parse(Array(line)) else { continue }
            for vertex in record["vertexes"]?.array ?? [] {
                guard let digest = vertex["digest"]?.string else { continue }
                if vertices[digest] == nil { order.append(digest) }
                vertices[digest] = vertex
            }
        }
        var steps: [Step] = []
        var errors: [String] = []
        for digest in order {
            guard let vertex = vertices[digest] else { continue }
            let error = vertex["error"]?.string
            if let error { errors.append(error) }
            guard let name = vertex["name"]?.string, let label = Label(vertexName: name) else { continue }
            let outcome: Outcome =
                if error != nil {
                    .unknown
                } else if vertex["cached"]?.bool == true {
                    .cached
                } else {
                    vertex["completed"]?.string == nil ? .unknown : .ran
                }
            func time(_ key: String) -> Int? {
                vertex[key]?.string.flatMap(Diagnostics.milliseconds(ofTime:))
            }
            let time = time("started").flatMap { start in time("completed").map { max(0, $0 - start) } }
            steps.append(
                Step(
                    label: label.text, platform: label.platform, text: label.rest, outcome: outcome,
                    milliseconds: time))
        }
        self.init(steps: steps, errors: errors)
    }

    /// `#7 [build 2/5] RUN make`, then `#7 CACHED`, `#7 DONE 0.3s` or `#7 ERROR: …`.
    private init(plain lines: [ArraySlice<UInt8>]) {
        var order: [Int] = []
        var labels: [Int: Label] = [:]
        var outcomes: [Int: Outcome] = [:]
        var errors: [String] = []
        for bytes in lines {
            let line = String(decoding: bytes, as: UTF8.self)
            guard line.hasPrefix("#"), let blank = line.firstIndex(of: " "),
                let number = Int(line[line.index(after: line.startIndex)..<blank])
            else { continue }
            let rest = line[line.index(after: blank)...].filter { $0 != "\r" && $0 != "\r\n" }
            if labels[number] == nil, let label = Label(vertexName: String(rest)) {
                labels[number] = label
                order.append(number)
            } else if rest == "CACHED" {
                outcomes[number] = .cached
            } else if rest.hasPrefix("DONE ") {
                if outcomes[number] == nil { outcomes[number] = .ran }
            } else if rest.hasPrefix("ERROR") || rest == "CANCELED" {
                outcomes[number] = .unknown
                errors.append(String(rest))
            }
        }
        let steps = order.compactMap { number in
            labels[number].map {
                Step(
                    label: $0.text, platform: $0.platform, text: $0.rest,
                    outcome: outcomes[number] ?? .unknown)
            }
        }
        self.init(steps: steps, errors: errors)
    }

    /// An ADD of an address is two vertices of one name: the download, which always counts as run, and the copy.
    private init(steps: [Step], errors: [String]) {
        var merged: [Step] = []
        var known: [Step: Int] = [:]
        for step in steps {
            let name = Step(label: step.label, platform: step.platform, text: step.text, outcome: .unknown)
            if let index = known[name] {
                if step.outcome == .cached { merged[index] = step }
            } else {
                known[name] = merged.count
                merged.append(step)
            }
        }
        self.steps = merged
        self.errors = errors
    }
}

/// The part of a vertex's name in brackets (`convert.go` prefixCommand).
private struct Label {
    let text: String
    let platform: String?
    let rest: String

    /// nil for `[internal] …`, `exporting to image` and all else that is no step.
    init?(vertexName name: String) {
        guard name.hasPrefix("["), let end = name.firstIndex(of: "]") else { return nil }
        var words = name[name.index(after: name.startIndex)..<end].split(separator: " ")
        guard let last = words.popLast() else { return nil }
        let numbers = last.split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let number = Int(numbers[0]), let total = Int(numbers[1]) else {
            return nil
        }
        platform =
            if let first = words.first, first.contains("/") { String(words.removeFirst()) } else { nil }
        guard words.count <= 1 else { return nil }
        text = "[\(words.first.map { $0 + " " } ?? "")\(number)/\(total)]"
        rest = String(name[name.index(after: end)...].drop { $0 == " " })
    }
}
