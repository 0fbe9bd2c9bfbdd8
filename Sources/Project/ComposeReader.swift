import Diagnostics
import Repository
import SourceText

/// The builds of compose files (compose-spec, `build.md`, `11-extension.md`, `13-merge.md`, `14-include.md`).
struct ComposeReader {
    private let files: Snapshot
    private let readYAML: (String) -> (yaml: YAML, source: SourceText)?
    private let readEnvironment: (String) -> [UInt8]?
    private var stated = StatedBuilds()
    private var done: Set<String> = []
    /// Files whose services others extend.
    private var extended: Set<String> = []
    /// For the files of one folder and what they refer to.
    private var work = WorkBudget()
    private var endedIn: String?
    /// Services that were read, with what they extend, for one environment.
    private var known: [ServiceName: Service] = [:]

    /// - Parameters:
    ///   - readYAML: reads a file once; nil where it cannot be read (which is noted elsewhere).
    ///   - readEnvironment: reads a `.env` file once; nil where there is none.
    init(
        files: Snapshot, readYAML: @escaping (String) -> (yaml: YAML, source: SourceText)?,
        readEnvironment: @escaping (String) -> [UInt8]?
    ) {
        self.files = files
        self.readYAML = readYAML
        self.readEnvironment = readEnvironment
    }

    /// - Parameters:
    ///   - paths: every compose file of the project.
    ///   - others: files that look like one, and are one where no other takes them in.
    mutating func read(
        _ paths: [String], besides others: [String] = [], work total: inout WorkBudget
    ) -> StatedBuilds {
        var folders = Dictionary(grouping: paths, by: Paths.folder)
        // Its `.env` may name compose files of any folder and name.
        folders[".", default: []] += []
        func read(_ folders: [String: [String]], isOther: Bool) {
            for (folder, group) in folders.sorted(by: { $0.key < $1.key }) {
                total.lend { lent in
                    work = lent
                    readFolder(folder, group, isOther: isOther)
                    lent = work
                }
            }
        }
        read(folders, isOther: false)
        read(
            Dictionary(grouping: others.filter { !extended.contains($0) }, by: Paths.folder), isOther: true)
        return stated
    }

    /// Says once of a folder where reading has ended.
    private mutating func noteEnd(path: String, line: Int) {
        guard endedIn != Paths.folder(of: path) else { return }
        endedIn = Paths.folder(of: path)
        stated.notes.append(
            Note(path: path, line: line, message: WorkBudget.note))
    }

    // MARK: - Files

    private struct ServiceName: Hashable {
        let path: String
        /// What its paths are relative to.
        let folder: String
        let name: String
    }

    private struct Service {
        var build: Fields?
        var image: String?
        var platform: String?
        /// It names a platform that cannot be told.
        var isPlatformUnknown = false
        /// It belongs to profiles, and so is not built unless one is asked for.
        var hasProfiles = false
        /// Of `build:`, else of what brings it in.
        var path: String
        var line: Int

        /// What a copy of it takes, in units of `WorkBudget`.
        var size: Int {
            guard let build else { return 8 }
            return 8
                * (1 + build.values.count + build.args.count + build.contexts.count + build.places.count)
        }
    }

    /// The fields of `build:` with the folder that their paths are relative to.
    private struct Fields {
        var values: [String: YAML]
        var args: [String: YAML?] = [:]
        var contexts: [String: YAML] = [:]
        /// Where `context` and the named contexts stand: paths of `extends` are relative to the file extended.
        var contextFolder: String
        var environment: Interpolation
        /// It extends what was not read, and may have arguments of that.
        var mayHaveMore = false
        /// The file that each value stands in, by its name, with its key.
        var places: [String: (path: String, key: YAML)] = [:]
    }

    /// The names that `docker compose` takes without `-f`, in its order, and their overrides.
    private static let bases = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    private static let overrides = [
        "compose.override.yaml", "compose.override.yml", "docker-compose.override.yml",
        "docker-compose.override.yaml",
    ]

