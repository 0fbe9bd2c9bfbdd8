import ArgumentParser
import Diagnostics
import Git
import Project

/// What the repository's own files may not change.
struct PolicyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Hold the repository's own configuration, ignore comments and baseline to this file, which lies outside of \
            the repository or in a commit of it, such as origin/main:policy.yaml.
            """, valueName: "file"), completion: .file())
    var policy: String?

    @Flag(
        help:
            "Heed none of the repository's own exceptions, and exit with 2 where something was not examined."
    )
    var strict = false

    var isGiven: Bool { policy != nil || strict }

    /// - Parameters:
    ///   - root: absolute path of the repository.
    ///   - options: what checks there are.
    /// - Throws: `CommandFailure`.
    func load(root: String, options: LoadOptions, in surroundings: Surroundings) async throws -> Policy {
        var policy = Policy()
        do {
            if let file = self.policy {
                policy =
                    if let commit = try await readCommit(file, root: root, surroundings) {
                        try Policy(reading: commit, path: file, options: options)
                    } else {
                        try Policy.load(
                            surroundings.named(file), shown: file, outside: root, options: options)
                    }
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure.usage("--policy: \(error)")
        }
        if strict { policy.makeStrict() }
        return policy
    }

    /// - Returns: nil where the name is that of a file on disk.
    private func readCommit(
        _ name: String, root: String, _ surroundings: Surroundings
    ) async throws -> [UInt8]? {
        let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, !name.hasPrefix("/"), !name.hasPrefix(".") else { return nil }
        let history = try await GitHistory(holding: root, environment: surroundings.environment)
        let commit = try await history.commit(parts[0])
        let tree = try await history.read([commit.description]).tree
        guard let entry = tree.entry(Array(parts[1].utf8)), entry.kind == .file, let id = entry.id,
            let bytes = try await history.contents(of: [id], limit: Limits.textFileBytes)[0]
        else { throw CommandFailure.usage("--policy: \(parts[0]) has no file \(parts[1])") }
        return bytes
    }
}
