import BuildRecords
import Dockerfile
import Foundation
import Impact
import Project
import SourceText

/// One build of a repository, over its commits.
struct History {
    let name: String
    private let repository: String
    private let dockerfile: String
    private let context: String
    private let target: String?
    private let folder: URL
    /// Both sides of a pair are checked out here, one after the other, as a user does.
    private var tree: String { folder.appending(path: "tree").path }

    /// What became of the pairs.
    struct Result {
        var pairs = 0
        var steps = 0
        var falseCached = 0
        var falseRebuild = 0
        var otherMisses = 0
        /// One line for each step that is not as predicted.
        var misses: [String] = []
        /// Why pairs were left out, and how many.
        var leftOut: [String: Int] = [:]

        /// Pairs, steps, agreement, false `cached`, false `rebuild`, other misses, left out.
        var row: String {
            let agreed = steps - falseCached - falseRebuild - otherMisses
            let reasons = leftOut.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
            return [
                "\(pairs)", "\(steps)", "\(agreed)", "\(falseCached)", "\(falseRebuild)", "\(otherMisses)",
                reasons.joined(separator: "; "),
            ].joined(separator: " | ")
        }
    }

    init(_ text: String) throws {
        let parts = text.split(separator: ":").map(String.init)
        repository = parts[0]
        dockerfile = parts[1]
        context = parts[2]
        target = parts.count > 3 ? parts[3] : nil
        name = URL(filePath: repository).lastPathComponent + " " + parts.dropFirst().joined(separator: " ")
        folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: folder.appending(path: "tree").path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    // MARK: - Pairs

    /// Judges pairs of commits, the newest first.
    func judge(pairs wanted: Int, on engines: [StubEngine]) async -> Result {
        var result = Result()
        // What was learned for one pair helps the others.
        var needs = StandInNeeds()
        for (base, head) in (try? await candidates(wanted * 3)) ?? [] where result.pairs < wanted {
            do {
                try await judge(base, head, engines, &needs, &result)
            } catch let reason as LeftOut {
                result.leftOut[reason.reason, default: 0] += 1
            } catch {
                result.leftOut[
                    "\(error)".split(separator: "\n").first.map { String($0.prefix(120)) } ?? "", default: 0] +=
                    1
            }
        }
        return result
    }

    /// Commits of the first-parent line that change what the build could read, each with the one before it: half of
    /// them change the Dockerfile.
    private func candidates(_ count: Int) async throws -> [(String, String)] {
        func commits(_ paths: [String], _ count: Int) async throws -> [(String, String)] {
            let output = try await run(
                "git",
                ["-C", repository, "log", "--first-parent", "--format=%H %P", "-n", "\(count)", "--"]
                    + paths)
            return output.split(separator: "\n").compactMap { line in
                let names = line.split(separator: " ").map(String.init)
                return names.count > 1 ? (names[1], names[0]) : nil
            }
        }
        let ofDockerfile = try await commits([dockerfile, "\(dockerfile).dockerignore"], count / 2)
        let others = try await commits([context], count * 6).filter { pair in
            !ofDockerfile.contains { $0.1 == pair.1 }
        }
        let spread = stride(from: 0, to: others.count, by: max(1, others.count / count)).map { others[$0] }
        // Taken in turns, so that both kinds are among the first.
        var mixed: [(String, String)] = []
        for index in 0..<max(ofDockerfile.count, spread.count) {
            if index < ofDockerfile.count { mixed.append(ofDockerfile[index]) }
            if index < spread.count { mixed.append(spread[index]) }
        }
        return mixed
    }

    private func judge(
        _ base: String, _ head: String, _ engines: [StubEngine], _ needs: inout StandInNeeds,
        _ result: inout Result
    ) async throws {
        let impact = try await predicted(base, head)
        for commit in [base, head] {
            try await checkOut(commit)
            try needs.add(makeLocal("\(tree)/\(dockerfile)"), target: target)
        }
        var options = Pair.Options()
        options.file = dockerfile
        options.context = context
        options.target = target
        var truth: Truth?
        while truth == nil {
            do {
                truth = try await build(base, head, options, engines, needs)
            } catch let error as CommandFailed {
                guard needs.learn(from: error.message) else { throw LeftOut(error.message) }
            }
        }
        let prediction = Prediction(impact)
        result.pairs += 1
        result.steps += prediction.steps.count
        for difference in prediction.differences(from: truth!.states) {
            switch difference.predicted?.state {
            case .cached: result.falseCached += 1
            case .rebuild: result.falseRebuild += 1
            default: result.otherMisses += 1
            }
            result.misses.append("\(base.prefix(10))..\(head.prefix(10)) \(difference)")
        }
    }

    private func predicted(_ base: String, _ head: String) async throws -> BuildImpact {
        var request = ImpactRequest(
            folder: repository, base: base, head: .commit(head),
            options: LoadOptions(environment: ProcessInfo.processInfo.environment))
        request.allSteps = true
        request.build = Build(
            name: "it", dockerfile: dockerfile, context: .directory(context), target: target)
        let report = try await ImpactReport.make(request)
        guard let impact = report.builds.first else { throw LeftOut("no prediction") }
        if let problem = impact.problem {
            throw LeftOut(problem.hasSuffix("nothing is built") ? "no Dockerfile" : "clm-doctor: \(problem)")
        }
        if impact.steps.contains(where: { $0.cause == .newBuild }) { throw LeftOut("no build at the base") }
        return impact
    }

    /// Both sides on each engine, all engines at once.
    private func build(
        _ base: String, _ head: String, _ options: Pair.Options, _ engines: [StubEngine],
        _ needs: StandInNeeds
    ) async throws -> Truth {
        var logs: [StubEngine.Mode: BuildRecord] = [:]
        for commit in [base, head] {
            try await checkOut(commit)
            _ = try makeLocal("\(tree)/\(dockerfile)")
            logs = try await engines.together { engine in
                if commit == base {
                    try await engine.makeStandIns(needs)
                    try await engine.prune()
                }
                return try await engine.build(options, in: tree)
            }
        }
        return Truth(logs)
    }

    // MARK: - The tree

    /// Makes the tree that of a commit; what the two have in common is left alone.
    private func checkOut(_ commit: String) async throws {
        try await run(
            "git",
            [
                "-C", repository, "-c", "core.hooksPath=/dev/null", "--work-tree", tree, "read-tree",
                "--reset", "-u", commit,
            ],
            environment: [
                "GIT_INDEX_FILE": folder.appending(path: "index").path, "GIT_LFS_SKIP_SMUDGE": "1",
            ])
        try FileManager.default.createDirectory(atPath: tree + "/.git", withIntermediateDirectories: true)
        try commit.write(toFile: tree + "/.git/HEAD", atomically: false, encoding: .utf8)
    }

    /// Makes a Dockerfile one that needs no registry: no syntax image, and digests become tags. Two that differ still do.
    /// - Returns: its text.
    private func makeLocal(_ file: String) throws -> String {
        guard var text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw LeftOut("no Dockerfile")
        }
        text = text.replacing(/(?m)^#\s*syntax\s*=/.ignoresCase(), with: "# was syntax:")
        text = text.replacing(/[\w.\/:\-]+@sha256:([0-9a-f]{12})[0-9a-f]*/) { "pinned:\($0.output.1)" }
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        return text
    }
}

/// Why a pair cannot be judged.
private struct LeftOut: Error {
    let reason: String

    /// - Parameter message: commit names and paths in it are cut, so that equal reasons are counted together.
    init(_ message: String) {
        let line = message.split(separator: "\n").last.map(String.init) ?? message
        reason = String(
            line.replacing(/ref \S+::\S+/, with: "ref").replacing("|", with: "/").prefix(160))
    }
}
