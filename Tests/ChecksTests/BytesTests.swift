import Diagnostics
import Dockerfile
import SourceText
import Testing

@testable import Catalogue
@testable import Checks

/// Bytes that are not UTF-8 in what edits are made of: their places are counted in bytes.
struct BytesTests {
    private func edits(_ files: [String: [UInt8]], _ check: CheckID) async throws -> [(
        text: [UInt8], edit: Edit
    )] {
        let project = CaseProject(check: check, name: "bad-bytes", files: files, expected: [])
        return try await project.run().findings.flatMap { finding in
            (finding.fix?.edits ?? []).map { edit in
                let bytes = files[edit.path] ?? []
                #expect(0 <= edit.bytes.lowerBound && edit.bytes.upperBound <= bytes.count)
                return (Array(bytes[edit.bytes]), edit)
            }
        }
    }

    @Test(arguments: [" # data", " # a longer comment behind it", "\t#x"])
    func commentInAnIgnoreFile(comment: String) async throws {
        let name: [UInt8] = [0xC4, 0xFA, 0xBA, 0xC3, 0xCA, 0xC0, 0xBD, 0xE7]
        let edits = try await edits(
            [
                "Dockerfile": Array("FROM debian\nCOPY . .\n".utf8),
                ".dockerignore": name + Array((comment + "\n").utf8),
            ], "dockerignore-gitignore-syntax")
        #expect(edits.map(\.text) == [Array(comment.utf8)])
    }

    @Test func mountOption() async throws {
        let bytes =
            Array("FROM debian\nRUN --mount=type=cache,target=/x,sharing=".utf8) + [0xE9]
            + Array(" true\n".utf8)
        for (text, _) in try await edits(["Dockerfile": bytes], "mount-syntax") {
            #expect(text == [0xE9] || text.isEmpty)
        }
        let target =
            Array("FROM debian\nRUN --mount=type=cache,target=/root/.cache/pi".utf8) + [0xE9]
            + Array(" pip install x y z\n".utf8)
        for (text, _) in try await edits(["Dockerfile": target], "cache-mount-dead-target") {
            #expect(text.starts(with: Array("/root".utf8)))
        }
    }

    @Test func unknownFlag() async throws {
        let bytes = Array("FROM debian\nCOPY --ch".utf8) + [0xE9] + Array("wn=1 a b\n".utf8)
        let problems = ParsedDockerfile(parsing: SourceText(path: "Dockerfile", bytes: bytes)).problems
        for replacement in problems.compactMap(\.replacement) {
            #expect(replacement.range.upperBound <= bytes.count)
        }
    }
}
