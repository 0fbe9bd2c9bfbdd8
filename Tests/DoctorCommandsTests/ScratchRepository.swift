import Foundation
import Processes
import TestSupport
import Testing

extension ScratchFolder {
    func read(_ relative: String) throws -> [UInt8] {
        Array(try #require(FileManager.default.contents(atPath: path(of: relative))))
    }

    func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(of: relative)) }

    /// Runs git in the folder.
    /// - Returns: its standard output.
    @discardableResult
    func git(_ arguments: String..., input: String = "") async throws -> String {
        try await git(arguments, input: input)
    }

    @discardableResult
    func git(_ arguments: [String], input: String = "") async throws -> String {
        let output = try await Command(
            program: "/usr/bin/env", arguments: ["git", "-c", "commit.gpgSign=false"] + arguments,
            workingDirectory: path,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"],
            input: Array(input.utf8), timeLimit: .seconds(1200), outputLimit: 1 << 20
        ).run()
        try #require(output.succeeded, "\(String(decoding: output.standardError, as: UTF8.self))")
        return String(decoding: output.standardOutput, as: UTF8.self)
    }
}
