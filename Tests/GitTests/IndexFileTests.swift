import Foundation
import Git
import Processes
import TestSupport
import Testing

/// Indexes that git wrote, and what damage does to them.
@Suite struct IndexFileTests {
    private func git(_ arguments: [String], in folder: ScratchFolder) async throws {
        let output = try await Command(
            program: "/usr/bin/env", arguments: ["git", "-c", "core.fileMode=true"] + arguments,
            workingDirectory: folder.path,
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            ], timeLimit: .seconds(1200), outputLimit: 1 << 20
        ).run()
        #expect(output.succeeded, "\(arguments): \(String(decoding: output.standardError, as: UTF8.self))")
    }

    /// A repository with one executable file, one plain one, one that is only intended to be added, a link, and names of
    /// all lengths.
    private func makeRepository(
        _ options: [String] = [], then change: [[String]] = []
    ) async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try await git(["init", "-q"] + options + ["."], in: folder)
        for count in 1...17 { try folder.write("", to: "names/" + String(repeating: "n", count: count)) }
        try folder.write("#!/bin/sh\n", to: "bin/run")
        try folder.write("x", to: "bin/later")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(of: "bin/link"), withDestinationPath: "run")
        try await git(["add", "bin/run", "bin/link", "names"], in: folder)
        try await git(["add", "-N", "bin/later"], in: folder)
        try await git(["update-index", "--chmod=+x", "bin/run"], in: folder)
        for arguments in change { try await git(arguments, in: folder) }
        return folder
    }

    private func bytes(_ folder: ScratchFolder) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder.path(of: ".git/index"))))
    }

    @Test(
        arguments: [
            ([], []), ([], [["update-index", "--index-version", "4"]]),
            ([], [["update-index", "--untracked-cache"]]), (["--object-format=sha256"], []),
            (["--object-format=sha256"], [["update-index", "--index-version", "4"]]),
        ] as [([String], [[String]])])
    func whatGitWrites(options: [String], change: [[String]]) async throws {
        let bytes = try bytes(try await makeRepository(options, then: change))
        let index = try #require(IndexFile(parsing: bytes, pathBytes: 1000))
        #expect(index.isExecutable(Array("bin/run".utf8)) == true)
        #expect(index.isExecutable(Array("bin/later".utf8)) == false)
        for count in 1...17 {
            let name = "names/" + String(repeating: "n", count: count)
            #expect(index.isExecutable(Array(name.utf8)) == false)
        }
        for path in ["bin/link", "bin", "names/x", ""] {
            #expect(index.isExecutable(Array(path.utf8)) == nil)
        }
        #expect(IndexFile(parsing: bytes, pathBytes: 100) == nil)
    }

    @Test func splitIndexIsNotUnderstood() async throws {
        let folder = try await makeRepository(then: [["update-index", "--split-index"]])
        #expect(IndexFile(parsing: try bytes(folder), pathBytes: 1000) == nil)
    }

    @Test(arguments: [2, 4])
    func noDamageEndsTheProgram(version: Int) async throws {
        let folder = try await makeRepository(then: [["update-index", "--index-version", "\(version)"]])
        let bytes = try bytes(folder)
        for length in 0..<bytes.count {
            #expect(IndexFile(parsing: Array(bytes[..<length]), pathBytes: 1000) == nil, "\(length)")
        }
        // Sizes, counts and flags are among these; what comes out does not matter.
        for place in bytes.indices {
            for value: UInt8 in [0, 0x7F, 0x80, 0xFF] {
                var damaged = bytes
                damaged[place] = value
                _ = IndexFile(parsing: damaged, pathBytes: 1000)
            }
        }
        var later = bytes
        later[7] = 5
        #expect(IndexFile(parsing: later, pathBytes: 1000) == nil)
    }
}