    /// - Parameter isOther: the files only look like compose files.
    private mutating func readFolder(_ folder: String, _ paths: [String], isOther: Bool) {
        let environment = Interpolation(readEnvironment(Paths.join(folder, ".env")), work: &work)
        var services: [String: Service] = [:]
        var order: [String] = []
        // What the files below say, which a command with `-f` may take alone.
        var overridden: [String: [String: Set<String>]] = [:]
        let merged = namedFiles(in: folder, environment) ?? Self.foundFiles(in: folder, paths)
        // The paths in all of them are relative to the folder of the first.
        let project = merged.first.map(Paths.folder) ?? folder
        for path in merged {
            guard done.insert(path).inserted else { continue }
            for (service, value) in readFile(path, folder: project, environment, depth: 0) {
                if services[service] == nil { order.append(service) }
                for (argument, _) in value.build?.args ?? [:] {
                    guard let before = services[service]?.build?.args[argument] else { continue }
                    overridden[service, default: [:]][argument, default: []].insert(before?.string ?? "")
                }
                services[service] = services[service].map { Self.merge($0, value) } ?? value
            }
        }
        for name in order {
            if let service = services[name] { add(name, service, folder: project, overridden[name] ?? [:]) }
        }
        // Any other is used with `-f`, alone or on top of the base: alone, unless its build has no context.
        for path in paths.sorted() where done.insert(path).inserted {
            for (name, service) in readFile(path, folder: folder, environment, depth: 0) {
                guard let build = service.build else { continue }
                // Without a context it goes on top of another file.
                if isOther, build.values["context"] == nil { continue }
                if build.values["context"] == nil, let below = services[name], below.build != nil {
                    let arguments = Set(build.args.keys)
                    for index in stated.builds.indices
                    where stated.builds[index].name == name
                        && stated.builds[index].statement.path == below.path
                    {
                        stated.builds[index].passedElsewhere.formUnion(arguments)
                    }
                    var merged = Self.merge(below, service)
                    merged.path = service.path
                    merged.line = service.line
                    add(name, merged, folder: folder)
                } else {
                    add(name, service, folder: folder)
                }
            }
        }
    }

    /// What `docker compose` takes in a folder without `-f`, later files on top of earlier ones.
    private static func foundFiles(in folder: String, _ paths: [String]) -> [String] {
        let names = Set(paths.map(Paths.name))
        guard let base = bases.first(where: names.contains) else { return [] }
        return [base, overrides.first(where: names.contains)].compactMap { $0 }.map { Paths.join(folder, $0) }
    }

