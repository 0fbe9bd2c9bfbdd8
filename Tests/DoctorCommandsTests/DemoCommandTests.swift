import DoctorCommands
import Foundation
import TestSupport
import Testing

@Suite struct DemoCommandTests {
    private func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    private func run(_ arguments: String..., in folder: ScratchFolder) async -> Session {
        await Session.run(
            ["demo"] + arguments, at: folder.path,
            environment: ["LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": folder.path])
    }

    /// What is shown is what the commands that are shown print there.
    @Test func itShowsWhatItsCommandsPrint() async throws {
        let folder = try ScratchFolder()
        let demo = await run(in: folder)
        #expect(demo.status == .clean)
        #expect(demo.errors == "")
        let name = try #require(try names(in: folder.path).first)
        #expect(try names(in: folder.path) == [name])
        let place = folder.path(of: name)
        let commands = demo.output.split(separator: "\n").filter { $0.hasPrefix("$ clm-doctor ") }
        #expect(commands.count == 3)
        for command in commands {
            let words = command.split(separator: " ").dropFirst(2).map(String.init)
            let session = await Session.run(words, at: place)
            #expect(session.output.utf8.count > 500)
            #expect(demo.output.contains(session.output), "\(command)")
        }
        for text in [
            "[ci-no-cache]", "+    pip install -r api/requirements.txt", "api  slow", "cd \(place)\n",
        ] {
            #expect(demo.output.contains(text), "\(text)")
        }
        // The folder is a repository as others are, and the same on every machine.
        let scratch = try await folder.git("-C", place, "log", "--format=%s %h", "-n", "1")
        #expect(scratch.hasPrefix("Welcome who comes "))
        #expect(try await folder.git("-C", place, "status", "--porcelain") == "")
        let other = try ScratchFolder()
        _ = await run("shop", in: other)
        #expect(try await other.git("-C", "shop", "log", "--format=%s %h", "-n", "1") == scratch)
    }

    @Test func aFolderThatIsNotEmptyIsRefused() async throws {
        let folder = try ScratchFolder()
        try folder.write("mine", to: "full/notes")
        try folder.write("mine", to: "file")
        for name in ["full", "file", "", "nothing/below"] {
            let session = await run(name, in: folder)
            #expect(session.status == .usage, "\(name)")
            #expect(session.errors.hasPrefix("error: "), "\(session.errors)")
        }
        #expect(try names(in: folder.path(of: "full")) == ["notes"])
        #expect(try names(in: folder.path) == ["file", "full"])
    }

    @Test func anEmptyFolderIsTaken() async throws {
        let folder = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path(of: "empty"), withIntermediateDirectories: false)
        #expect(await run("empty", in: folder).status == .clean)
        #expect(folder.exists("empty/api/Dockerfile"))
    }
}
