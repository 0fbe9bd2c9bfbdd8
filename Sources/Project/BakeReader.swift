import Diagnostics
import JSON
import Processes
import Repository
import SourceText

/// The targets of bake files (docs.docker.com/build/bake/reference). JSON is read here; HCL is printed as JSON by
/// `docker buildx bake --print` where the user allows that (`BakePrint`).
struct BakeReader {
    private let files: Snapshot
    private let options: LoadOptions
    private var stated = StatedBuilds()
    private var sources: [String: SourceText] = [:]
    /// For the files of one folder.
    private var work = WorkBudget()

    init(files: Snapshot, options: LoadOptions) {
        self.files = files
        self.options = options
    }

    /// - Parameter sources: the bake files of the project.
    mutating func read(
        _ sources: [(source: SourceText, isHCL: Bool)], work total: inout WorkBudget
    ) async -> StatedBuilds {
        for (source, _) in sources { self.sources[source.path] = source }
        let end = ContinuousClock().now + options.bakeTime
        for (folder, group) in Dictionary(grouping: sources, by: { Paths.folder(of: $0.source.path) })
            .sorted(by: { $0.key < $1.key })
        {
            // An override is read after the file that it changes.
            let group = group.sorted { left, right in
                (left.source.path.contains(".override.") ? 1 : 0, left.source.path)
                    < (right.source.path.contains(".override.") ? 1 : 0, right.source.path)
            }
            if group.contains(where: \.isHCL) {
                await readWithBuildx(group.map(\.source), in: folder, until: end)
            } else {
                total.lend { lent in
                    work = lent
                    readJSON(group.map(\.source), in: folder)
                    lent = work
                }
            }
        }
        return stated
    }

    // MARK: - JSON

    private mutating func readJSON(_ sources: [SourceText], in folder: String) {
        var targets: [String: JSON] = [:]
        var order: [String] = []
        var lines: [String: Statement] = [:]
        var grouped: Set<String> = []
        var variables: [String: String] = [:]
        for source in sources {
            let json: JSON
            do {
                json = try JSON.parse(source.bytes)
            } catch {
                stated.notes.append(
                    Note(
                        path: source.path, line: error.line, message: "is not read: \(error.message)"))
                continue
            }
            for (name, variable) in json["variable"]?.object.map({ Array($0.members) }) ?? [] {
                if let value = variable["default"]?.scalarText { variables[name] = value }
            }
            for (name, group) in json["group"]?.object.map({ Array($0.members) }) ?? [] {
                let members = group["targets"]?.array?.compactMap(\.string) ?? []
                grouped.formUnion(members)
                stated.bakeGroups[name, default: []].formUnion(members)
            }
            let offsets = JSON.offsets(ofMembersOf: "target", in: source.bytes)
            for (name, target) in json["target"]?.object.map({ Array($0.members) }) ?? [] {
                guard BakePrint.isTarget(name) else {
                    stated.notes.append(
                        Note(
                            path: source.path, line: source.line(at: offsets[name] ?? 0),
                            message: "`\(name)` is no name of a target; it is not read"))
                    continue
                }
                if let before = targets[name] {
                    targets[name] = Self.merge(before, target)
                } else {
                    order.append(name)
                    targets[name] = target
                    lines[name] = Statement(
                        kind: .bake, path: source.path, line: source.line(at: offsets[name] ?? 0))
                }
            }
        }
        let inherited = Set(
            targets.values.flatMap { $0["inherits"]?.array?.compactMap(\.string) ?? [] })
        var inheritance = Inheritance(targets: targets)
        for name in order
        where grouped.contains(name) || !inherited.contains(name) && !name.hasPrefix("_") {
            guard let statement = lines[name] else { continue }
            let target = inheritance.resolved(name, work: &work)
            guard let target, work.spend(Self.size(of: target)) else {
                let message = work.isSpent ? WorkBudget.note : "target \(name) inherits too many, or itself"
                stated.notes.append(
                    Note(
                        path: statement.path, line: statement.line, message: message
                    ))
                if work.isSpent { break }
                continue
            }
            add(name, target, variables: variables, folders: [folder], statement: statement)
        }
    }

