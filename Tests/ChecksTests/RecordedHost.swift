import Foundation
import Host
import JSON

/// What a Docker host answered, recorded in the folder `host` of a case:
///
/// - `version.json`, `info.json`, `usage.json`, `context.json`, `builders.json`: what the commands of `HostQuestion`
///   print; with the ending `.error`, what they print on standard error.
/// - `usage-NAME.json`: `docker buildx du` of the builder NAME.
/// - `daemon.json`, `config.json`: the files of engine and client.
/// - `surroundings.json`: `environment`, `disk` (`total`, `free`), `disks` (the same by path), `required` (`--require-host`), `docker` and
///   `daemonFile` (whether there is one).
///
/// - Parameter questions: what checks say that they need to hear; the others of `usage` and `builders` stay unanswered.
/// - Returns: what is known of a host that nobody asked, where there is no such folder.
func recordedHost(in files: [String: [UInt8]], hearing questions: Set<HostQuestion>) throws -> HostSnapshot {
    let recorded = files.filter { $0.key.hasPrefix("host/") }
    guard !recorded.isEmpty else { return .notAsked }
    func text(_ name: String) -> [UInt8]? { recorded["host/" + name] }
    let surroundings = try text("surroundings.json").map { try JSON.parse($0) } ?? [:]
    var answers = HostAnswers(hasDocker: surroundings["docker"]?.bool ?? true)
    let unheard = Set([HostQuestion.usage, .builders]).subtracting(questions)
    for question in HostQuestion.allCases where !unheard.contains(question) {
        let (output, error) = (text("\(question.rawValue).json"), text("\(question.rawValue).error"))
        guard output != nil || error != nil else { continue }
        answers.answers[question] = .said(output: output ?? [], error: error ?? [])
    }
    for (path, bytes) in recorded where unheard.isEmpty {
        let name = path.dropFirst("host/".count)
        if name.hasPrefix("usage-"), name.hasSuffix(".json") {
            answers.usages[String(name.dropFirst("usage-".count).dropLast(".json".count))] =
                .said(output: bytes, error: [])
        }
    }
    for (name, value) in surroundings["environment"]?.object?.members.map({ $0 }) ?? [] {
        answers.environment[name] = value.string
    }
    if let disk = surroundings["disk"], let total = disk["total"]?.integer, let free = disk["free"]?.integer {
        answers.disk = Disk(total: total, free: free)
    }
    for (path, disk) in surroundings["disks"]?.object?.members.map({ $0 }) ?? [] {
        guard let total = disk["total"]?.integer, let free = disk["free"]?.integer else { continue }
        answers.otherDisks[path] = Disk(total: total, free: free)
    }
    if surroundings["daemonFile"]?.bool == false { answers.daemonFile = .absent("/etc/docker/daemon.json") }
    if let bytes = text("daemon.json") { answers.daemonFile = .read("/etc/docker/daemon.json", bytes) }
    answers.clientConfiguration = text("config.json")
    var host = HostSnapshot(reading: answers)
    host.isRequired = surroundings["required"]?.bool ?? false
    return host
}
