import ArgumentParser
import Catalogue
import Checks
import Diagnostics
import Fixes
import Git
import Impact
import Project
import Repository

/// With which other files a replay is made once more.
enum WhatIfFiles: String, ExpressibleByArgument, CaseIterable {
    case repairs
    case workTree = "work-tree"

    /// What they hold in place of what HEAD has, by the name under which the difference is told.
    /// - Throws: `ImpactError`, `UnknownCheckError`.
    func files(_ options: LoadOptions, in surroundings: Surroundings) async throws
        -> [(name: String, files: [String: [UInt8]])]
    {
        do throws(GitError) {
            let history = try await GitHistory(
                holding: surroundings.workingDirectory, environment: surroundings.environment)
            switch self {
            case .workTree: return [("the work tree", try await Self.changed(history))]
            case .repairs:
                let head = try await Snapshot.commit(
                    history.commit("HEAD"), of: history, reading: Project.concerns)
                return await Self.repairs(head, options, surroundings)
            }
        } catch {
            throw ImpactError.git(error)
        }
    }

    /// The files of the work tree that differ from HEAD's and say what is built, and how.
    private static func changed(_ history: GitHistory) async throws(GitError) -> [String: [UInt8]] {
        let status = try await history.status()
        let disk = Snapshot(onDisk: history.root)
        var files: [String: [UInt8]] = [:]
        for path in status.changes.map(\.path) + status.untracked
        where ReadCommits.isTrue(Project.concerns, of: path)
            || path.suffix(13).elementsEqual(".dockerignore".utf8)
        {
            let path = String(decoding: path, as: UTF8.self)
            files[path] = try? disk.read(path, limit: Limits.dockerfileBytes)
        }
        return files
    }

    /// The repairs of all checks together, and of each check by itself where there are several.
    private static func repairs(
        _ snapshot: Snapshot, _ options: LoadOptions, _ surroundings: Surroundings
    ) async -> [(name: String, files: [String: [UInt8]])] {
        guard let project = try? await Project.load(from: snapshot, options: options),
            let catalogue = try? Catalogue.builtin().adding(project.configuration.customChecks.map(\.entry)),
            let runner = try? Runner(
                configuration: project.configuration, catalogue: catalogue, today: surroundings.today)
        else { return [] }
        func plan(_ checks: Set<CheckID>) async -> FixPlan? {
            try? await FixPlan(
                for: project, FixPlan.Request(checks: checks, applicabilities: [.safe, .unsafe]),
                catalogue: catalogue, options: options, today: surroundings.today)
        }
        func files(_ plan: FixPlan) -> [String: [UInt8]] {
            Dictionary(uniqueKeysWithValues: plan.files.map { ($0.path, $0.after) })
        }
        guard let all = await plan(runner.ids.subtracting(project.configuration.unfixed)) else { return [] }
        let counts = Dictionary(grouping: all.fixed, by: \.finding.check).mapValues(\.count)
        var alternatives: [(name: String, files: [String: [UInt8]])] = []
        if counts.count > 1 {
            alternatives.append(("all \(all.fixed.count) repairs", files(all)))
        }
        let checks = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (check, _) in checks.prefix(Limits.replayedRepairs) {
            guard let plan = await plan([check]) else { continue }
            alternatives.append((check.name, files(plan)))
        }
        return alternatives
    }
}
