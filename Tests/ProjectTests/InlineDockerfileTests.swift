import Diagnostics
import Dockerfile
import Repository
import SourceText
import Testing

@testable import Project

/// Dockerfiles that stand in compose files.
@Suite struct InlineDockerfileTests {
    private func project(_ compose: String) async throws -> Project {
        try await Project.load(
            from: Snapshot(holding: ["compose.yaml": Array(compose.utf8)]), options: LoadOptions())
    }

    private static let literal = """
        services:
          web:
            build:
              dockerfile_inline: |
                # syntax=docker/dockerfile:1
                FROM a

                RUN one \\
                  two
          api: {build: {dockerfile_inline: "FROM b\\nRUN x\\n"}}

        """

    @Test func aLineOfALiteralBlockIsOneOfTheFile() async throws {
        let project = try await project(Self.literal)
        #expect(project.builds.map(\.dockerfile) == ["compose.yaml#api", "compose.yaml#web"])
        let inline = try #require(project.inlineDockerfiles["compose.yaml#web"])
        let dockerfile = try #require(project.parsedDockerfile("compose.yaml#web"))
        #expect(dockerfile.directives.map(\.value) == ["docker/dockerfile:1"])
        let lines = dockerfile.instructions.map { inline.text.line(at: $0.range.lowerBound) }
        #expect(lines == [6, 8])
        #expect(inline.isExact)
        #expect(project.inlineDockerfiles["compose.yaml#api"]?.isExact == false)
    }

    @Test func findingsAndEditsPointIntoTheFile() async throws {
        let project = try await project(Self.literal)
        let inline = try #require(project.inlineDockerfiles["compose.yaml#web"])
        let run = try #require(project.parsedDockerfile("compose.yaml#web")?.instructions.last)
        let start = run.range.lowerBound
        let edit = Edit(path: "compose.yaml#web", bytes: start..<start, replacement: "RUN zero\n")
        let found = Finding(
            check: "x", severity: .warning, path: "compose.yaml#web", range: inline.text.range(of: run.range),
            message: "m", fix: Fix("f", edits: [edit], .safe), subject: "s")
        let placed = try #require(project.placed([found]).first)
        #expect(placed.path == "compose.yaml")
        #expect(placed.range?.start == SourcePosition(line: 8, column: 9))
        let file = try #require(project.statements.first?.source)
        var bytes = file.bytes
        for edit in placed.fix?.edits ?? [] {
            #expect(edit.path == "compose.yaml")
            bytes.replaceSubrange(edit.bytes, with: Array(edit.replacement.utf8))
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == Self.literal.replacing("        RUN one", with: "        RUN zero\n        RUN one"))
    }

    @Test func whatHasNoLinesPointsAtTheKey() async throws {
        let project = try await project(Self.literal)
        let inline = try #require(project.inlineDockerfiles["compose.yaml#api"])
        let found = Finding(
            check: "x", severity: .warning, path: "compose.yaml#api",
            range: inline.text.range(of: inline.text.bytes.count - 6..<inline.text.bytes.count), message: "m",
            fix: Fix(
                "f", edits: [Edit(path: "compose.yaml#api", bytes: 9..<9, replacement: "RUN y\n")], .safe),
            subject: "s")
        let placed = try #require(project.placed([found]).first)
        #expect(placed.range?.start == SourcePosition(line: 10, column: 17))
        #expect(placed.fix?.edits == [])
    }

    @Test func composeReplacesItsVariables() async throws {
        let project = try await project(
            """
            services:
              a:
                build:
                  dockerfile_inline: |
                    FROM x
                    RUN echo $$HOME
              b:
                build:
                  dockerfile_inline: |
                    FROM x
                    RUN echo $HOME
            """)
        let inline = try #require(project.inlineDockerfiles["compose.yaml#a"])
        #expect(
            String(decoding: inline.text.bytes.drop { $0 == 0x0A }, as: UTF8.self)
                == "FROM x\nRUN echo $HOME\n")
        #expect(!inline.isExact)
        #expect(project.inlineDockerfiles["compose.yaml#b"] == nil)
        #expect(
            project.notes.map(\.message) == [
                "service b: its Dockerfile stands in the compose file (dockerfile_inline) and is not examined: it has a "
                    + "variable of Compose's that nothing sets (`$$` is a `$` of the shell's)"
            ])
    }
}
