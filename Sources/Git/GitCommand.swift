package import Processes

extension Repository {
    /// Which files of the work tree a listing holds.
    package enum Listing: Sendable {
        /// Those of the index.
        case tracked
        /// Neither in the index nor ignored.
        case untracked
        /// Ignored by any of git's ignore files; a folder that is ignored as a whole stands for its files and ends in `/`.
        case ignored
    }

    /// Lists files with one git process.
    /// - Parameters:
    ///   - git: absolute path of the program.
    ///   - environment: this process's own; a small part of it is passed on.
    /// - Returns: paths relative to the root, in git's order.
    package func files(
        _ listing: Listing, git: String, environment: [String: String]
    ) async throws(GitError) -> [String] {
        let options =
            switch listing {
            case .tracked: ["--cached"]
            case .untracked: ["--others", "--exclude-standard"]
            case .ignored:
                ["--others", "--ignored", "--exclude-standard", "--directory", "--no-empty-directory"]
            }
        let output = try await run(["ls-files", "-z"] + options, git: git, environment: environment)
        return output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs a git command that only reads.
    /// - Returns: its standard output.
    func run(
        _ arguments: [String], git: String, environment: [String: String]
    ) async throws(GitError) -> [UInt8] {
        let command = Command(
            program: git, arguments: Self.safeSettings + arguments, workingDirectory: root,
            environment: Self.safeEnvironment(environment, root: root), timeLimit: .seconds(60),
            outputLimit: 256 << 20)
        let output: Command.Output
        do {
            output = try await command.run()
        } catch {
            throw .notRun(error)
        }
        guard output.succeeded else {
            let text = String(decoding: output.standardError, as: UTF8.self)
            if text.contains("dubious ownership") || text.contains("safe.directory") {
                throw .foreignOwner(root)
            }
            throw .failed(text.split(separator: "\n").first.map(String.init) ?? "git \(arguments[0]) failed")
        }
        return output.standardOutput
    }

    /// A repository's own configuration may name programs (git-config(1)); what stands on the command line wins over it.
    private static let safeSettings: [String] = {
        let settings = [
            "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "core.editor=false",
            "core.sshCommand=false", "core.gitProxy=", "core.askPass=", "core.alternateRefsCommand=false",
            "core.untrackedCache=false", "credential.helper=", "diff.external=", "gpg.program=false",
            "uploadpack.packObjectsHook=", "protocol.allow=never", "submodule.recurse=false",
            "safe.bareRepository=explicit", "log.showSignature=false", "maintenance.auto=false", "gc.auto=0",
        ]
        return ["--no-pager", "--no-optional-locks", "--literal-pathspecs"] + settings.flatMap { ["-c", $0] }
    }()

    /// No `GIT_*` of the caller; nothing is fetched, nothing is asked, nothing is written.
    private static func safeEnvironment(_ environment: [String: String], root: String) -> [String: String] {
        var safe = filteredEnvironment(environment)
        safe["GIT_OPTIONAL_LOCKS"] = "0"
        safe["GIT_NO_LAZY_FETCH"] = "1"
        // Older git knows no GIT_NO_LAZY_FETCH; it may fetch by no protocol at all, whatever a configuration says.
        safe["GIT_ALLOW_PROTOCOL"] = "none"
        safe["GIT_TERMINAL_PROMPT"] = "0"
        safe["GIT_ATTR_NOSYSTEM"] = "1"
        // `core.worktree` may point anywhere.
        safe["GIT_WORK_TREE"] = root
        return safe
    }
}

/// Why git did not answer.
package enum GitError: Error, Sendable, CustomStringConvertible {
    case notRun(Command.Failure)
    /// The repository belongs to another user, and git does not trust it.
    case foreignOwner(String)
    /// With the first line of what git says.
    case failed(String)

    package var description: String {
        switch self {
        case .notRun(let failure): "\(failure)"
        case .foreignOwner(let root):
            "\(root) belongs to another user; if you trust it: git config --global --add safe.directory \(root)"
        case .failed(let message): message
        }
    }
}
