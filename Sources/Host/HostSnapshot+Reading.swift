import Diagnostics
import JSON
import Processes

extension HostSnapshot {
    /// Makes of the answers what can be made of them; an answer that cannot be read is a note, and what it would have
    /// told stays unknown.
    package init(reading answers: HostAnswers) {
        self.init(connection: .missing)
        environment = answers.environment
        if answers.hasDocker {
            connection = Self.connection(of: answers)
            var reader = AnswerReader(answers: answers)
            readVersions(&reader)
            readBuilders(&reader)
            readUsage(&reader)
            if case .answered = connection { notes = reader.notes }
        }
        hasBuilderAlias = Self.builderAlias(in: answers.clientConfiguration)
        daemonFile = answers.daemonFile
        if case .read(let path, let bytes) = daemonFile {
            daemonConfiguration = .known(DaemonConfiguration(path: path, bytes: bytes))
        }
        if let found = answers.disk { disk = .known(found) }
        otherDisks = answers.otherDisks
    }

    private static func connection(of answers: HostAnswers) -> Connection {
        if let info = answers.json(.info), info["ServerVersion"]?.string?.isEmpty == false {
            return .answered
        }
        if let version = answers.json(.version), version["Server"]?.object != nil { return .answered }
        let all = [HostQuestion.info, .version].compactMap { answers.answers[$0] }
        for answer in all {
            if case .failed(let failure) = answer {
                if case .timedOut = failure { return .unreachable(.tooSlow, detail: failure.reason) }
                return .unreachable(.other, detail: failure.reason)
            }
        }
        for answer in all {
            guard case .said(_, let error) = answer else { continue }
            let words = Self.firstLine(of: error)
            if !words.isEmpty { return .unreachable(Obstacle(saying: words), detail: words) }
        }
        return .unreachable(.other, detail: "docker says nothing that can be read")
    }

    /// The first line that says something, without what Go's HTTP client writes about itself.
    private static func firstLine(of error: [UInt8]) -> String {
        let lines = String(decoding: error.prefix(4096), as: UTF8.self).split(whereSeparator: \.isNewline)
        let line = lines.first { !$0.contains("Unsolicited response") && !$0.hasPrefix("Warning:") } ?? ""
        return String(line.prefix(300))
    }

    // MARK: Versions