    /// What a copy of a target takes, in units of `WorkBudget`.
    private static func size(of target: JSON) -> Int {
        (target.object?.members ?? JSON.Object().members).reduce(8) {
            $0 + 8 + 8 * ($1.value.object?.count ?? $1.value.array?.count ?? 0)
        }
    }

    /// Targets with what they inherit, each made once.
    private struct Inheritance {
        let targets: [String: JSON]
        private var known: [String: JSON] = [:]
        /// Those that are being made: one of them cannot inherit itself.
        private var open: Set<String> = []

        init(targets: [String: JSON]) { self.targets = targets }

        /// Later ones win, its own fields last.
        /// - Returns: nil for a circle (with which buildx ends), for a chain that is too long, and where the budget is
        ///   spent.
        mutating func resolved(_ name: String, work: inout WorkBudget) -> JSON? {
            if let target = known[name] { return target }
            guard let target = targets[name] else { return [:] }
            guard open.count < Limits.bakeInherits, work.spend(), open.insert(name).inserted else {
                return nil
            }
            defer { open.remove(name) }
            var result: JSON = [:]
            for parent in target["inherits"]?.array?.compactMap(\.string) ?? [] {
                guard let parent = resolved(parent, work: &work), work.spend(BakeReader.size(of: parent))
                else {
                    return nil
                }
                result = BakeReader.merge(result, parent)
            }
            result = BakeReader.merge(result, target)
            known[name] = result
            return result
        }
    }

    private static func merge(_ base: JSON, _ over: JSON) -> JSON {
        var result = base
        for (key, value) in over.object.map({ Array($0.members) }) ?? [] {
            if ["args", "contexts", "labels"].contains(key), let before = result[key]?.object,
                let after = value.object
            {
                var merged = before
                for (name, value) in after.members { merged[name] = value }
                result[key] = .object(merged)
            } else {
                result[key] = value
            }
        }
        return result
    }

    // MARK: - HCL

    private mutating func readWithBuildx(
        _ sources: [SourceText], in folder: String, until end: ContinuousClock.Instant
    ) async {
        func skip(_ reason: String) {
            for source in sources {
                let isHCL = source.path.hasSuffix(".hcl")
                let subject = isHCL ? "" : "HCL beside it may change its targets, and "
                stated.notes.append(Note(path: source.path, message: "is not read: \(subject)\(reason)"))
            }
        }
        guard options.runsBake else {
            skip(
                "only docker buildx can evaluate HCL, and it is not run on a repository's files unless --run-bake is given"
            )
            return
        }
        guard let buildx = BakePrint.program(environment: options.environment, outside: files.root)
        else {
            skip("docker buildx evaluates HCL, and it was not found here")
            return
        }
        var lines: [String: Statement] = [:]
        var order: [String] = []
        var inherited: Set<String> = []
        var grouped: Set<String> = []
        for source in sources {
            let outline = HCLOutline(source)
            for (name, line) in outline.targets where lines[name] == nil {
                order.append(name)
                lines[name] = Statement(kind: .bake, path: source.path, line: line)
            }
            inherited.formUnion(outline.inherited)
            grouped.formUnion(outline.grouped)
        }
        let names = order.filter { grouped.contains($0) || !inherited.contains($0) && !$0.hasPrefix("_") }
        guard !names.isEmpty else { return }
        let left = end - ContinuousClock().now
        guard left > .zero else {
            skip("the bake files before it took \(options.bakeTime.components.seconds) s")
            return
        }
        let command = BakePrint.command(
            program: buildx, files: sources.map { Paths.name(of: $0.path) }, targets: names,
            in: files.absolute(folder), timeLimit: left)
        do {
            let output = try await run(command, in: folder, reading: sources)
            guard output.succeeded else {
                let lines = String(decoding: output.standardError, as: UTF8.self).split(separator: "\n")
                let line = lines.last { $0.contains("ERROR") } ?? lines.first
                skip("docker buildx bake --print failed: \(line ?? "no message")")
                return
            }
            let json = try JSON.parse(output.standardOutput)
            for (name, target) in json["target"]?.object.map({ Array($0.members) }) ?? [] {
                // A matrix makes targets that the file does not name.
                let statement = lines[name] ?? lines[names[0]]!
                add(name, target, variables: [:], folders: [folder], statement: statement)
            }
        } catch let error as JSONError {
            skip("docker buildx bake --print wrote no JSON: \(error)")
        } catch {
            skip("\(error)")
        }
    }

