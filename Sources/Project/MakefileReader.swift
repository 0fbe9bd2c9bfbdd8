import Diagnostics
import Dockerfile
import SourceText

/// The `docker build` lines of makefiles (GNU Make manual, 5 "Writing Recipes" and 6 "How to Use Variables") and of
/// justfiles (just.systems).
struct MakefileReader {
    private let files: ProjectFiles
    private let source: SourceText
    private let folder: String
    private var variables: [String: [UInt8]] = [:]

    init(files: ProjectFiles, source: SourceText) {
        self.files = files
        self.source = source
        folder = Paths.folder(of: source.path)
    }

    mutating func readMakefile(work: inout WorkBudget) -> StatedBuilds {
        // Recipes are expanded after the whole file is read, hence twice over the lines.
        let lines = logicalLines()
        for line in lines where source.bytes[line.lowerBound] != 0x09 { readAssignment(line) }
        // A makefile that another includes runs in the other's folder.
        let isIncluded = source.path.hasSuffix(".mk")
        let folders = isIncluded && folder != "." ? [".", folder] : folder == "." ? ["."] : [folder, "."]
        var stated = StatedBuilds()
        var target = 0
        for line in lines {
            guard source.bytes[line.lowerBound] == 0x09 else {
                // Comments and empty lines may stand within a recipe.
                let first = source.bytes[line].first { $0 > 0x20 }
                if first != nil, first != UInt8(ascii: "#") { target += 1 }
                continue
            }
            var start = line.lowerBound
            while start < line.upperBound, "\t @-+".utf8.contains(source.bytes[start]) { start += 1 }
            guard start < line.upperBound, mentionsBuilders(start..<line.upperBound) else { continue }
            var text = Expansion(bytes: [], pieces: [])
            expand(source.bytes[start..<line.upperBound], isRecipe: true, into: &text, depth: 0, &work)
            if work.isSpent { break }
            let joined = JoinedText(bytes: text.bytes, pieces: text.pieces)
            var read = ScriptReader(files: files).read(
                joined, in: source, folders: folders, within: start..<line.upperBound, work: &work
            ).stated
            read.place(unit: target)
            stated.append(read)
        }
        return stated
    }

    /// A variable may hold the builder's name: `$(DOCKER) build`.
    private func mentionsBuilders(_ range: Range<Int>) -> Bool {
        let bytes = source.bytes[range]
        return ScriptReader.mentionsBuilders(bytes)
            || bytes.withUnsafeBufferPointer {
                $0.contains(Array("build".utf8)) && $0.contains(Array("$".utf8))
            }
    }

