import Dockerfile
import Foundation
import Impact
import Processes
import Project
import TestSupport

/// A git repository in a scratch folder.
struct TestRepository {
    let folder: ScratchFolder

    init(_ files: [String: String] = [:], arguments: [String] = []) async throws {
        folder = try ScratchFolder()
        try await git(["init", "-q", "-b", "main"] + arguments + ["."])
        if !files.isEmpty { try await commit(files) }
    }

    @discardableResult
    func git(_ arguments: [String]) async throws -> String {
        let output = try await Command(
            program: "/usr/bin/env",
            arguments: ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgSign=false"]
                + arguments,
            workingDirectory: folder.path,
            environment: [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
                "GIT_CONFIG_GLOBAL": "/dev/null",
                "GIT_CONFIG_NOSYSTEM": "1",
            ], timeLimit: .seconds(60), outputLimit: 1 << 20
        ).run()
        guard output.succeeded else {
            throw Failed(message: String(decoding: output.standardError, as: UTF8.self))
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func write(_ files: [String: String]) throws {
        for (path, text) in files { try folder.write(text, to: path) }
    }

    /// - Returns: the commit.
    @discardableResult
    func commit(_ files: [String: String] = [:]) async throws -> String {
        try write(files)
        try await git(["add", "-A"])
        try await git(["commit", "-q", "--allow-empty", "-m", "x"])
        return try await git(["rev-parse", "HEAD"])
    }

    func impact(
        base: String? = nil, head: ImpactRequest.Head = .workTree, in path: String = "",
        allSteps: Bool = true
    ) async throws -> ImpactReport {
        var environment = ProcessInfo.processInfo.environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        var request = ImpactRequest(
            folder: folder.path(of: path), base: base, head: head,
            options: LoadOptions(environment: environment))
        request.allSteps = allSteps
        return try await ImpactReport.make(request)
    }

    struct Failed: Error { let message: String }
}

extension ImpactReport {
    /// `name`: the states of its steps, such as `[1/2] cached`.
    func states(_ name: String) -> [String] {
        builds.first { $0.name == name }?.steps.map { "\($0.label.description) \($0.state.rawValue)" } ?? []
    }

    func build(_ name: String) -> BuildImpact? { builds.first { $0.name == name } }
}
