import Diagnostics
import Dockerfile
import Repository
import SourceText

/// The `docker build` lines of makefiles (GNU Make manual, 5 "Writing Recipes" and 6 "How to Use Variables") and of
/// justfiles (just.systems).
struct MakefileReader {
    private let files: Snapshot
    private let source: SourceText
    private let folder: String
    private var variables: [String: [UInt8]] = [:]
    /// Variables that recipes find in their environment.
    private var exported: Set<String> = []
    private var exportsAll = false
    /// Variables that are set in a branch: their values are as much a guess as defaults are.
    private var undecided: Set<String> = []
    /// More was to be expanded than `Limits.expandedBytes`.
    private var isCut = false

    init(files: Snapshot, source: SourceText) {
        self.files = files
        self.source = source
        folder = Paths.folder(of: source.path)
    }

    mutating func readMakefile(work: inout WorkBudget) -> StatedBuilds {
        // Recipes are expanded after the whole file is read, hence twice over the lines.
        let lines = logicalLines()
        // What stands in a branch may be so or not (GNU Make manual, 7 "Conditional Parts of Makefiles").
        var branches = 0
        for line in lines where source.bytes[line.lowerBound] != 0x09 {
            let first = source.bytes[line].drop { $0 == 0x20 }.prefix { $0 > 0x20 && $0 != UInt8(ascii: "(") }
            switch String(decoding: first, as: UTF8.self) {
            case "ifeq", "ifneq", "ifdef", "ifndef": branches += 1
            case "endif": branches = max(0, branches - 1)
            default: readAssignment(line, isInBranch: branches > 0)
            }
        }
        let prefix = variables[".RECIPEPREFIX"]?.first ?? 0x09
        // A makefile that another includes runs in the other's folder.
        let isIncluded = source.path.hasSuffix(".mk")
        let folders = isIncluded && folder != "." ? [".", folder] : folder == "." ? ["."] : [folder, "."]
        var stated = StatedBuilds()
        let environment = environment(&work)
        var target = 0
        // `define` holds lines of recipes (GNU Make manual, 5.8 "Defining Canned Recipes").
        var isDefinition = false
        for line in lines {
            var start = line.lowerBound
            if source.bytes[start] != prefix {
                let bytes = source.bytes[line]
                // Comments and empty lines may stand within a recipe.
                let first = bytes.first { $0 > 0x20 }
                if first != nil, first != UInt8(ascii: "#") {
                    target += 1
                    if let rule = MakeRule(bytes, path: source.path, unit: target) {
                        stated.makeRules.append(rule)
                    }
                }
                if bytes.starts(with: Array("define ".utf8)) { isDefinition = true }
                if bytes.starts(with: Array("endef".utf8)) { isDefinition = false }
                if !isDefinition {
                    guard let recipe = Self.recipeOfRule(bytes) else { continue }
                    start = recipe
                }
            } else {
                start += 1
            }
            while start < line.upperBound, "\t @-+".utf8.contains(source.bytes[start]) { start += 1 }
            guard start < line.upperBound, mentionsBuilders(start..<line.upperBound) else { continue }
            var text = Expansion(bytes: [], pieces: [])
            expand(source.bytes[start..<line.upperBound], isRecipe: true, into: &text, depth: 0, &work)
            if work.isSpent { break }
            if isCut {
                isCut = false
                stated.notes.append(
                    Note(
                        path: source.path, line: source.line(at: start),
                        message:
                            "a recipe line of more than \(Limits.expandedBytes) bytes is not read to its end; builds there "
                            + "are not told"))
            }
            let joined = JoinedText(bytes: text.bytes, pieces: text.pieces)
            var read = ScriptReader(files: files).read(
                joined, in: source, folders: folders, variables: environment,
                within: start..<line.upperBound, work: &work
            ).stated
            read.place(unit: target)
            stated.append(read)
        }
        return stated
    }

    /// What recipes find in their environment of what decides builds.
    /// Source: GNU Make manual, 5.7.2 "Communicating Variables to a Sub-make" (`export`).
    private mutating func environment(_ work: inout WorkBudget) -> [String: String] {
        var environment: [String: String] = [:]
        for name in [
            BuildEnvironment.platformName, BuildEnvironment.epochName, "COMPOSE_FILE", "BUILDX_BAKE_FILE",
        ] where exportsAll || exported.contains(name) {
            guard let value = variables[name] else { continue }
            var text = Expansion(bytes: [], pieces: [])
            expand(value[...], isRecipe: false, into: &text, depth: 0, &work)
            // One that cannot be told stays a variable without a value.
            environment[name] = String(decoding: text.bytes, as: UTF8.self)
        }
        return environment
    }

