import Facts
import Project
import SourceText

/// What steps of `docker/bake-action` build, kept for steps that build the same.
struct Bakes {
    /// What a step's inputs say.
    struct Question: Hashable {
        /// Those that it names; nil for those that bake looks for.
        let files: [String]?
        /// With a `/` at its end; nothing for the repository's root.
        let folder: String
        let targets: [String]?

        /// - Returns: nil where the folder is not known.
        init?(_ step: Pipeline.Step) {
            let written = step["workdir"]?.value ?? step["source"]?.value ?? "."
            guard !written.contains(":"), !written.contains("{") else { return nil }
            var folder = written
            while folder.hasPrefix("./") { folder = String(folder.dropFirst(2)) }
            while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
            let prefix = folder == "." || folder.isEmpty ? "" : folder + "/"
            let named = (step["files"]?.value ?? "").split { $0 == "\n" || $0 == "," }.map { line in
                var name = line.filter { $0 != " " && $0 != "\r" }
                if name.hasPrefix("./") { name = String(name.dropFirst(2)) }
                return prefix + name
            }.filter { $0 != prefix }
            files = named.isEmpty ? nil : named
            self.folder = prefix
            targets = step["targets"].map { targets in
                targets.value?.split { $0 == "\n" || $0 == "," }.map { String($0.filter { $0 != " " }) } ?? []
            }
        }
    }

    /// How many builds there are, and those that are worth a word.
    struct Built {
        var count = 0
        var told: [BuildStatement] = []
    }

    private let statements: [BuildStatement]
    /// What bake and compose files state, by file: indices of `statements`.
    private let byFile: [String: [Int]]
    /// The files that were read.
    private let present: Set<String>
    private var answers: [Question: Built] = [:]

    init(in project: ProjectFacts) {
        statements = project.project.buildStatements
        let all = statements
        let made = all.indices.filter { all[$0].kind == .bake || all[$0].kind == .compose }
        byFile = Dictionary(grouping: made) { all[$0].path }
        present = Set(project.statements.map(\.source.path))
    }

    /// What a step may build: the targets of the bake files that it names, else of those in the folder that it works in.
    /// - Returns: none where that is not known, such as for a file that was not read, or where one has a cache.
    mutating func built(
        by question: Question, isUncached: (BuildStatement) -> Bool, isWorthIt: (BuildStatement) -> Bool
    ) -> Built {
        if let known = answers[question] { return known }
        var built = Built()
        if let chosen = statements(of: question, isUncached), chosen.allSatisfy(isUncached) {
            built = Built(count: chosen.count, told: chosen.filter(isWorthIt))
        }
        answers[question] = built
        return built
    }

    /// - Returns: nil where it is not known.
    private func statements(
        of question: Question, _ isUncached: (BuildStatement) -> Bool
    ) -> [BuildStatement]? {
        let files = Set(question.files ?? Self.defaultFiles.map { question.folder + $0 })
        let read = files.filter { byFile[$0] != nil }
        let all = read.flatMap { byFile[$0] ?? [] }.sorted().map { statements[$0] }
        // A file with a mistake states nothing.
        guard !all.isEmpty, present.isDisjoint(with: files.subtracting(read)),
            question.files?.allSatisfy(read.contains) ?? true
        else { return nil }
        guard let targets = question.targets else { return all }
        let names = Set(targets)
        let chosen = all.filter { $0.name.map(names.contains) ?? false }
        // A group: one of them all, so that only what holds for all is told.
        return chosen.count == targets.count && !chosen.isEmpty
            ? chosen : all.allSatisfy(isUncached) ? [all[0]] : nil
    }

    /// What bake looks for where nothing names a file.
    static let defaultFiles = [
        "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml", "docker-bake.json",
        "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl",
    ]
}
