import Foundation
import Processes
import TestSupport
import Testing

@testable import DoctorCommands

/// What the command line names, where a change has put links on the way to it; and what is written there.
struct NamedPathTests {
    /// A folder `r` with a Dockerfile, beside it `other`, which links in `r` lead to.
    private func folder(isRepository: Bool) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(Sample.error, to: "r/Dockerfile")
        if isRepository { try folder.write("ref: refs/heads/main\n", to: "r/.git/HEAD") }
        try folder.write("FROM debian\nRUN --mount=type=cache,secret-word=x true\n", to: "other/Dockerfile")
        try folder.write("secret-key: x\n", to: "other/s.yaml")
        try folder.symlink("r/services/api", to: folder.path(of: "other"))
        try folder.symlink("r/reports", to: "../other")
        try folder.symlink("r/own.yaml", to: "../other/s.yaml")
        try folder.symlink("r/inside", to: "nested/real")
        try folder.write(Sample.error, to: "r/nested/real/Dockerfile")
        return folder
    }

    private func run(_ arguments: [String], in folder: ScratchFolder) async -> (status: Int32, text: String) {
        let session = await Session.run(arguments, at: folder.path(of: "r"))
        return (session.status.rawValue, session.output + session.errors)
    }

    static let leadingOut = [
        ["services/api"], ["services/api/Dockerfile"], ["./services/../services/api"],
        ["--config", "own.yaml"], ["--config", "reports/s.yaml"], ["--baseline", "own.yaml"],
        ["--baseline", "reports/known.json", "--update-baseline"],
        ["--format", "sarif", "--output", "reports/r.sarif"], ["--output", "services/api/new/r.txt"],
        ["--check-program", "reports/program"],
        ["context", "--file", "services/api/Dockerfile"],
        ["context", "--file", "Dockerfile", "--context", "reports"],
        ["builds", "--config", "own.yaml"], ["checks", "--config", "own.yaml"],
    ]

    @Test(arguments: leadingOut, [true, false])
    func aLinkOfTheTreeThatLeadsOutIsRefused(arguments: [String], isRepository: Bool) async throws {
        let folder = try folder(isRepository: isRepository)
        let words =
            ["context", "builds", "checks"].contains(arguments[0]) ? arguments : ["check"] + arguments
        let (status, text) = await run(words + ["--no-host"], in: folder)
        #expect(status == 2)
        #expect(text.contains("is a link that leads out of \(folder.path(of: "r"))"), "\(text)")
        #expect(text.contains("name that place itself"))
        #expect(!text.contains("secret"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "other")).sorted() == [
                "Dockerfile", "s.yaml",
            ])
    }

    /// With the place itself, a link that stays inside, and a link that is nobody's but the user's.
    @Test func whatTheUserNamesIsExamined() async throws {
        let folder = try folder(isRepository: true)
        try folder.symlink("mine", to: "other")
        for path in [folder.path(of: "other"), "inside", "../mine", folder.path(of: "mine")] {
            let (status, text) = await run(
                ["check", "--no-host", "--only", "mount-syntax", path], in: folder)
            #expect(status == 1, "\(path): \(text)")
        }
    }

    @Test func aLinkInPlaceOfTheOutputIsReplaced() async throws {
        let folder = try folder(isRepository: true)
        _ = await run(["check", "--no-host", "--output", "own.yaml"], in: folder)
        #expect(try String(decoding: folder.read("other/s.yaml"), as: UTF8.self) == "secret-key: x\n")
        #expect(try String(decoding: folder.read("r/own.yaml"), as: UTF8.self).contains("mount"))
        try folder.symlink("r/known.json", to: "../other/s.yaml")
        let (status, text) = await run(
            ["check", "--no-host", "--baseline", "known.json", "--update-baseline"], in: folder)
        #expect(status == 0, "\(text)")
        #expect(!text.contains("secret"))
        #expect(try String(decoding: folder.read("other/s.yaml"), as: UTF8.self) == "secret-key: x\n")
        #expect(
            try String(decoding: folder.read("r/known.json"), as: UTF8.self).contains("clm-doctor/baseline/2")
        )
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.path(of: "r/inside"))
                == "nested/real")
    }

    // MARK: Pipes and devices

    @Test func aPipeThatNobodyReadsIsAnError() async throws {
        let folder = try folder(isRepository: true)
        try folder.makeFIFO("r/pipe")
        let (status, text) = await run(["check", "--no-host", "--output", "pipe"], in: folder)
        #expect(status == 2)
        #expect(text.contains("cannot be written: nobody reads this pipe"), "\(text)")
        let (updated, _) = await run(
            ["check", "--no-host", "--baseline", "pipe", "--update-baseline"], in: folder)
        #expect(updated == 2)
    }

    /// As a shell makes them of `>(…)`.
    @Test(arguments: ["/dev/fd/", "/proc/self/fd/"])
    func anOpenPipeIsWrittenTo(place: String) async throws {
        let folder = try folder(isRepository: true)
        let pipe = Pipe()
        let (_, text) = await run(
            [
                "check", "--no-host", "--format", "concise", "--only", "mount-syntax", "--output",
                "\(place)\(pipe.fileHandleForWriting.fileDescriptor)", "nested",
            ], in: folder)
        try pipe.fileHandleForWriting.close()
        let written = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(written.contains("mount-syntax"), "\(written) \(text)")
    }

    @Test func aDeviceIsWrittenTo() async throws {
        let folder = try folder(isRepository: true)
        let (status, text) = await run(
            ["check", "--no-host", "--only", "mount-syntax", "--output", "/dev/null"], in: folder)
        #expect(status == 1, "\(text)")
        #expect(FileManager.default.isWritableFile(atPath: "/dev/null"))
    }
}
