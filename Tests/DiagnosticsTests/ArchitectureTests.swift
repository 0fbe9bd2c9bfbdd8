import Foundation
import Testing

/// What `docs/architecture.md` says of the targets is what `Package.swift` and the sources have.
@Suite struct ArchitectureTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The targets of the program, each with those of them that it depends on directly.
    private func targets() throws -> [String: Set<String>] {
        let text = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        var targets: [String: Set<String>] = [:]
        let target =
            /library\(\s*"([A-Z]\w*)"(?:,\s*\[([^\]]*)\])?|executableTarget\(\s*name: "(clm-doctor)", dependencies: \[([^\]]*)\]/
        for match in text.matches(of: target) {
            let name = String(match.output.1 ?? match.output.3 ?? "")
            let list = match.output.2 ?? match.output.4 ?? ""
            targets[name] = Set(list.matches(of: /"([\w-]+)"/).map { String($0.output.1) })
        }
        return targets.mapValues { names in names.filter { targets[$0] != nil } }
    }

    /// The picture has an arrow for each dependency that does not follow from others.
    @Test func thePictureIsThePackage() throws {
        let targets = try targets()
        #expect(targets.count > 15)
        func reached(from name: String) -> Set<String> {
            (targets[name] ?? []).reduce(into: []) { $0.formUnion(reached(from: $1).union([$1])) }
        }
        var expected: Set<String> = []
        for (name, dependencies) in targets {
            for other in dependencies
            where !dependencies.contains(where: { reached(from: $0).contains(other) }) {
                expected.insert("\(name) --> \(other)")
            }
        }
        let page = try String(
            contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        let arrows = page.matches(of: /(?m)^ +([\w-]+) --> (\w+)$/).map {
            "\($0.output.1) --> \($0.output.2)"
        }
        #expect(arrows.sorted() == expected.sorted())
    }

    /// The targets that may touch files, processes or the terminal, and what others may take of the C library.
    private static let edges: Set = [
        "BuildContext", "DoctorCommands", "EmbedChecks", "EmbedChecksPlugin", "Git", "Host", "Processes",
        "Repository", "clm-doctor",
    ]
    private static let allowed = [
        // A signal handler reads what is examined: memory that no allocator owns.
        "Diagnostics/ExaminedFile.swift",
        // memchr(3) and memcmp(3).
        "Project/ByteSearch.swift",
    ]

    @Test func onlyEdgesTouchTheSystem() throws {
        let sources = Self.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        let system =
            /(?m)^(?:\w+ )?import (?:Glibc|Musl|Darwin|Foundation\w*|Dispatch|Subprocess|System\w*)$|^ *print\(|\bCommandLine\./
        var found: [String] = []
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            count += 1
            let name = String(file.path.dropFirst(sources.path.count + 1))
            if Self.edges.contains(String(name.prefix { $0 != "/" })) { continue }
            if try String(contentsOf: file, encoding: .utf8).contains(system) { found.append(name) }
        }
        #expect(count > 200)
        #expect(found.sorted() == Self.allowed.sorted())
    }
}
