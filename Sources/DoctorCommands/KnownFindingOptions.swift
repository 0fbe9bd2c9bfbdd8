import ArgumentParser
import Checks
import Diagnostics
import Git
import Project
import Repository
import SourceText

/// What is known already, and is not told again.
struct KnownFindingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Tell only what is not in this file, which --update-baseline writes (default: what .clm-doctor.yaml says).
            """, valueName: "file"), completion: .file())
    var baseline: String?

    @Flag(help: "Write what is found now to the baseline, and take out of it what is not found any more.")
    var updateBaseline = false

    @Option(
        help: ArgumentHelp(
            """
            Tell only what the change since this commit brought: the work tree against where HEAD left it. The Docker \
            host is not asked.
            """, valueName: "rev"), completion: .ofRepository)
    var newSince: String?

    func validate() throws {
        if updateBaseline, newSince != nil {
            throw ValidationError(
                "--update-baseline and --new-since exclude each other: a baseline holds all that is found")
        }
    }

    /// Files that changed since `--new-since` and that were not read or not examined: nothing says that they brought no
    /// finding.
    /// - Throws: `CommandFailure`.
    func unreadChanges(in project: Project, surroundings: Surroundings) async throws -> [String] {
        guard let newSince, !project.unread.isEmpty else { return [] }
        do throws(GitError) {
            let history = try await GitHistory(holding: project.root, environment: surroundings.environment)
            guard !history.isBare else { return [] }
            let base = try await history.mergeBase(with: history.commit(newSince))
            let committed = try await history.changes(from: base.description, to: "HEAD")
            let status = try await history.status()
            let changed = Set(committed.map(\.path) + status.changes.map(\.path) + status.untracked)
            return project.unread.filter { changed.contains(Array($0.utf8)) }.sorted()
        } catch {
            throw CommandFailure.usage("--new-since: \(error)")
        }
    }

    /// Leaves out of an outcome what is known.
    /// - Parameters:
    ///   - paths: as the command line has them.
    ///   - policy: whether a baseline in the repository holds.
    ///   - examine: lets the same checks judge a part of another state of the repository.
    /// - Throws: `CommandFailure`.
    func leaveOutKnown(
        of outcome: inout Outcome, in project: Project, paths: [String], policy: Policy,
        surroundings: Surroundings, examine: (Snapshot, Project.Selection) async throws -> Outcome
    ) async throws {
        if let newSince {
            let (before, isConfigurationChanged) = try await findings(
                since: newSince, project: project, surroundings: surroundings, examine: examine)
            if isConfigurationChanged {
                outcome.exceptions.add(
                    Exceptions.Item(
                        .configurationChanged, file: project.configuration.path ?? ".clm-doctor.yaml",
                        count: 1,
                        message: "differs from \(newSince); both states are judged by what it says now"))
            }
            let files = Set(project.dockerfiles.keys).union(project.statements.map(\.source.path))
            outcome.leaveOut(before: before) { !files.contains($0) }
            if !outcome.known.isEmpty {
                let number = "\(outcome.known.count) finding\(outcome.known.count == 1 ? "" : "s")"
                outcome.exceptions.add(
                    Exceptions.Item(
                        .known, count: outcome.known.count, message: "\(number) known from \(newSince)"))
            }
        }
        let configured = project.configuration.baseline
        guard let baseline = baseline ?? configured else {
            guard updateBaseline else { return }
            throw CommandFailure.usage(
                "--update-baseline needs --baseline, the file, or `baseline:` in .clm-doctor.yaml")
        }
        let place = self.baseline == nil ? "\(project.root)/\(baseline)" : baseline
        let isOfRepository = self.baseline == nil || project.holds(surroundings.absolute(baseline))
        if isOfRepository, !policy.heedsBaseline {
            return outcome.exceptions.add(
                Exceptions.Item(
                    .notHeeded, file: baseline, count: 1,
                    message: "is a baseline in the repository; without effect because of \(policy.name)"))
        }
        let before = outcome.known.count
        try apply(place, shown: baseline, to: &outcome, in: project, paths: paths, surroundings)
        let count = outcome.known.count - before
        guard count > 0 else { return }
        outcome.exceptions.add(
            Exceptions.Item(
                .known, file: baseline, count: count,
                message: "\(count) finding\(count == 1 ? "" : "s") known from this baseline"
                    + (isOfRepository ? ", a file of the repository" : "")))
    }

    // MARK: - Baseline

    /// - Parameters:
    ///   - named: what is read or written, as the command line has it, or absolute.
    ///   - path: how it is told of.
    private func apply(
        _ named: String, shown path: String, to outcome: inout Outcome, in project: Project, paths: [String],
        _ surroundings: Surroundings
    ) throws {
        let place = try updateBaseline ? surroundings.namedOutput(named) : surroundings.named(named)
        var known = Baseline(of: [])
        do throws(FileWriting.Failure) {
            // A link that is replaced is not read where it leads out.
            let isRead = !updateBaseline || (try? surroundings.named(named)) != nil
            if isRead, let bytes = try FileWriting.read(place, limit: Limits.baselineBytes) {
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
            let found = outcome.findings.entries
            let gone = Set(stale)
            let kept = known.entries.filter { !gone.contains($0) && !found.contains($0) }
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
        if known.entries.contains(where: \.isEarlier) {
            outcome.notes.append(
                "\(path) has fingerprints of an earlier version, which 0.3 will not read; --update-baseline renews them"
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
        since name: String, project: Project, surroundings: Surroundings,
        examine: (Snapshot, Project.Selection) async throws -> Outcome
    ) async throws -> (Outcome, isConfigurationChanged: Bool) {
        do {
            let history = try await GitHistory(holding: project.root, environment: surroundings.environment)
            guard !history.isBare else { throw GitError.noWorkTree }
            let base = try await history.mergeBase(with: history.commit(name))
            let snapshot = try await Snapshot.commit(base, of: history, reading: Project.concerns)
            // The same part of the repository, as far as it was there.
            let selection = project.selection.kept(in: snapshot)
            let isChanged =
                (project.configuration.path == nil || project.configuration.isOfRepository)
                && configuration(in: snapshot) != configuration(in: project.snapshot)
            guard !selection.isEmpty else { return (Outcome(), isChanged) }
            return (try await examine(snapshot, selection), isChanged)
        } catch let error as GitError {
            throw CommandFailure.usage("--new-since: \(error)")
        } catch let error as LoadError {
            throw CommandFailure.usage("--new-since: \(error)")
        }
    }

    /// The bytes of a repository's own configuration; nil where there is none.
    private func configuration(in snapshot: Snapshot) -> [UInt8]? {
        try? snapshot.read(".clm-doctor.yaml", limit: Limits.textFileBytes)
    }
}
