import Diagnostics
import Dockerfile
import Facts
import Fixes
import Foundation
import Host
import Project
import Repository
import SourceText
import TestSupport
import Testing

@testable import Catalogue
@testable import Checks

/// The files of a case, on disk as a person wrote them or changed by a test.
struct CaseProject: Sendable {
    let check: CheckID
    let name: String
    /// By path relative to the case. A folder `dot-git` stands for `.git`, which git itself would not keep; `host` holds
    /// what a Docker host answered, and is no part of the project.
    var files: [String: [UInt8]]
    let expected: [ExpectedFinding]
    /// Lines of `expected` that cannot be read.
    var malformed: [String] = []
    /// Ways of writing the same that mean something else in this case: `# not: crlf, backtickEscape` in `expected`.
    var exempt: Set<String> = []
    /// Permission bits by path, in octal: `# mode: 755 run.sh` in `expected`, a line for each; all other files have 644.
    var modes: [String: Int] = [:]
    /// Why edits of this case's findings are refused: `# refused: part of the reason` in `expected`, a line for each.
    var refusals: [String] = []

    var isBad: Bool { name.hasPrefix("bad-") }
    /// The Dockerfiles among the files, in order.
    var dockerfiles: [String] {
        files.keys.filter { path in
            let file = path.split(separator: "/").last ?? ""
            return file == "Dockerfile" || file.hasPrefix("Dockerfile.") && !file.hasSuffix(".dockerignore")
                || file.hasSuffix(".Dockerfile")
        }.sorted()
    }

    func source(_ path: String) -> SourceText { SourceText(path: path, bytes: files[path] ?? []) }

    /// What `--fix --unsafe-fixes` would make of the files for this check.
    func plan() async throws -> FixPlan {
        try await read { project in await Self.plan(for: project, check, try Self.prover(of: project)) }
    }

    /// The same, with what all checks say of the files as they are and of the plan's project, in whose place the files
    /// are written.
    func planned() async throws -> (plan: FixPlan, before: Outcome, after: Outcome) {
        try await read { project in
            let prover = try Self.prover(of: project)
            let plan = await Self.plan(for: project, check, prover)
            return (plan, await prover.run(on: project), await prover.run(on: plan.project))
        }
    }

    private static func plan(for project: Project, _ check: CheckID, _ prover: Runner) async -> FixPlan {
        let request = FixPlan.Request(checks: [check], applicabilities: [.safe, .unsafe])
        return await FixPlan(for: project, request, loading: { await Self.loaded($0, like: project) }) {
            await prover.run(on: $0)
        }
    }

    private static func loaded(_ snapshot: Snapshot, like project: Project) async -> Project? {
        try? await Project.load(from: snapshot, project.selection, options: LoadOptions())
    }

    /// A runner of every check, whatever the files switch off.
    private static func prover(of project: Project) throws -> Runner {
        var configuration = project.configuration
        configuration.enabled = [:]
        return try Runner(configuration: configuration, catalogue: try Catalogue.builtin())
    }

    /// Runs every check on the files, without a host.
    func runAll() async throws -> Outcome {
        try await read { project in
            try await Self.prover(of: project).run(on: project)
        }
    }

    /// What is not as it should be after `--fix --unsafe-fixes` with all checks; nil where all is.
    func flawOfFixes() async throws -> String? {
        try await read { project in
            let prover = try Runner(configuration: Configuration(), catalogue: try Catalogue.builtin())
            return await FixPlan.flaw(
                of: project, FixPlan.Request(checks: prover.ids, applicabilities: [.safe, .unsafe]),
                loading: { await Self.loaded($0, like: project) }
            ) { await prover.run(on: $0) }
        }
    }

    /// Reads the files as a project.
    func loaded() async throws -> Project { try await read { $0 } }

    /// The files with a plan's.
    func with(_ plan: FixPlan) -> CaseProject {
        var fixed = self
        for file in plan.files { fixed.files[file.path] = file.after }
        return fixed
    }

    /// Has the files read as a project: in memory, which `SnapshotTests` hold to be the same, where they need nothing that
    /// only a disk has: permissions, links, and git's own files.
    private func read<Result: Sendable>(
        _ body: (Project) async throws -> Result
    ) async throws -> Result {
        guard modes.isEmpty, !files.keys.contains(where: { $0.hasPrefix("dot-git/") }) else {
            return try await onDisk(body)
        }
        let snapshot = Snapshot(holding: files.filter { !$0.key.hasPrefix("host/") })
        return try await body(
            try await Project.load(from: snapshot, .folder, options: LoadOptions()))
    }