    /// What `COMPOSE_FILE` in the folder's `.env` names in place of them.
    /// Source: docs.docker.com, `compose/how-tos/environment-variables/envvars`.
    /// - Returns: nil where it names none.
    private mutating func namedFiles(in folder: String, _ environment: Interpolation) -> [String]? {
        if environment.undecided.contains("COMPOSE_FILE") {
            stated.notes.append(
                Note(
                    path: Paths.join(folder, ".env"),
                    message: "COMPOSE_FILE has a variable in it; what it names is not read"))
        }
        // The environment comes before `.env`; direnv sets it (direnv.net, "direnv-stdlib(1)").
        let local = Interpolation(readEnvironment(Paths.join(folder, ".envrc")), work: &work)
        guard let list = local["COMPOSE_FILE"] ?? environment["COMPOSE_FILE"], !list.isEmpty else {
            return nil
        }
        let separator = environment["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
        var paths: [String] = []
        let names = list.split(separator: separator)
        if names.count > Limits.composeIncludes {
            stated.notes.append(
                Note(
                    path: Paths.join(folder, ".env"),
                    message:
                        "COMPOSE_FILE names more than \(Limits.composeIncludes) files; the rest is not read"))
        }
        for name in names.prefix(Limits.composeIncludes) {
            guard let path = BuildSource(String(name), in: folder, root: files.root).directory,
                files.kind(of: path) == .file
            else {
                stated.notes.append(
                    Note(
                        path: Paths.join(folder, ".env"),
                        message: "COMPOSE_FILE names \(name), which is not read"))
                continue
            }
            paths.append(path)
        }
        return paths
    }

    /// - Returns: the services in the file's order, `extends` and `include` followed.
    private mutating func readFile(
        _ path: String, folder: String, _ environment: Interpolation, depth: Int
    ) -> [(String, Service)] {
        guard depth < Limits.composeIncludes, let (yaml, _) = readYAML(path) else { return [] }
        readIncludes(yaml["include"], of: path, environment, depth: depth)
        // Its environment is another than that of the files before.
        known = [:]
        var services: [(String, Service)] = []
        for (key, value) in yaml["services"]?.mapping ?? [] {
            guard let name = key.string, !name.isEmpty else { continue }
            var chain: Set<ServiceName> = []
            let service = readService(
                ServiceName(path: path, folder: folder, name: name), value, in: yaml, environment, &chain)
            guard !work.isSpent else {
                noteEnd(path: path, line: key.line)
                break
            }
            services.append((name, service.value))
        }
        return services
    }

    /// Included files are projects of their own, relative to their own folder.
    private mutating func readIncludes(
        _ yaml: YAML?, of path: String, _ environment: Interpolation, depth: Int
    ) {
        for item in yaml?.sequence ?? [] {
            let listed =
                item.string.map { [$0] } ?? item["path"]?.string.map { [$0] }
                ?? item["path"]?.sequence?.compactMap(\.string) ?? []
            for text in listed {
                guard let text = environment.expand(text, &work),
                    case .directory(let included) = BuildSource(
                        text, in: Paths.folder(of: path), root: files.root)
                else {
                    stated.notes.append(
                        Note(path: path, line: item.line, message: "includes \(text), which is not read"))
                    continue
                }
                guard done.insert(included).inserted else { continue }
                guard files.kind(of: included) == .file else {
                    stated.notes.append(
                        Note(
                            path: path, line: item.line,
                            message: "includes \(included), which does not exist",
                            isUnexamined: false))
                    continue
                }
                let folder =
                    item["project_directory"]?.string.flatMap {
                        Paths.resolve($0, in: Paths.folder(of: path))
                    }
                    ?? Paths.folder(of: included)
                let inner = Interpolation(readEnvironment(Paths.join(folder, ".env")), work: &work)
                for (name, service) in readFile(included, folder: folder, inner, depth: depth + 1) {
                    add(name, service, folder: folder)
                }
            }
        }
    }

    // MARK: - Services

    /// - Parameter chain: what extends it; where one of them comes again, or they are too many, nothing is followed.
    /// - Returns: the service with what it extends, and whether all of that was followed.
    private mutating func readService(
        _ name: ServiceName, _ yaml: YAML, in file: YAML, _ environment: Interpolation,
        _ chain: inout Set<ServiceName>
    ) -> (value: Service, isWhole: Bool) {
        if let service = known[name] { return (service, true) }
        var service = Service(path: name.path, line: yaml.line)
        service.image = yaml["image"]?.string.flatMap { environment.expand($0, &work) }
        service.platform = yaml["platform"]?.string.flatMap { environment.expand($0, &work) }
        service.isPlatformUnknown = yaml["platform"]?.string != nil && service.platform == nil
        service.hasProfiles = yaml["profiles"]?.sequence?.isEmpty == false
        if let build = yaml["build"], build.tag != "!reset", !build.isNull {
            service.build = Self.fields(build, path: name.path, folder: name.folder, environment)
            service.line = yaml.key("build")?.line ?? build.line
        }
        guard let extends = yaml["extends"], let baseName = extends.string ?? extends["service"]?.string
        else {
            known[name] = service
            return (service, true)
        }
        var base = ServiceName(path: name.path, folder: name.folder, name: baseName)
        var baseFile = file
        if let text = extends["file"]?.string {
            guard let text = environment.expand(text, &work),
                case .directory(let other) = BuildSource(text, in: name.folder, root: files.root),
                let (otherFile, _) = readYAML(other)
            else {
                service.build?.mayHaveMore = true
                return (service, true)
            }
            extended.insert(other)
            base = ServiceName(path: other, folder: Paths.folder(of: other), name: baseName)
            baseFile = otherFile
        }
        guard let value = baseFile["services"]?[baseName] else {
            service.build?.mayHaveMore = true
            return (service, true)
        }
        guard chain.count < Limits.composeExtends, work.spend(service.size), chain.insert(base).inserted
        else {
            service.build?.mayHaveMore = true
            return (service, false)
        }
        let (inherited, isWhole) = readService(base, value, in: baseFile, environment, &chain)
        chain.remove(base)
        guard work.spend(inherited.size) else { return (service, false) }
        var merged = Self.merge(inherited, service)
        merged.path = name.path
        merged.line = service.build == nil ? extends.line : service.line
        if isWhole { known[name] = merged }
        return (merged, isWhole)
    }

    private static func fields(
        _ yaml: YAML, path: String, folder: String, _ environment: Interpolation
    ) -> Fields {
        var fields = Fields(values: [:], contextFolder: folder, environment: environment)
        if yaml.string != nil {
            fields.values["context"] = yaml
            return fields
        }
        for (key, value) in yaml.mapping ?? [] {
            if let name = key.string { fields.places[name] = (path, key) }
            switch key.string {
            case "args": fields.args = pairs(value, separator: "=").mapValues { $0 }
            case "additional_contexts": fields.contexts = pairs(value, separator: "=").compactMapValues { $0 }
            case let name?: if value.tag != "!reset" { fields.values[name] = value }
            case nil: break
            }
        }
        return fields
    }

    /// A mapping, or a list of `name=value`; a name without a value takes it from the environment.
    private static func pairs(_ yaml: YAML, separator: Character) -> [String: YAML?] {
        var result: [String: YAML?] = [:]
        for (key, value) in yaml.mapping ?? [] {
            if let name = key.string { result[name] = .some(value.isNull ? nil : value) }
        }
        for item in yaml.sequence ?? [] {
            guard let text = item.string else { continue }
            let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
            let value =
                parts.count == 2
                ? YAML(
                    value: .scalar(String(parts[1]), .quoted), tag: "", line: item.line, column: item.column,
                    offset: item.offset)
                : nil
            result[String(parts[0])] = .some(value)
        }
        return result
    }

    private static func merge(_ base: Service, _ over: Service) -> Service {
        var service = over
        service.image = over.image ?? base.image
        service.platform = over.platform ?? base.platform
        service.isPlatformUnknown =
            over.isPlatformUnknown || over.platform == nil && base.isPlatformUnknown
        service.hasProfiles = over.hasProfiles || base.hasProfiles
        guard var build = base.build else { return service }
        service.path = base.path
        service.line = base.line
        if let upper = over.build {
            if upper.values["context"] != nil { build.contextFolder = upper.contextFolder }
            for (name, value) in upper.values {
                // Lists are put together, as the merge rules say.
                if let first = build.values[name]?.sequence, let second = value.sequence,
                    value.tag != "!override"
                {
                    build.values[name] = YAML(
                        value: .sequence(first + second), tag: "", line: value.line, column: value.column,
                        offset: value.offset)
                } else {
                    build.values[name] = value
                }
            }
            // What is not changed stays shared.
            if !upper.args.isEmpty { build.args.merge(upper.args) { $1 } }
            build.mayHaveMore = build.mayHaveMore || upper.mayHaveMore
            if !upper.places.isEmpty { build.places.merge(upper.places) { $1 } }
            if !upper.contexts.isEmpty { build.contexts.merge(upper.contexts) { $1 } }
        }
        service.build = build
        return service
    }

    // MARK: - Builds

    /// - Parameter overridden: values of arguments that other files replace.
    private mutating func add(
        _ name: String, _ service: Service, folder: String, _ overridden: [String: Set<String>] = [:]
    ) {
        guard let fields = service.build else { return }
        guard work.spend(service.size) else {
            noteEnd(path: service.path, line: service.line)
            return
        }
        let statement = Statement(kind: .compose, path: service.path, line: service.line)
        let environment = fields.environment
        var inline: InlineDockerfile?
        if let written = fields.values["dockerfile_inline"] {
            guard let found = inlineDockerfile(written, of: name, fields) else {
                if work.isSpent { return noteEnd(path: service.path, line: service.line) }
                stated.notes.append(
                    Note(
                        path: service.path, line: written.line,
                        message:
                            "service \(name): its Dockerfile stands in the compose file (dockerfile_inline) and is not examined: it "
                            + "has a variable of Compose's that nothing sets (`$$` is a `$` of the shell's)"))
                return
            }
            inline = found
        }
        func expand(_ text: String) -> String? { environment.expand(text, &work) }
        func text(_ key: String) -> String? { fields.values[key]?.string.flatMap(expand) }
        func list(_ key: String) -> [String] {
            guard let value = fields.values[key] else { return [] }
            return (value.sequence ?? [value]).compactMap { $0.string.flatMap(expand) }
        }
        let context: BuildSource =
            if let value = fields.values["context"]?.string {
                expand(value).map { BuildSource($0, in: fields.contextFolder, root: files.root) }
                    ?? .unknown
            } else {
                .directory(fields.contextFolder)
            }
        var build = StatedBuild(dockerfile: .unknown(""), context: context, statement: statement)
        build.name = name
        build.overriddenValues = overridden
        build.inline = inline
        build.dockerfile = inline.map { .path($0.text.path) } ?? dockerfile(fields, context: context)
        build.target = text("target")
        for (argument, value) in fields.args {
            build.args[argument] = .some((value?.string).flatMap(expand))
        }
        build.mayPassMore =
            fields.mayHaveMore || fields.args.keys.contains { $0.utf8.contains(UInt8(ascii: "$")) }
        for (source, value) in fields.contexts {
            build.namedContexts[source] =
                value.string.flatMap(expand).map {
                    BuildSource($0, in: fields.contextFolder, root: files.root)
                } ?? .unknown
        }
        build.platforms = list("platforms")
        // An empty text is none: `platform: ${PLATFORM:-}`.
        if build.platforms.isEmpty, let platform = service.platform, !platform.isEmpty {
            build.platforms = [platform]
        }
        if fields.values["target"] != nil, build.target == nil { build.unknownOptions.insert("target") }
        let platforms = fields.values["platforms"]?.sequence?.count ?? 0
        let isPlatformUnknown = platforms == 0 && service.isPlatformUnknown
        if build.platforms.count < platforms || isPlatformUnknown { build.unknownOptions.insert("platform") }
        // Of `.env`, as of the environment; a command's own is a variant's. Tried with Compose 2.40.
        if build.platforms.isEmpty, !build.unknownOptions.contains("platform") {
            let name = BuildEnvironment.platformName
            if let platform = environment[name], !platform.isEmpty { build.platforms = [platform] }
            if environment.undecided.contains(name) { build.unknownOptions.insert("platform") }
        }
        let noCache = text("no_cache").map { ["true", "yes", "on", "y"].contains($0.lowercased()) }
        build.noCache = fields.values["no_cache"]?.bool ?? noCache ?? false
        // What the environment decides.
        if let value = fields.values["no_cache"], value.bool == nil, noCache == nil {
            build.mayHaveMore = true
        }
        build.cacheFrom = list("cache_from")
        build.cacheTo = list("cache_to")
        build.isConditional = service.hasProfiles
        build.options = options(of: fields)
        if let image = service.image, let (_, source) = readYAML(service.path) {
            let line = min(max(service.line, 1), source.lineCount)
            build.options.append(
                BuildOption(
                    name: "tag", value: image, written: image, path: service.path,
                    bytes: source.bytes(ofLine: line)))
        }
        stated.builds.append(build)
        if let extra = fields.values["x-bake"], let place = fields.places["x-bake"],
            let (_, source) = readYAML(place.path)
        {
            let baked = BakeExtension(
                extra, of: build, at: Statement(kind: .bake, path: place.path, line: place.key.line),
                bytes: place.key.bytes(in: source), in: fields.contextFolder, root: files.root)
            stated.builds.append(baked.build(environment, &work))
        }
    }

    /// - Returns: nil where a variable in it has no value.
    private mutating func inlineDockerfile(
        _ written: YAML, of name: String, _ fields: Fields
    ) -> InlineDockerfile? {
        guard let text = written.string, let value = fields.environment.expand(text, &work),
            let place = fields.places["dockerfile_inline"], let (_, source) = readYAML(place.path),
            // The lines above come with it.
            work.spend(source.lineCount + 2 * value.utf8.count)
        else { return nil }
        return InlineDockerfile(name, written: written, value: value, key: place.key, in: source)
    }

    private mutating func options(of fields: Fields) -> [BuildOption] {
        let names = [
            "no_cache": "no-cache", "pull": "pull",
            "cache_from": "cache-from", "cache_to": "cache-to",
            "network": "network", "extra_hosts": "add-host", "ulimits": "ulimit", "shm_size": "shm-size",
        ]
        let listed = names.sorted { $0.key < $1.key }.flatMap { key, name -> [BuildOption] in
            guard let value = fields.values[key], let place = fields.places[key],
                let (_, source) = readYAML(place.path)
            else { return [] }
            return (value.sequence.map { $0.compactMap(\.string) } ?? Self.texts(value)).map { text in
                // A list's items may come from several files: the key of the last stands for all.
                return BuildOption(
                    name: name, value: fields.environment.expand(text, &work), written: text,
                    path: place.path,
                    bytes: place.key.bytes(in: source))
            }
        }
        guard let place = fields.places["args"], let (_, source) = readYAML(place.path) else { return listed }
        let arguments = fields.args.sorted { $0.key < $1.key }.map { name, value in
            let text = value?.string
            return BuildOption(
                argument: name, text: text, value: text.flatMap { fields.environment.expand($0, &work) },
                path: place.path, bytes: place.key.bytes(in: source))
        }
        return listed + arguments
    }

    /// A text, or the entries of a mapping: `x: 1.2.3.4` as `x=1.2.3.4`, `nofile: {soft: 1, hard: 2}` as
    /// `nofile=soft=1,hard=2`.
    private static func texts(_ value: YAML) -> [String] {
        if let text = value.string { return [text] }
        return (value.mapping ?? []).compactMap { key, value in
            guard let key = key.string else { return nil }
            let inner = (value.mapping ?? []).map { "\($0.string ?? "")=\($1.string ?? "")" }
            return "\(key)=\(value.string ?? inner.joined(separator: ","))"
        }
    }

    private mutating func dockerfile(_ fields: Fields, context: BuildSource) -> StatedBuild.File {
        let written = fields.values["dockerfile"]?.string ?? "Dockerfile"
        guard let name = fields.environment.expand(written, &work) else {
            return .unknown("dockerfile: \(written)")
        }
        switch context {
        case .directory(let folder):
            guard case .directory(let path) = BuildSource(name, in: folder, root: files.root) else {
                return .elsewhere(name)
            }
            return .path(path)
        case .elsewhere(let text): return .elsewhere(text)
        case .unknown: return .unknown("context: \(fields.values["context"]?.string ?? "")")
        }
    }
}
