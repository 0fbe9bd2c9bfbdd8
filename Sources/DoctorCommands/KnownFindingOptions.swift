import ArgumentParser
import Checks
import Diagnostics
import Git
import Project
import SourceText

/// What is known already, and is not told again.
struct KnownFindingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Tell only what is not in this file, which --update-baseline writes.", valueName: "file"))
    var baseline: String?

    @Flag(help: "Write what is found now to --baseline, and take out of it what is not found any more.")
    var updateBaseline = false

    @Option(
        help: ArgumentHelp(
            """
            Tell only what the change since this commit brought: the work tree against where HEAD left it. The Docker \
            host is not asked.
            """, valueName: "rev"))
    var newSince: String?

    func validate() throws {
        if updateBaseline, baseline == nil {
            throw ValidationError("--update-baseline needs --baseline, the file")
        }
        if updateBaseline, newSince != nil {
            throw ValidationError(
                "--update-baseline and --new-since exclude each other: a baseline holds all that is found")
        }
    }

    /// Leaves out of an outcome what is known.
    /// - Parameters:
    ///   - paths: as the command line has them.
    ///   - examine: lets the same checks judge absolute paths that hold another state of the project.
    /// - Throws: `CommandFailure`.
    func leaveOutKnown(
        of outcome: inout Outcome, in project: Project, paths: [String],
        surroundings: Surroundings, examine: ([String]) async throws -> Outcome
    ) async throws {
        if let newSince {
            let before = try await findings(
                since: newSince, project: project, paths: paths, surroundings: surroundings,
                examine: examine)
            let files = Set(project.dockerfiles.keys).union(project.statements.map(\.source.path))
            outcome.leaveOut(before: before) { !files.contains($0) }
        }
        if let baseline { try apply(baseline, to: &outcome, in: project, paths: paths, surroundings) }
    }

    // MARK: - Baseline

    private func apply(
        _ path: String, to outcome: inout Outcome, in project: Project, paths: [String],
        _ surroundings: Surroundings
    ) throws {
        let place = surroundings.absolute(path)
        var known = Baseline(of: [])
        do throws(FileWriting.Failure) {
            if let bytes = try FileWriting.read(place, limit: Limits.baselineBytes) {
                known = try Self.baseline(bytes, path)
            } else if !updateBaseline {
                throw FileWriting.Failure(
                    path: path, problem: "does not exist; --update-baseline writes it")
            }
        } catch {
            throw CommandFailure.usage(error.description)
        }
        let files = Set(project.dockerfiles.keys).union(project.statements.map(\.source.path))
        let stale = known.stale(after: outcome) { file in
            if file == Finding.host { return outcome.hostSilence == nil }
            return paths.isEmpty || files.contains(file)
        }
        if updateBaseline {
            let found = Set(outcome.findings.map(\.fingerprint))
            let gone = Set(stale)
            let kept = known.entries.filter { !gone.contains($0) && !found.contains($0.fingerprint) }
            known = Baseline(of: outcome.findings, keeping: kept)
            do { try FileWriting.replace(place, with: known.text) } catch {
                throw CommandFailure.usage(error.description)
            }
        } else if let first = stale.first {
            let others = stale.count > 1 ? " and \(stale.count - 1) more" : ""
            outcome.notes.append(
                "\(path) has what is not found any more: \(first.check.name) in "
                    + "\(first.path == Finding.host ? "the Docker host" : first.path)\(others); --update-baseline takes it out"
            )
        }
        outcome.leaveOut(known)
    }

    private static func baseline(_ bytes: [UInt8], _ path: String) throws(FileWriting.Failure) -> Baseline {
        do { return try Baseline(reading: bytes) } catch {
            throw FileWriting.Failure(path: path, problem: "cannot be used: \(error)")
        }
    }

    // MARK: - The state before the change

    private func findings(
        since name: String, project: Project, paths: [String], surroundings: Surroundings,
        examine: ([String]) async throws -> Outcome
    ) async throws -> Outcome {
        do {
            let history = try await GitHistory(holding: project.root, environment: surroundings.environment)
            guard !history.isBare else { throw GitError.noWorkTree }
            let base = try await history.mergeBase(with: history.commit(name))
            let snapshot = try await ProjectSnapshot.commit(base, of: history)
            // The same part of the repository, as far as it was there.
            let parts =
                paths.isEmpty
                ? [snapshot.root]
                : snapshot.paths(like: paths.map { surroundings.absolute($0) }, in: project.root)
            guard !parts.isEmpty else { return Outcome() }
            return try await examine(parts)
        } catch let error as GitError {
            throw CommandFailure.usage("--new-since: \(error)")
        } catch let error as LoadError {
            throw CommandFailure.usage("--new-since: \(error)")
        }
    }
}