    /// Runs a program that reads files from the folder that it is in.
    private func run(
        _ command: Command, in folder: String, reading sources: [SourceText]
    ) async throws -> Command.Output {
        guard !files.readsDisk else { return try await command.run() }
        var snapshot = try ProjectSnapshot(holding: sources.reduce(0) { $0 + $1.bytes.count })
        for source in sources { snapshot.write(source.bytes, to: Array(source.path.utf8)) }
        var command = command
        command.workingDirectory = Snapshot(onDisk: snapshot.root).absolute(folder)
        let output = try await command.run()
        // It goes with its folder, which the program needed until now.
        _ = consume snapshot
        return output
    }

    // MARK: - Targets

    private mutating func add(
        _ name: String, _ target: JSON, variables: [String: String], folders: [String], statement: Statement
    ) {
        if target["matrix"] != nil {
            stated.notes.append(
                Note(
                    path: statement.path, line: statement.line,
                    message: "target \(name): its matrix is not read"))
            return
        }
        if target["dockerfile-inline"] != nil {
            stated.notes.append(
                Note(
                    path: statement.path, line: statement.line,
                    message:
                        "target \(name): its Dockerfile stands in the bake file (dockerfile-inline) and is not examined"
                ))
            return
        }
        var work = work
        defer { self.work = work }
        func expand(_ text: String) -> String? { Self.expand(text, variables, &work) }
        func list(_ key: String) -> [String] {
            let value = target[key]
            return (value?.array ?? value.map { [$0] } ?? []).compactMap { item in
                item.string.flatMap(expand) ?? item.object.map(Self.cacheText)
            }
        }
        // Relative paths are relative to where bake is started: the file's folder, else the root.
        var first: StatedBuild?
        for folder in folders.contains(".") ? folders : folders + ["."] {
            let written = target["context"]?.string ?? "."
            let context = expand(written).map { BuildSource($0, in: folder, root: files.root) } ?? .unknown
            var build = StatedBuild(
                dockerfile: .unknown("context: \(written)"), context: context, statement: statement)
            let file = target["dockerfile"]?.string ?? "Dockerfile"
            switch (context, expand(file)) {
            case (_, nil): build.dockerfile = .unknown("dockerfile: \(file)")
            case (.directory(let path), let file?):
                build.dockerfile =
                    BuildSource(file, in: path, root: files.root).directory.map { .path($0) }
                    ?? .elsewhere(file)
            case (.elsewhere(let text), _): build.dockerfile = .elsewhere(text)
            case (.unknown, _): break
            }
            build.name = name
            build.target = target["target"]?.string.flatMap(expand)
            for (argument, value) in target["args"]?.object.map({ Array($0.members) }) ?? [] {
                build.args[argument] = .some(value.scalarText.flatMap(expand))
            }
            for (source, value) in target["contexts"]?.object.map({ Array($0.members) }) ?? [] {
                build.namedContexts[source] =
                    value.string.flatMap(expand).map { BuildSource($0, in: folder, root: files.root) }
                    ?? .unknown
            }
            build.platforms = list("platforms")
            build.cacheFrom = list("cache-from")
            build.cacheTo = list("cache-to")
            // A text is a template, and its value a switch as Go reads it: `"no-cache": "${NO_CACHE}"`.
            if let written = target["no-cache"]?.string {
                build.noCache = expand(written) == "true"
                if expand(written) == nil { build.mayHaveMore = true }
            } else {
                build.noCache = target["no-cache"]?.bool ?? false
            }
            build.options = options(of: target, at: statement, expand: expand)
            if first == nil { first = build }
            if case .path(let path) = build.dockerfile, files.kind(of: path) == .file {
                first = build
                break
            }
        }
        if let first { stated.builds.append(first) }
    }