    /// Lines with those that a backslash continues.
    private func logicalLines() -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start: Int?
        for number in 1...source.lineCount {
            let range = source.bytes(ofLine: number)
            let begin = start ?? range.lowerBound
            if !range.isEmpty, source.bytes[range.upperBound - 1] == UInt8(ascii: "\\") {
                start = begin
                continue
            }
            start = nil
            if begin < range.upperBound { lines.append(begin..<range.upperBound) }
        }
        if let start { lines.append(start..<source.bytes.count) }
        return lines
    }

    private mutating func readAssignment(_ line: Range<Int>) {
        let bytes = source.bytes[line]
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return }
        var name = bytes[..<equals]
        var isConditional = false
        var isAppending = false
        while let last = name.last, ":?+!".utf8.contains(last) {
            isConditional = isConditional || last == UInt8(ascii: "?")
            isAppending = isAppending || last == UInt8(ascii: "+")
            if last == UInt8(ascii: "!") { return }
            name.removeLast()
        }
        let words = name.split(whereSeparator: { $0 <= 0x20 })
        guard let last = words.last,
            words.dropLast().allSatisfy({
                ["export", "override"].contains(String(decoding: $0, as: UTF8.self))
            }),
            last.allSatisfy({
                $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "$")
            })
        else { return }
        let key = String(decoding: last, as: UTF8.self)
        var value: [UInt8] = []
        for byte in bytes[(equals + 1)...] {
            if byte == UInt8(ascii: "#") {
                // `\#` is no comment but the character.
                guard value.last == UInt8(ascii: "\\") else { break }
                value.removeLast()
            }
            value.append(byte)
        }
        // A continued value is one line.
        for index in value.indices where value[index] == UInt8(ascii: "\\") && index + 1 < value.count {
            if value[index + 1] == 0x0A || value[index + 1] == 0x0D {
                value[index] = 0x20
                value[index + 1] = 0x20
            }
        }
        while let last = value.last, last <= 0x20 { value.removeLast() }
        let trimmed = value.drop { $0 <= 0x20 }
        if isConditional, variables[key] != nil { return }
        if isAppending, variables[key] != nil {
            variables[key]?.append(0x20)
            variables[key]?.append(contentsOf: trimmed)
        } else {
            variables[key] = Array(trimmed)
        }
    }

    // MARK: - Expansion

    private struct Expansion {
        var bytes: [UInt8]
        var pieces: [JoinedText.Piece]
    }

    /// `$(X)` becomes the value, `$(shell c)` a command substitution, what cannot be told a variable without a value.
    private func expand(
        _ text: ArraySlice<UInt8>, isRecipe: Bool, into result: inout Expansion, depth: Int,
        _ work: inout WorkBudget
    ) {
        guard work.spend(text.count + 1) else { return }
        var index = text.startIndex
        if isRecipe { result.pieces.append(.init(joined: result.bytes.count, source: index)) }
        while index < text.endIndex, result.bytes.count < Limits.expandedBytes {
            guard text[index] == UInt8(ascii: "$"), index + 1 < text.endIndex else {
                result.bytes.append(text[index])
                index += 1
                continue
            }
            let next = text[index + 1]
            switch next {
            case UInt8(ascii: "$"):
                result.bytes.append(next)
                index += 2
            case UInt8(ascii: "("), UInt8(ascii: "{"):
                let close = next == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
                var nesting = 0
                var end = index + 1
                while end < text.endIndex {
                    if text[end] == next { nesting += 1 }
                    if text[end] == close {
                        nesting -= 1
                        if nesting == 0 { break }
                    }
                    end += 1
                }
                expandReference(text[min(index + 2, end)..<end], into: &result, depth: depth, &work)
                index = min(end + 1, text.endIndex)
            default:
                result.bytes += Array("${_}".utf8)
                index += 2
            }
            if isRecipe { result.pieces.append(.init(joined: result.bytes.count, source: index)) }
        }
        // An end past the last byte would be no place in the text.
        while let last = result.pieces.last, last.joined >= result.bytes.count, result.pieces.count > 1 {
            result.pieces.removeLast()
        }
    }

    private func expandReference(
        _ inside: ArraySlice<UInt8>, into result: inout Expansion, depth: Int, _ work: inout WorkBudget
    ) {
        guard !work.isSpent else { return }
        let mayFollow = depth < Limits.expansionDepthOfStatements
        let name = String(decoding: inside, as: UTF8.self)
        if name == "CURDIR" || name == "PWD" {
            result.bytes += Array("$PWD".utf8)
        } else if let value = variables[name], mayFollow {
            expand(value[...], isRecipe: false, into: &result, depth: depth + 1, &work)
        } else if name.hasPrefix("shell "), mayFollow {
            result.bytes += Array("$(".utf8)
            expand(inside.dropFirst(6), isRecipe: false, into: &result, depth: depth + 1, &work)
            result.bytes.append(UInt8(ascii: ")"))
        } else if name.contains("MAKEFILE_LIST"), name.hasPrefix("dir ") || name.contains("$(dir ") {
            // `$(dir $(abspath $(lastword $(MAKEFILE_LIST))))` and the like: the makefile's own folder.
            result.bytes += Array((files.absolute(folder) + "/").utf8)
        } else if let function = ["abspath ", "realpath ", "strip "].first(where: name.hasPrefix),
            mayFollow
        {
            expand(
                inside.dropFirst(function.utf8.count), isRecipe: false, into: &result, depth: depth + 1,
                &work)
        } else {
            result.bytes += Array("${_}".utf8)
        }
    }

    // MARK: - justfile

    mutating func readJustfile(work: inout WorkBudget) -> StatedBuilds {
        var values: [String: String] = [:]
        var recipes: [(range: Range<Int>, unit: Int)] = []
        var unit = 0
        var script: Range<Int>?
        for line in logicalLines() {
            let bytes = source.bytes[line]
            if bytes.first == 0x20 || bytes.first == 0x09 {
                let start = bytes.firstIndex { $0 > 0x20 } ?? line.upperBound
                if bytes[start...].starts(with: Array("#!".utf8)) {
                    script = line
                } else if let before = script {
                    script = before.lowerBound..<line.upperBound
                } else {
                    recipes.append((start..<line.upperBound, unit))
                }
                continue
            }
            if let end = script { recipes.append((end, unit)) }
            unit += 1
            script = nil
            let text = String(decoding: bytes, as: UTF8.self)
            guard let sign = text.firstRange(of: ":=") else { continue }
            let name = text[..<sign.lowerBound].split(separator: " ").last.map(String.init) ?? ""
            let value = text[sign.upperBound...].filter { $0 != " " }
            if value.count >= 2, let quote = value.first, quote == "'" || quote == "\"", value.last == quote {
                values[name] = String(value.dropFirst().dropLast())
            } else if value == "justfile_directory()" {
                values[name] = files.absolute(folder)
            }
        }
        if let script { recipes.append((script, unit)) }
        var stated = StatedBuilds()
        for (range, unit) in recipes where mentionsBuilders(range) {
            var start = range.lowerBound
            while start < range.upperBound, "@-".utf8.contains(source.bytes[start]) { start += 1 }
            let raw = JoinedText(
                bytes: Array(source.bytes[start..<range.upperBound]),
                pieces: [.init(joined: 0, source: start)])
            let text = TemplateText.replacing(raw, open: "{{", close: "}}", work: &work) { inside in
                let name = inside.filter { $0 != " " }
                return name == "justfile_directory()" ? files.absolute(folder) : values[name]
            }
            let folders = folder == "." ? ["."] : [folder, "."]
            var read = ScriptReader(files: files).read(
                text, in: source, folders: folders, within: start..<range.upperBound, work: &work
            ).stated
            read.place(unit: unit)
            stated.append(read)
        }
        return stated
    }
}
