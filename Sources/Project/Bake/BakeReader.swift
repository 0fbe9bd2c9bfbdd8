import Diagnostics
import HCL
import Repository
import SourceText

/// The builds of bake files, in HCL and in JSON (docs.docker.com/build/bake/reference).
struct BakeReader {
    private let files: Snapshot
    /// What compose files state: bake reads them, too, before its own.
    private let composed: [StatedBuild]
    private var stated = StatedBuilds()
    private var sources: [String: SourceText] = [:]

    /// - Parameter composed: the builds of compose files.
    init(files: Snapshot, composed: [StatedBuild]) {
        self.files = files
        // What a service says to bake alone comes behind what it says to all.
        self.composed = composed.filter { $0.statement.kind == .compose || $0.statement.kind == .bake }
    }

    /// What bake looks for in a folder where nothing names a file, in its order.
    /// Source: docker/buildx, `bake/bake.go`, `defaultFilenames`.
    static let defaultFiles = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
        "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl",
    ]

    /// - Parameters:
    ///   - sets: files that are read together, in the order in which bake reads them, compose files among them.
    ///   - sources: the bake files, by path.
    mutating func read(
        _ sets: [[String]], _ sources: [String: SourceText], work total: inout WorkBudget
    ) -> StatedBuilds {
        self.sources = sources
        for set in sets { total.lend { read(set, &$0) } }
        return stated
    }

    private mutating func read(_ set: [String], _ work: inout WorkBudget) {
        let own = set.compactMap { sources[$0] }
        guard let first = own.first else { return }
        let below = composed.filter { set.contains($0.statement.path) }
        guard work.spend(own.reduce(8 * below.count) { $0 + $1.bytes.count }) else {
            stated.notes.append(Note(path: first.path, message: WorkBudget.note))
            return
        }
        let model = BakeModel(own, over: below.compactMap { BakeTarget($0, root: files) }, work: &work)
        for problem in model.problems {
            stated.notes.append(
                Note(path: problem.path, line: line(of: problem.place), message: problem.message))
        }
        for (name, members) in model.groups { stated.bakeGroups[name, default: []].formUnion(members) }
        for target in model.targets where model.isBuilt(target.name) {
            guard work.spend(target.size) else {
                stated.notes.append(
                    Note(path: target.place.path, line: line(of: target.place), message: WorkBudget.note))
                return
            }
            add(target, folder: Paths.folder(of: target.place.path))
        }
    }

    private func line(of place: BakePlace) -> Int? {
        sources[place.path].map { $0.line(at: place.range.lowerBound) }
    }

    // MARK: - Targets

    private mutating func add(_ target: BakeTarget, folder: String) {
        let statement = Statement(
            kind: .bake, path: target.place.path, line: line(of: target.place) ?? 1)
        if target.attributes["dockerfile-inline"] != nil {
            stated.notes.append(
                Note(
                    path: statement.path, line: statement.line,
                    message:
                        "target \(target.name): its Dockerfile stands in the bake file (dockerfile-inline) and is not "
                        + "examined"))
            return
        }
        // Relative paths are relative to where bake is started: the file's folder, else the root.
        let folders = folder == "." ? ["."] : [folder, "."]
        let builds = folders.map { build(target, in: $0, statement) }
        let found = builds.first { build in
            if case .path(let path) = build.dockerfile { files.kind(of: path) == .file } else { false }
        }
        stated.builds.append(found ?? builds[0])
    }

    private func build(_ target: BakeTarget, in folder: String, _ statement: Statement) -> StatedBuild {
        let written = written("context", of: target)
        var context = BuildSource.unknown
        if target.unknown(in: "context") == nil {
            context = source(target.text("context") ?? ".", in: folder)
        }
        var build = StatedBuild(
            dockerfile: .unknown("context: \(written)"), context: context, statement: statement)
        if target.unknown(in: "dockerfile") != nil {
            build.dockerfile = .unknown("dockerfile: \(self.written("dockerfile", of: target))")
        } else {
            let file = target.text("dockerfile").flatMap { $0.isEmpty ? nil : $0 } ?? "Dockerfile"
            switch context {
            case .directory(let path):
                build.dockerfile = source(file, in: path).directory.map { .path($0) } ?? .elsewhere(file)
            case .elsewhere(let text): build.dockerfile = .elsewhere(text)
            case .unknown: break
            }
        }
        build.name = target.name
        build.target = target.text("target").flatMap { $0.isEmpty ? nil : $0 }
        if target.unknown(in: "target") != nil { build.unknownOptions.insert("target") }
        for (name, value) in target.attributes["args"]?.members ?? [:] where !value.isNull {
            build.args[name] = .some(value.text)
        }
        if target.attributes["args"]?.unknown != nil { build.mayPassMore = true }
        for (name, value) in target.attributes["contexts"]?.members ?? [:] {
            build.namedContexts[name] = value.text.map { source($0, in: folder) } ?? .unknown
        }
        build.platforms = target.texts("platforms").compactMap { $0 }
        if target.unknown(in: "platforms") != nil { build.unknownOptions.insert("platform") }
        build.cacheFrom = target.texts("cache-from").compactMap { $0 }
        build.cacheTo = target.texts("cache-to").compactMap { $0 }
        build.noCache = target.attributes["no-cache"] == .bool(true)
        build.mayHaveMore = ["contexts", "cache-from", "cache-to", "no-cache"].contains {
            target.unknown(in: $0) != nil
        }
        build.options = options(of: target, at: statement)
        return build
    }

    /// `cwd://` is where bake is started.
    private func source(_ text: String, in folder: String) -> BuildSource {
        guard text.hasPrefix("cwd://") else { return BuildSource(text, in: folder, root: files.root) }
        let rest = String(text.dropFirst("cwd://".count))
        return BuildSource(rest.isEmpty ? "." : rest, in: folder, root: files.root)
    }

    // MARK: - Options

    private static let optionNames = [
        "cache-from": "cache-from", "cache-to": "cache-to", "no-cache": "no-cache", "pull": "pull",
        "no-cache-filter": "no-cache-filter", "tags": "tag", "network": "network",
        "extra-hosts": "add-host", "ulimits": "ulimit", "shm-size": "shm-size",
    ]

    private func options(of target: BakeTarget, at statement: Statement) -> [BuildOption] {
        var options: [BuildOption] = []
        for (key, name) in Self.optionNames.sorted(by: { $0.key < $1.key }) {
            guard let (path, bytes) = place(target.places[key], or: statement) else { continue }
            let written = written(key, of: target)
            for text in key == "extra-hosts" ? target.pairs(key) : target.texts(key) {
                options.append(
                    BuildOption(name: name, value: text, written: text ?? written, path: path, bytes: bytes))
            }
        }
        for (name, value) in (target.attributes["args"]?.members ?? [:]).sorted(by: { $0.key < $1.key })
        where !value.isNull {
            let own = target.argumentPlaces[name]
            guard let (path, bytes) = place(own ?? target.places["args"], or: statement) else { continue }
            let text = own.flatMap(expression) ?? target.argumentTexts[name] ?? value.text ?? ""
            let change: VolatileValue? =
                value.unknown?.changesEachTime ?? false ? .everyBuild : VolatileValue(text)
            options.append(
                BuildOption(
                    name: "build-arg", value: value.text.map { "\(name)=\($0)" }, written: "\(name)=\(text)",
                    change: change, path: path, bytes: bytes))
        }
        return options
    }

    /// What a finding marks: the attribute, or where JSON states it, the line of the target.
    private func place(_ place: BakePlace?, or statement: Statement) -> (path: String, bytes: Range<Int>)? {
        if let place, !place.range.isEmpty, sources[place.path] != nil { return (place.path, place.range) }
        guard let source = sources[statement.path], statement.line <= source.lineCount else { return nil }
        let line = source.bytes(ofLine: statement.line)
        let start = source.bytes[line].firstIndex { $0 > 0x20 } ?? line.lowerBound
        return (statement.path, start..<line.upperBound)
    }

    /// An attribute as the file has it; its value where that is not to be had.
    private func written(_ key: String, of target: BakeTarget) -> String {
        let text = target.valuePlaces[key].flatMap(expression)
        return text ?? target.texts(key).compactMap { $0 }.first ?? target.unknown(in: key)?.reason ?? "."
    }

    /// An expression as a template has it: `X` as `${X}`, `"a-${X}"` without its quotes.
    private func expression(_ place: BakePlace) -> String? {
        guard let source = sources[place.path], !place.range.isEmpty,
            place.range.count <= Limits.volatileValueBytes
        else { return nil }
        let text = source.string(place.range)
        if text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count > 1 {
            return String(text.dropFirst().dropLast())
        }
        return "${\(text)}"
    }
}

