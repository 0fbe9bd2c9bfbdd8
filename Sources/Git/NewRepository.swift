internal import Diagnostics
internal import Processes

/// Makes a repository with commits of its own, to demonstrate something.
///
/// git reads the configuration of the new repository alone, and no templates, which may bring hooks. Commits with the same
/// files have the same ids everywhere.
package struct NewRepository: Sendable {
    private let folder: String
    private let program: String
    private let environment: [String: String]

    /// - Parameters:
    ///   - folder: an absolute path without links; its `.git` is made.
    ///   - environment: this process's own.
    package init(in folder: String, environment: [String: String]) async throws(GitError) {
        let path = Processes.environment(environment, outside: folder)["PATH"] ?? "/usr/bin:/bin"
        guard let program = findProgram("git", path: path, outside: folder) else { throw .noGit }
        self.folder = folder
        self.program = program
        let parent = folder.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(folder[..<$0]) } ?? ""
        self.environment = [
            "PATH": path, "LC_ALL": "C",
            // Where git finds no configuration.
            "HOME": folder + "/.git", "XDG_CONFIG_HOME": folder + "/.git", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CEILING_DIRECTORIES": parent,
            "GIT_TERMINAL_PROMPT": "0",
        ]
        try await git(["init", "--quiet", "--template="])
        // Older ones than 2.28 know no `--initial-branch`.
        try await git(["symbolic-ref", "HEAD", "refs/heads/main"])
    }

    /// Commits all files of the folder.
    /// - Parameters:
    ///   - message: one line.
    ///   - time: seconds since 1970, in UTC.
    package func commit(_ message: String, at time: Int) async throws(GitError) {
        try await git(["add", "--all"])
        var person: [String: String] = [:]
        for role in ["AUTHOR", "COMMITTER"] {
            person["GIT_\(role)_NAME"] = "clm-doctor"
            person["GIT_\(role)_EMAIL"] = "clm-doctor@localhost"
            person["GIT_\(role)_DATE"] = "\(time) +0000"
        }
        try await git(["commit", "--quiet", "--message", message], person)
    }

    private func git(_ arguments: [String], _ more: [String: String] = [:]) async throws(GitError) {
        let command = Command(
            program: program, arguments: arguments, workingDirectory: folder,
            environment: environment.merging(more) { $1 }, timeLimit: .seconds(Limits.gitSeconds),
            outputLimit: Limits.gitOutputBytes)
        let output: Command.Output
        do { output = try await command.run() } catch {
            throw .failed(command: arguments[0], message: "\(error)")
        }
        guard output.succeeded else {
            let reason = String(decoding: output.standardError, as: UTF8.self).split(separator: "\n").first
            throw .failed(command: arguments[0], message: reason.map(String.init) ?? "it gave no reason")
        }
    }
}
