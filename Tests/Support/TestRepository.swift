import Foundation
import Processes

/// A git repository in a scratch folder.
package struct TestRepository {
    package let folder: ScratchFolder

    /// - Parameters:
    ///   - arguments: of `git init`.
    package init(
        _ files: [String: String] = [:], in folder: ScratchFolder? = nil, arguments: [String] = []
    ) async throws {
        self.folder = try folder ?? ScratchFolder()
        try await git(["init", "-q", "-b", "main"] + arguments + ["."])
        if !files.isEmpty { try await commit(files) }
    }

    @discardableResult
    package func git(_ arguments: [String], input: [UInt8] = []) async throws -> String {
        let output = try await Command(
            program: "/usr/bin/env",
            arguments: ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgSign=false"]
                + arguments,
            workingDirectory: folder.path,
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "GIT_CONFIG_GLOBAL": "/dev/null",
                "GIT_CONFIG_NOSYSTEM": "1",
            ], input: input, timeLimit: .seconds(1200), outputLimit: 1 << 20
        ).run()
        guard output.succeeded else {
            throw Failed(message: String(decoding: output.standardError, as: UTF8.self))
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    package func write(_ files: [String: String]) throws {
        for (path, text) in files { try folder.write(text, to: path) }
    }

    /// - Returns: the commit.
    @discardableResult
    package func commit(_ files: [String: String] = [:]) async throws -> String {
        try write(files)
        try await git(["add", "-A"])
        try await git(["commit", "-q", "--allow-empty", "-m", "x"])
        return try await git(["rev-parse", "HEAD"])
    }

    package struct Failed: Error { let message: String }
}