extension BakeTarget {
    /// A service of a compose file, as bake takes it.
    /// Source: docker/buildx, `bake/compose.go`.
    /// - Returns: nil for a build without a name.
    fileprivate init?(_ build: StatedBuild, root files: Snapshot) {
        guard let name = build.name else { return nil }
        self.init(
            name: String(name.map { BakeModel.isTarget(String($0)) ? $0 : "_" }),
            place: BakePlace(path: build.statement.path, range: 0..<0))
        let unknown = HCLValue.unknown(HCLUnknown("the compose file does not tell it"))
        switch build.context {
        case .directory(let path): attributes["context"] = .string(files.absolute(path))
        case .elsewhere(let text): attributes["context"] = .string(text)
        case .unknown: attributes["context"] = unknown
        }
        switch build.dockerfile {
        case .path(let path): attributes["dockerfile"] = .string(files.absolute(path))
        case .elsewhere: break
        case .unknown: attributes["dockerfile"] = unknown
        }
        if let target = build.target { attributes["target"] = .string(target) }
        if build.unknownOptions.contains("target") { attributes["target"] = unknown }
        if !build.args.isEmpty {
            attributes["args"] = .object(build.args.mapValues { $0.map(HCLValue.string) ?? unknown })
        }
        if !build.namedContexts.isEmpty {
            attributes["contexts"] = .object(
                build.namedContexts.mapValues { context in
                    switch context {
                    case .directory(let path): .string(files.absolute(path))
                    case .elsewhere(let text):
                        .string(
                            text.hasPrefix("service:") ? "target:" + text.dropFirst("service:".count) : text)
                    case .unknown: unknown
                    }
                })
        }
        let lists = [
            "platforms": build.platforms, "cache-from": build.cacheFrom, "cache-to": build.cacheTo,
            "tags": build.options.filter { $0.name == "tag" }.compactMap(\.value),
        ]
        for (name, texts) in lists where !texts.isEmpty {
            attributes[name] = .list(texts.map(HCLValue.string))
        }
        if build.noCache { attributes["no-cache"] = .bool(true) }
        if build.pulls { attributes["pull"] = .bool(true) }
    }

    /// A text; nil for one that is not known or not there.
    fileprivate func text(_ name: String) -> String? { attributes[name]?.text }

    /// The members of an object, as `name=value`.
    fileprivate func pairs(_ name: String) -> [String?] {
        (attributes[name]?.members ?? [:]).sorted { $0.key < $1.key }.map { key, value in
            value.text.map { "\(key)=\($0)" }
        }
    }
}
