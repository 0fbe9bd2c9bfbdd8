import Diagnostics
import Facts
import Project
import SourceText

/// A cache is written under a name that is another one with each commit, run or day, so that no later build finds it.
/// Sources: moby/buildkit, `cache/remotecache/gha/gha.go` (a scope is a part of the key, and is found as a whole);
/// docs.docker.com, "Registry cache" (`ref` is a tag).
struct CacheNameChanges: ProjectCheck {
    static let id: CheckID = "cache-name-changes"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        let statements = project.project.dockerStatements
        /// How many statements read a cache by the same name, as written.
        var readers: [String: Int] = [:]
        for statement in statements {
            for name in Set(statement.options("cache-from").compactMap({ Self.name(in: $0.written) })) {
                readers[name, default: 0] += 1
            }
        }
        return statements.compactMap { statement -> Finding? in
            let written = statement.options("cache-to")
            guard !statement.mayHaveMore, let option = written.first, written.count == 1,
                let name = Self.name(in: option.written),
                let change = change(of: name, statement, in: project),
                let source = project.source(option.path)
            else { return nil }
            // Another job or step of the same run may take it.
            let own = statement.options("cache-from").contains { Self.name(in: $0.written) == name } ? 1 : 0
            guard readers[name, default: 0] == own else { return nil }
            return finding(
                at: option.bytes, in: source,
                message: "No later build finds this cache: its name is another one \(change).",
                cost: "Each export takes time and room, and each build starts without it.",
                fix: Fix("Give it a name that stays, the same in cache-to and cache-from."))
        }.onePerPlace()
    }

    /// What names the cache: the scope, reference or folder, as written.
    private static func name(in written: String) -> String? {
        for field in written.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = parts[0].drop { $0 == " " || $0 == "\"" || $0 == "'" }
            if ["scope", "ref", "name", "dest", "src"].contains(key) { return String(parts[1]) }
        }
        return nil
    }

    private func change(of name: String, _ statement: BuildStatement, in project: ProjectFacts) -> String? {
        switch VolatileValue(name) {
        case .everyCommit?: return "with each commit"
        case .everyBuild?: return "with each run"
        case nil: return holdsDate(name, statement, in: project) ? "each day" : nil
        }
    }

    /// `${{ steps.date.outputs.day }}`, which a step before writes with `day=$(date …)`.
    private func holdsDate(_ name: String, _ statement: BuildStatement, in project: ProjectFacts) -> Bool {
        guard let place = statement.step, let pipeline = project.pipeline(statement.path) else {
            return false
        }
        let names = name.split { !($0.isLetter || $0.isNumber || "_.-".contains($0)) }
        return names.contains { reference in
            let parts = reference.split(separator: ".")
            guard parts.count == 4, parts[0] == "steps", parts[2] == "outputs" else { return false }
            return pipeline.jobs[place.job].steps[..<place.step].contains { step in
                step.run?.contains("\(parts[3])=$(date") ?? false
            }
        }
    }
}
