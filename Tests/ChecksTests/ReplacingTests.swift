import Project
import SourceText
import Testing

@testable import Checks

/// `Project.replacing` over the projects of all cases: what it gives is what reading the new files would give.
@Suite(.serialized) struct ReplacingTests {
    @Test func noFieldIsLost() async throws {
        for example in CheckFolders.cases {
            let project = try await example.loaded()
            var contents: [String: [UInt8]] = [:]
            for (path, source) in project.dockerfiles { contents[path] = source.bytes }
            for file in project.statements { contents[file.source.path] = file.source.bytes }
            let copy = project.replacing(contents)
            #expect(differences(copy, project) == [], "\(example)")
            #expect(copy.replaced.keys.sorted() == contents.keys.sorted())
        }
    }

    /// In the places where ignore comments stand: above each line that may have one.
    @Test func placesMoveWithComments() async throws {
        var compared = 0
        for example in CheckFolders.cases {
            let project = try await example.loaded()
            var changed = example
            var contents: [String: [UInt8]] = [:]
            for file in project.statements {
                guard let bytes = withOtherComments(file.source) else { continue }
                contents[file.source.path] = bytes
                changed.files[file.source.path.replacing(".git/", with: "dot-git/")] = bytes
            }
            guard !contents.isEmpty else { continue }
            compared += 1
            let differences = differences(project.replacing(contents), try await changed.loaded())
            #expect(differences.isEmpty, "\(example): \(differences)")
        }
        #expect(compared > 100)
    }

    /// The file with a comment more at its top and without its own comments of whole lines, where its kind has comments.
    private func withOtherComments(_ source: SourceText) -> [UInt8]? {
        guard !source.path.hasSuffix(".json"), !source.bytes.starts(with: Array("#!".utf8)) else {
            return nil
        }
        var bytes = Array("# one more, which names docker\n".utf8)
        for line in 1...source.lineCount {
            let start = source.lineStarts[line - 1]
            let end = line < source.lineCount ? source.lineStarts[line] : source.bytes.count
            let text = source.bytes[start..<end]
            if text.first(where: { $0 != 0x20 && $0 != 0x09 }) != UInt8(ascii: "#") { bytes += text }
        }
        return bytes
    }

    /// What is otherwise in two projects.
    private func differences(_ one: Project, _ other: Project) -> [String] {
        let (left, right) = (fields(of: one), fields(of: other))
        return Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
            .map { "\($0): \(left[$0] ?? "none") and \(right[$0] ?? "none")" }.sorted()
    }

    /// Every stored property by its name, down to the values, whatever the order of dictionaries.
    private func fields(of project: Project) -> [String: String] {
        let skipped: Set = ["root", "disk", "replaced"]
        return Dictionary(
            uniqueKeysWithValues: Mirror(reflecting: project).children.compactMap { child in
                child.label.flatMap { skipped.contains($0) ? nil : ($0, text(of: child.value)) }
            })
    }

    private func text(of value: Any) -> String {
        if let source = value as? SourceText { return "\(source.path): \(source.bytes)" }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else { return "\(value)" }
        let parts = mirror.children.map { "\($0.label ?? "")=\(text(of: $0.value))" }
        let isOrdered = mirror.displayStyle != .dictionary && mirror.displayStyle != .set
        return "(" + (isOrdered ? parts : parts.sorted()).joined(separator: ",") + ")"
    }
}