    private mutating func readVersions(_ reader: inout AnswerReader) {
        if let version = reader.object(.version) {
            clientVersion = Fact(ToolVersion(version["Client"]?["Version"]?.string ?? ""))
        }
        if reader.answers.answers[.context] == nil, reader.answers.selectsDefaultContext {
            contextName = .known("default")
            // moby/client, DefaultDockerHost.
            endpoint = .known(environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock")
        }
        if let context = reader.array(.context)?.first {
            if let name = context["Name"]?.string, !name.isEmpty { contextName = .known(name) }
            if let host = context["Endpoints"]?["docker"]?["Host"]?.string, !host.isEmpty {
                endpoint = .known(host)
            }
        }
        guard let info = reader.object(.info) else { return }
        if clientVersion.value == nil {
            clientVersion = Fact(ToolVersion(info["ClientInfo"]?["Version"]?.string ?? ""))
        }
        if let plugins = info["ClientInfo"]?["Plugins"]?.array {
            let buildx = plugins.first { $0["Name"]?.string == "buildx" }
            self.buildx = .known(
                buildx.map { Plugin(version: Fact(ToolVersion($0["Version"]?.string ?? ""))) })
        }
        guard let server = info["ServerVersion"]?.string, !server.isEmpty else {
            let words = info["ServerErrors"]?[0]?.string ?? "it names no engine"
            reader.notes.append("`docker info` told nothing: \(Self.firstLine(of: Array(words.utf8)))")
            return
        }
        let status = (info["DriverStatus"]?.array ?? []).map { $0.array?.compactMap(\.string) ?? [] }
        let security = (info["SecurityOptions"]?.array ?? []).compactMap(\.string)
        engine = Engine(
            version: Fact(ToolVersion(server)), system: info["OSType"]?.string ?? "",
            storageDriver: info["Driver"]?.string ?? "",
            usesContainerdStore: status.contains(["driver-type", "io.containerd.snapshotter.v1"]),
            rootDirectory: info["DockerRootDir"]?.string ?? "",
            isRootless: security.contains { $0.hasPrefix("name=rootless") },
            isDesktop: info["OperatingSystem"]?.string == "Docker Desktop",
            time: info["SystemTime"]?.string.flatMap(seconds(of:)))
    }

    /// - Parameter bytes: the docker CLI's `config.json`.
    private static func builderAlias(in bytes: [UInt8]?) -> Fact<Bool> {
        guard let bytes else { return .no }
        guard let configuration = try? JSON.parse(bytes) else { return .unknown }
        return .known(configuration["aliases"]?["builder"] != nil)
    }

    // MARK: Builders

    private mutating func readBuilders(_ reader: inout AnswerReader) {
        guard case .known(.some) = buildx, let found = reader.builders() else { return }
        builders = .known(found)
        for builder in otherBuilders {
            guard let records = reader.records(of: builder.name, now: engine?.time) else { continue }
            builderCaches[builder.name] = records
        }
    }

    /// - Parameter lines: of `docker buildx ls --format json`.
    fileprivate static func builders(in lines: [JSON]) -> [Builder] {
        var found: [Builder] = []
        var names: Set<String> = []
        for line in lines {
            // buildx 0.13 prints a builder once for each of its nodes, and once more.
            guard let name = line["Name"]?.string, names.insert(name).inserted else { continue }
            found.append(
                Builder(
                    name: name, driver: line["Driver"]?.string ?? "",
                    isCurrent: line["Current"]?.bool ?? false,
                    nodes: (line["Nodes"]?.array ?? []).map(Self.node)))
        }
        return found
    }

    private static func node(_ json: JSON) -> Node {
        let status = json["Status"]?.string ?? ""
        return Node(
            name: json["Name"]?.string ?? "", endpoint: json["Endpoint"]?.string ?? "", status: status,
            version: Fact(ToolVersion(json["Version"]?.string ?? "")),
            collection: status == "running"
                ? .known((json["GCPolicy"]?.array ?? []).map(Self.rule)) : .unknown)
    }

    private static func rule(_ json: JSON) -> CollectionRule {
        func number(_ key: String) -> Int? { json[key]?.integer }
        func size(_ keys: String...) -> Int {
            min(max(0, keys.lazy.compactMap(number).first ?? 0), Limits.cacheBytes)
        }
        let duration = number("keepDuration") ?? 0
        return CollectionRule(
            all: json["all"]?.bool ?? false,
            filters: (json["filter"]?.array ?? []).compactMap(\.string).filter { !$0.isEmpty },
            // Go's nanoseconds; Engine 20.10 sends seconds.
            keepDuration: duration >= 1_000_000_000 ? duration / 1_000_000_000 : duration,
            // buildx before 0.17 knows one size.
            reservedSpace: size("reservedSpace", "keepBytes"), maxUsedSpace: size("maxUsedSpace"),
            minFreeSpace: size("minFreeSpace"))
    }

    // MARK: What is on the disk

    private mutating func readUsage(_ reader: inout AnswerReader) {
        guard let usage = reader.object(.usage) else { return }
        if let list = usage["Images"]?.array {
            images = .known(
                list.map { Image(repository: $0["Repository"]?.string ?? "", tag: $0["Tag"]?.string ?? "") })
        }
        if let list = usage["Volumes"]?.array {
            volumes = .known(
                list.map { volume in
                    Volume(
                        name: volume["Name"]?.string ?? "",
                        links: volume["Links"]?.string.flatMap { Int($0) },
                        size: volume["Size"]?.string.flatMap(bytes(of:)))
                })
        }
        if let list = usage["Containers"]?.array {
            containers = .known(list.compactMap { $0["Names"]?.string })
        }
        if let list = usage["BuildCache"]?.array {
            engineCache = .known(list.compactMap { CacheRecord($0, now: engine?.time) }.clamped())
        }
    }
}

/// Reads answers; what cannot be read becomes a note.
struct AnswerReader {
    let answers: HostAnswers
    var notes: [String] = []

    mutating func object(_ question: HostQuestion) -> JSON? {
        let value = value(question)
        return value?.object == nil ? nil : value
    }

