import DoctorCommands
import Foundation
import TestSupport
import Testing

/// `clm-doctor replay`: what it prints, and where.
@Suite struct ReplayCommandTests {
    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write("FROM node:20\nCOPY package.json .\nRUN npm ci\nCOPY . .\n", to: "Dockerfile")
        try folder.write(".git\n", to: ".dockerignore")
        try await folder.git(["init", "-q", "-b", "main"])
        for number in 1...3 {
            try folder.write("\(number)", to: "a\tb.md")
            if number != 2 { try folder.write("{\"a\": \(number)}", to: "package.json") }
            try await folder.git(["add", "-A"])
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x"])
        }
        return folder
    }

    @Test func printsALineForEachStep() async throws {
        let folder = try await repository()
        let session = await Session.run("replay", "--format", "concise", in: folder)
        #expect(session.status == .clean)
        let lines = session.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        #expect(
            lines == [
                ["Dockerfile:2", "Dockerfile", "[2/4]", "1", "1", "2", "-", "package.json"],
                ["Dockerfile:3", "Dockerfile", "[3/4]", "1", "1", "2", "-", "-"],
                ["Dockerfile:4", "Dockerfile", "[4/4]", "2", "2", "2", "-", "a\\tb.md"],
            ], "\(session.output)")
    }

    @Test func writesToAFile() async throws {
        let folder = try await repository()
        let session = await Session.run(
            "replay", "--format", "markdown", "--output", "replay.md", in: folder)
        #expect(session.status == .clean)
        #expect(session.output.isEmpty)
        let text = try String(contentsOfFile: folder.path(of: "replay.md"), encoding: .utf8)
        #expect(text.hasPrefix("### 2 commits from "))
    }

    @Test(arguments: [
        (["--last", "0"], "--last takes a number from 1"), (["--since", ""], "--since is empty"),
        (["--what-if", "repairs", "--dockerfile", "as-was"], "as-was does not take them"),
        (["nothing"], "nothing"), (["--format", "html"], "html"),
    ])
    func saysWhatIsWrong(_ options: [String], _ text: String) async throws {
        let session = await Session.run(["replay"] + options, in: try await repository())
        #expect(session.status == .usage)
        #expect(session.errors.contains(text), "\(session.errors)")
    }
}