    /// A variable may hold the builder's name: `$(DOCKER) build`.
    private func mentionsBuilders(_ range: Range<Int>) -> Bool {
        let bytes = source.bytes[range]
        return ScriptReader.mentionsBuilders(bytes) || bytes.first == UInt8(ascii: "$")
            || bytes.withUnsafeBufferPointer {
                $0.contains(Array("build".utf8)) && $0.contains(Array("$".utf8))
            }
    }

    /// `image: ; docker build .` (GNU Make manual, 4.2 "Rule Syntax").
    /// - Returns: where the recipe begins; nil for another line.
    private static func recipeOfRule(_ line: ArraySlice<UInt8>) -> Int? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon + 1 < line.endIndex,
            !line[..<colon].contains(where: { "=#$;".utf8.contains($0) }),
            line[colon + 1] != UInt8(ascii: "="),
            let semicolon = line[colon...].firstIndex(of: UInt8(ascii: ";"))
        else { return nil }
        return semicolon + 1
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

    private mutating func readAssignment(_ line: Range<Int>, isInBranch: Bool) {
        let bytes = source.bytes[line]
        let isExported = bytes.starts(with: Array("export".utf8))
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            let words = bytes.split(whereSeparator: { $0 <= 0x20 })
            guard isExported, words[0].elementsEqual("export".utf8) else { return }
            if words.count == 1 { exportsAll = true }
            for word in words.dropFirst() { exported.insert(String(decoding: word, as: UTF8.self)) }
            return
        }
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
        if isExported, words.count > 1 { exported.insert(key) }
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
        if isInBranch { undecided.insert(key) }
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
    private mutating func expand(
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
                // `$p` is `$(p)`; an automatic variable is none of the file's.
                expandReference(text[(index + 1)...(index + 1)], into: &result, depth: depth, &work)
                index += 2
            }
            if isRecipe { result.pieces.append(.init(joined: result.bytes.count, source: index)) }
        }
        if index < text.endIndex { isCut = true }
        // An end past the last byte would be no place in the text.
        while let last = result.pieces.last, last.joined >= result.bytes.count, result.pieces.count > 1 {
            result.pieces.removeLast()
        }
    }

    private mutating func expandReference(
        _ inside: ArraySlice<UInt8>, into result: inout Expansion, depth: Int, _ work: inout WorkBudget
    ) {
        guard !work.isSpent else { return }
        let mayFollow = depth < Limits.expansionDepthOfStatements
        let name = String(decoding: inside, as: UTF8.self)
        if name == "CURDIR" || name == "PWD" {
            result.bytes += Array("$PWD".utf8)
        } else if undecided.contains(name), variables[name] != nil, mayFollow {
            var value = Expansion(bytes: [], pieces: [])
            expand(variables[name]![...], isRecipe: false, into: &value, depth: depth + 1, &work)
            let isPlain = !value.bytes.contains { "}\"'`$\\".utf8.contains($0) }
            result.bytes += Array("${_".utf8) + inside + Array(isPlain ? ":-".utf8 : "".utf8)
            result.bytes += (isPlain ? value.bytes : []) + [UInt8(ascii: "}")]
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
        } else if name.hasPrefix("foreach "), mayFollow, let call = ForeachCall(inside.dropFirst(8)) {
            var list = Expansion(bytes: [], pieces: [])
            expand(call.list, isRecipe: false, into: &list, depth: depth + 1, &work)
            let outer = variables[call.name]
            defer { variables[call.name] = outer }
            for word in list.bytes.split(whereSeparator: { $0 <= 0x20 }) {
                // What cannot be told is one word that cannot be told.
                variables[call.name] = Array(word)
                expand(call.text, isRecipe: false, into: &result, depth: depth + 1, &work)
                result.bytes.append(0x20)
            }
        } else {
            // Its name may tell that it is a builder's: `$(DOCKER) build`.
            let isPlain = inside.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "_")
            }
            result.bytes += Array("${_".utf8) + (isPlain ? Array(inside) : []) + [UInt8(ascii: "}")]
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

/// `$(foreach name,list,text)` (GNU Make manual, 8.6 "The foreach Function").
private struct ForeachCall {
    let name: String
    let list: ArraySlice<UInt8>
    let text: ArraySlice<UInt8>

    /// - Parameter inside: what follows the function's name.
    init?(_ inside: ArraySlice<UInt8>) {
        var commas: [Int] = []
        var depth = 0
        for index in inside.indices where commas.count < 2 {
            switch inside[index] {
            case UInt8(ascii: "("), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 0: commas.append(index)
            default: break
            }
        }
        guard commas.count == 2 else { return nil }
        name = String(decoding: inside[..<commas[0]].filter { $0 > 0x20 }, as: UTF8.self)
        list = inside[(commas[0] + 1)..<commas[1]]
        text = inside[(commas[1] + 1)...]
    }
}