    mutating func array(_ question: HostQuestion) -> [JSON]? { value(question)?.array }

    mutating func lines(_ question: HostQuestion) -> [JSON]? {
        lines(of: answers.answers[question], command: question.command)
    }

    mutating func builders() -> [HostSnapshot.Builder]? {
        let answer = answers.answers[.builders]
        guard case .said(let output, _)? = answer, output.starts(with: "NAME".utf8) else {
            return lines(.builders).map(HostSnapshot.builders(in:))
        }
        return HostSnapshot.Builder.all(inText: output, inspections: answers.inspections)
    }

    mutating func records(of builder: String, now: Int?) -> [CacheRecord]? {
        let answer = answers.usages[builder]
        if case .said(let output, _)? = answer, !output.isEmpty, !output.starts(with: "{".utf8) {
            return CacheRecord.all(inText: output, now: now).clamped()
        }
        return lines(of: answer, command: "docker buildx du --builder \(builder)")?.compactMap {
            CacheRecord($0, now: now)
        }.clamped()
    }

    private mutating func value(_ question: HostQuestion) -> JSON? {
        guard let output = output(of: answers.answers[question], command: question.command) else {
            return nil
        }
        guard !output.isEmpty else {
            notes.append("`\(question.command)` told nothing")
            return nil
        }
        do {
            let value = try JSON.parse(output)
            if value.object == nil, value.array == nil {
                throw JSONError(message: "neither object nor array", line: 1, column: 1)
            }
            return value
        } catch {
            notes.append("the answer of `\(question.command)` cannot be read: \(error)")
            return nil
        }
    }

    mutating func lines(of answer: HostAnswers.Answer?, command: String) -> [JSON]? {
        guard let output = output(of: answer, command: command) else { return nil }
        var values: [JSON] = []
        for line in output.split(separator: UInt8(ascii: "\n")) {
            do {
                values.append(try JSON.parse(Array(line)))
            } catch {
                notes.append("the answer of `\(command)` cannot be read: \(error)")
                return nil
            }
        }
        return values
    }

    mutating func output(of answer: HostAnswers.Answer?, command: String) -> [UInt8]? {
        switch answer {
        case nil: return nil
        case .failed(let failure):
            notes.append("`\(command)` told nothing: \(failure.reason)")
            return nil
        case .said(let output, let error):
            guard output.contains(where: { $0 > 0x20 }) else {
                // A command that fails prints why; one that has nothing to list prints nothing.
                let words = String(decoding: error.prefix(300), as: UTF8.self).split(
                    whereSeparator: \.isNewline
                ).first
                guard let words else { return [] }
                notes.append("`\(command)` told nothing: \(words)")
                return nil
            }
            return output
        }
    }
}

extension Command.Failure {
    /// Without the program's path.
    var reason: String {
        let text = description
        return text.firstIndex(of: ":").map { String(text[text.index($0, offsetBy: 2)...]) } ?? text
    }
}

extension HostAnswers {
    /// Whether the docker CLI surely takes the context `default`, whose engine is `DOCKER_HOST`'s or the one at the usual
    /// place (docker/cli, `cli/command/cli.go`, resolveContextName).
    var selectsDefaultContext: Bool {
        if let host = environment["DOCKER_HOST"] { return !host.isEmpty }
        guard environment["DOCKER_CONTEXT"] == nil else { return false }
        guard let bytes = clientConfiguration else { return true }
        guard let configuration = try? JSON.parse(bytes) else { return false }
        return ["", "default"].contains(configuration["currentContext"]?.string ?? "")
    }

    /// Whether `docker info` left open what `docker version` may tell.
    var needsVersion: Bool {
        if case .failed(.timedOut)? = answers[.info] { return false }
        let info = json(.info)
        return info?["ServerVersion"]?.string?.isEmpty != false || info?["ClientInfo"]?["Version"] == nil
    }

    fileprivate func json(_ question: HostQuestion) -> JSON? {
        guard case .said(let output, _)? = answers[question] else { return nil }
        return try? JSON.parse(output)
    }
}

extension Fact {
    /// Unknown for nil.
    init(_ value: Value?) { self = value.map { .known($0) } ?? .unknown }
}
