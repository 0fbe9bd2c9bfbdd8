import Diagnostics
import Git
import Project
import Repository
import SourceText
import TestSupport
import Testing

@testable import Catalogue
@testable import Checks

/// A project is the same whatever its files are read from: over the files of all cases.
@Suite(.serialized) struct SnapshotTests {
    /// On disk, in memory, in a commit, and on disk with all files replaced by what they hold.
    @Test func allSnapshotsOfTheSameFilesAreOneProject() async throws {
        let cases = CheckFolders.cases.filter(\.isCommittable)
        #expect(cases.count > CheckFolders.cases.count * 9 / 10)
        let repository = try ScratchFolder()
        try await commit(cases, to: repository)
        let history = try await GitHistory(
            holding: repository.path, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"])
        for (number, example) in cases.enumerated() {
            let head = try await history.commit("refs/heads/c\(number)")
            let commit = try await Snapshot.commit(head, of: history, reading: Project.concerns)
            try await example.onDisk { project in
                let disk = Snapshot(onDisk: project.root)
                let expected = try await Examined(disk, example)
                let replaced = disk.replacing(
                    example.texts.filter { expected.project.dockerfiles[$0.key] != nil })
                let others = [
                    ("in memory", Snapshot(holding: example.texts)), ("in a commit", commit),
                    ("replaced", replaced),
                ]
                for (name, snapshot) in others {
                    let differences = try await Examined(snapshot, example).differences(from: expected)
                    #expect(differences == [], "\(example), \(name)")
                }
            }
        }
    }

    /// Each as a commit without a parent.
    private func commit(_ cases: [CaseProject], to folder: ScratchFolder) async throws {
        var stream: [UInt8] = []
        for (number, example) in cases.enumerated() {
            stream += "commit refs/heads/c\(number)\ncommitter t <t@t> 1 +0000\ndata 0\n".utf8
            for (path, bytes) in example.texts.sorted(by: { $0.key < $1.key }) {
                let mode = example.modes[path] == 0o755 ? 755 : 644
                stream += "M 100\(mode) inline \(path)\ndata \(bytes.count)\n".utf8 + bytes + "\n".utf8
            }
        }
        let repository = try await TestRepository(in: folder, arguments: ["--bare"])
        try await repository.git(["fast-import", "--quiet"], input: stream)
    }
}

/// A project as it was read, with what its check finds in it.
private struct Examined {
    let project: Project
    let findings: [String]

    init(_ snapshot: Snapshot, _ example: CaseProject) async throws {
        project = try await Project.load(from: snapshot, options: LoadOptions())
        let runner = try Runner(
            configuration: project.configuration, selection: CheckSelection(only: [example.check]),
            catalogue: try Catalogue.builtin(), today: Day(year: 2026, month: 11, day: 25))
        findings = await runner.run(on: project).findings.map { "\($0.reportLine) \($0.cost)" }
    }

    func differences(from other: Examined) -> [String] {
        let (left, right) = (fields, other.fields)
        let fields = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
        return fields.sorted().map { "\($0): \(left[$0] ?? "none") and \(right[$0] ?? "none")" }
            + findings.filter { !other.findings.contains($0) }
            + other.findings.filter { !findings.contains($0) }
    }

    /// Every stored property by its name, down to the values, whatever the order of dictionaries.
    private var fields: [String: String] {
        Dictionary(
            uniqueKeysWithValues: Mirror(reflecting: project).children.compactMap { child in
                child.label.flatMap { $0 == "snapshot" ? nil : ($0, text(of: child.value)) }
            })
    }

    private func text(of value: Any) -> String {
        if let source = value as? SourceText { return "\(source.path): \(source.bytes)" }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else {
            // A script may name the folder that it lies in.
            return "\(value)".replacing(project.root, with: "/root")
        }
        let parts = mirror.children.map { "\($0.label ?? "")=\(text(of: $0.value))" }
        let isOrdered = mirror.displayStyle != .dictionary && mirror.displayStyle != .set
        return "(" + (isOrdered ? parts : parts.sorted()).joined(separator: ",") + ")"
    }
}

extension CaseProject {
    /// What lies in the project, by path.
    fileprivate var texts: [String: [UInt8]] { files.filter { !$0.key.hasPrefix("host/") } }

    /// Without a state of git's own, without files that git ignores, and with permissions that git keeps.
    fileprivate var isCommittable: Bool {
        !files.keys.contains { $0.hasPrefix("dot-git/") || $0.split(separator: "/").last == ".gitignore" }
            && modes.values.allSatisfy { $0 == 0o644 }
    }
}