    func onDisk<Result: Sendable>(
        _ body: (Project) async throws -> Result
    ) async throws -> Result {
        try await withScratchFolder { root in
            for (path, bytes) in files where !path.hasPrefix("host/") {
                let target = root.appending(path: path.replacing("dot-git/", with: ".git/"))
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                // `Data.write` waits for the disk.
                guard FileManager.default.createFile(atPath: target.path, contents: Data(bytes)) else {
                    throw CocoaError(.fileWriteUnknown)
                }
                // Whatever the umask of this process is.
                try FileManager.default.setAttributes(
                    [.posixPermissions: modes[path] ?? 0o644], ofItemAtPath: target.path)
            }
            return try await body(try await loadProject(at: root))
        }
    }

    /// Runs the check on the files, from the folder on disk to its findings.
    /// - Parameter tellsOnce: what one remedy mends is one finding, as in a report.
    func run(tellsOnce: Bool = true) async throws -> Outcome {
        try await read { project in
            let catalogue = try Catalogue.builtin()
            // Whether an ignore comment hides something is known only where the check that it names has run.
            let judgesComments = BuiltinChecks.types.contains { $0.id == check && $0 is any IgnoreCheck.Type }
            let selection = judgesComments ? CheckSelection() : CheckSelection(only: [check])
            let runner = try Runner(
                configuration: project.configuration, selection: selection, catalogue: catalogue,
                today: Day(year: 2026, month: 11, day: 25))
            let host = try recordedHost(in: files, hearing: runner.hostQuestions)
            var outcome = await runner.run(on: project) { host }
            outcome.findings = outcome.findings.filter { $0.check == check }
            if tellsOnce { outcome.tellSharedRemediesOnce() }
            return outcome
        }
    }
}

/// A line of a case's `expected`: `check path:line:column severity part of the message`; no line and column where the
/// finding is about the file as a whole, and `-` for a path where it is about the Docker host.
struct ExpectedFinding: Sendable, CustomStringConvertible {
    let check: CheckID
    let path: String
    let position: SourcePosition?
    let severity: Severity
    let fragment: String

    /// - Returns: nil where the line is not of this form.
    init?(line: String) {
        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count >= 3, let severity = Severity(rawValue: parts[2]) else { return nil }
        check = CheckID(parts[0])
        self.severity = severity
        fragment = parts.count == 4 ? parts[3] : ""
        let place = parts[1].split(separator: ":").map(String.init)
        if place.count == 3, let line = Int(place[1]), let column = Int(place[2]) {
            path = place[0]
            position = SourcePosition(line: line, column: column)
        } else {
            path = parts[1] == "-" ? Finding.host : parts[1]
            position = nil
        }
    }

    func matches(_ finding: Finding) -> Bool {
        finding.check == check && finding.path == path && finding.severity == severity
            && finding.range?.start == position && finding.message.contains(fragment)
    }

    var description: String { "\(check) \(placeText(path, position)) \(severity) \(fragment)" }
}

func placeText(_ path: String, _ position: SourcePosition?) -> String {
    (path == Finding.host ? "-" : path) + (position.map { ":\($0.line):\($0.column)" } ?? "")
}

extension Finding {
    /// As a line of `expected`.
    var reportLine: String { "\(check) \(placeText(path, range?.start)) \(severity) \(message)" }
}

/// The folders of `checks/`, read from the work tree: what a person edits, not what the last build embedded.
enum CheckFolders {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "checks")

    static let ids: [CheckID] = contents(of: root).filter { isFolder(root.appending(path: $0)) }.map {
        CheckID($0)
    }

    static let cases: [CaseProject] = ids.flatMap { id in
        let folder = root.appending(path: "\(id)/cases")
        return contents(of: folder).map { name in load(folder.appending(path: name), check: id) }
    }

    static func contents(of folder: URL) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0 != ".DS_Store" }.sorted()
    }

    static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }

    private static func load(_ folder: URL, check: CheckID) -> CaseProject {
        var files: [String: [UInt8]] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
            let file = folder.appending(path: path)
            if !isFolder(file), let data = try? Data(contentsOf: file) { files[path] = Array(data) }
        }
        let report = String(decoding: files.removeValue(forKey: "expected") ?? [], as: UTF8.self)
        let lines = report.split(separator: "\n").map(String.init)
        let findings = lines.filter { !$0.hasPrefix("#") }
        var project = CaseProject(
            check: check, name: folder.lastPathComponent, files: files,
            expected: findings.compactMap(ExpectedFinding.init(line:)))
        project.malformed = findings.filter { ExpectedFinding(line: $0) == nil }
        project.refusals = lines.filter { $0.hasPrefix("# refused: ") }.map { String($0.dropFirst(11)) }
        for line in lines where line.hasPrefix("# not: ") {
            project.exempt.formUnion(line.dropFirst(7).split { ", ".contains($0) }.map(String.init))
        }
        for line in lines where line.hasPrefix("# mode: ") {
            let parts = line.dropFirst(8).split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2 { project.modes[parts[1]] = Int(parts[0], radix: 8) }
        }
        return project
    }
}

extension CaseProject: CustomTestStringConvertible {
    var testDescription: String { "\(check)/\(name)" }
}