    /// - Parameter statement: the place of the whole target stands for those of its fields, which it may inherit.
    private func options(
        of target: JSON, at statement: Statement, expand: (String) -> String?
    ) -> [BuildOption] {
        guard let source = sources[statement.path], statement.line <= source.lineCount else { return [] }
        let line = source.bytes(ofLine: statement.line)
        let start = source.bytes[line].firstIndex { $0 > 0x20 } ?? line.lowerBound
        let names = [
            "cache-from": "cache-from", "cache-to": "cache-to", "no-cache": "no-cache", "pull": "pull",
            "no-cache-filter": "no-cache-filter", "tags": "tag", "network": "network",
            "extra-hosts": "add-host", "ulimits": "ulimit", "shm-size": "shm-size",
        ]
        let listed = names.sorted { $0.key < $1.key }.flatMap { key, option -> [BuildOption] in
            let value = target[key]
            var items = value?.array ?? value.map { [$0] } ?? []
            if option == "add-host", let hosts = value?.object {
                items = hosts.members.map { .string("\($0)=\($1.scalarText ?? "")") }
            }
            return items.compactMap { item in
                guard let text = item.scalarText ?? item.object.map(Self.cacheText) else { return nil }
                return BuildOption(
                    name: option, value: expand(text), written: text, path: statement.path,
                    bytes: start..<line.upperBound)
            }
        }
        let arguments = (target["args"]?.object.map { Array($0.members) } ?? []).compactMap {
            name, value -> BuildOption? in
            guard let text = value.scalarText else { return nil }
            return BuildOption(
                argument: name, text: text, value: expand(text), path: statement.path,
                bytes: start..<line.upperBound)
        }
        return listed + arguments
    }

    /// `{"type": "gha", "mode": "max"}` as `type=gha,mode=max`.
    private static func cacheText(_ object: JSON.Object) -> String {
        object.members.map { "\($0.key)=\($0.value.scalarText ?? "")" }.joined(separator: ",")
    }

    /// `${X}` with the variables' defaults; any other template is unknown.
    private static func expand(
        _ text: String, _ variables: [String: String], _ work: inout WorkBudget
    ) -> String? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        guard work.spend(text.utf8.count) else { return nil }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstIndex(of: "}"),
                let value = variables[String(rest[start.upperBound..<end])]
            else { return nil }
            guard result.utf8.count + value.utf8.count <= Limits.expandedBytes,
                work.spend(value.utf8.count)
            else { return nil }
            result += value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}

extension JSON {
    /// A text, or a number or boolean as it is written.
    fileprivate var scalarText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let value): "\(value)"
        case .null, .array, .object: nil
        }
    }
}

/// The blocks of a bake file in HCL, as far as their names: what they say is buildx's to read.
private struct HCLOutline {
    private(set) var targets: [(name: String, line: Int)] = []
    private(set) var inherited: Set<String> = []
    private(set) var grouped: Set<String> = []

    init(_ source: SourceText) {
        var list: String?
        var isComment = false
        for number in 1...source.lineCount {
            var line = source.string(source.bytes(ofLine: number))[...].drop { $0 == " " || $0 == "\t" }
            if !isComment, line.hasPrefix("#") || line.hasPrefix("//") { continue }
            if isComment || line.hasPrefix("/*") {
                isComment = !line.contains("*/")
                continue
            }
            if line.hasPrefix("target \""), let name = Self.strings(line).first, BakePrint.isName(name) {
                targets.append((name, number))
            }
            for key in ["inherits", "targets"] where line.hasPrefix(key) {
                let rest = line.dropFirst(key.count).drop { $0 == " " }
                if rest.first == "=" {
                    list = key
                    line = rest
                }
            }
            if let key = list {
                let names = Self.strings(line)
                if key == "inherits" { inherited.formUnion(names) } else { grouped.formUnion(names) }
                if line.contains("]") { list = nil }
            }
        }
    }

    private static func strings(_ line: Substring) -> [String] {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
    }
}
