import Diagnostics
import Repository
import SourceText

/// A GitLab pipeline with the files of the repository that it includes.
/// Source: docs.gitlab.com, "Use CI/CD configuration from other files" (`include: local`: paths from the repository's root;
/// what includes a file overrides what is in it, and a later file an earlier one).
struct GitLabFiles {
    /// The including file comes first, then what it includes, the strongest first.
    private(set) var all: [(yaml: YAML, source: SourceText)]
    /// Of two with one name that of the stronger file.
    private(set) var jobs: [Job] = []

    typealias Job = (name: String, definition: YAML, file: Int)

    /// - Parameter draft: of the including file; is told what of it is not read.
    init(_ yaml: YAML, _ draft: inout PipelineDraft, _ work: inout WorkBudget) {
        all = [(yaml, draft.source)]
        var seen: Set<String> = [draft.source.path]
        include(yaml, &seen, depth: 1, &draft, &work)
        var names: Set<String> = []
        for (index, file) in all.enumerated() {
            for (key, value) in file.yaml.mapping ?? [] {
                let name = key.string ?? ""
                guard name != "default", value.mapping != nil, names.insert(name).inserted else { continue }
                jobs.append((name, value, index))
            }
        }
    }

    private mutating func include(
        _ yaml: YAML, _ seen: inout Set<String>, depth: Int, _ draft: inout PipelineDraft,
        _ work: inout WorkBudget
    ) {
        for item in PipelineDraft.list(yaml["include"]).reversed() {
            guard let written = item["local"]?.string ?? item.string, !written.contains("://") else {
                noteForeign(item, &draft)
                continue
            }
            guard !written.contains("$"),
                let path = Paths.resolve(String(written.drop { $0 == "/" }), in: ".")
            else {
                draft.note("includes \(written), which is not read", line: item.line)
                continue
            }
            guard let paths = Self.files(of: path, in: draft.files, &work) else {
                draft.note("includes \(written), which matches too much to be read", line: item.line)
                continue
            }
            for path in paths.reversed() where seen.insert(path).inserted {
                guard all.count < Limits.gitLabTemplates, depth < Limits.gitLabTemplateDepth, work.spend(),
                    let source = draft.readFile(path), work.spend(source.bytes.count / 16),
                    let documents = try? YAML.documents(source.bytes),
                    let included = documents.last(where: { $0.mapping != nil })
                else {
                    draft.note("includes \(path), which cannot be read", line: item.line)
                    continue
                }
                all.append((included, source))
                include(included, &seen, depth: depth + 1, &draft, &work)
            }
        }
    }

    /// Tells of a file of elsewhere that may build images, by its name.
    private func noteForeign(_ item: YAML, _ draft: inout PipelineDraft) {
        let names = ["project", "file", "template", "component", "remote"].flatMap { key in
            PipelineDraft.list(item[key]).compactMap(\.string)
        }
        let written = names.isEmpty ? item.string ?? "" : names.joined(separator: " ")
        guard PipelineFormat.namesImages(written) else { return }
        draft.note("includes \(written), which is not read; it may build images", line: item.line)
    }

    /// What `*` (within a folder) and `**` (any folders) stand for, in order of paths; the path itself without one.
    /// - Returns: nil for more than are read.
    private static func files(
        of path: String, in files: Snapshot, _ work: inout WorkBudget
    ) -> [String]? {
        guard path.contains("*") else { return [path] }
        let parts = path.split(separator: "/").map(String.init)
        let fixed = parts.prefix { !$0.contains("*") }
        let pattern = PathPatterns([path])
        var folders = [fixed.isEmpty ? "." : fixed.joined(separator: "/")]
        var found: [String] = []
        while let folder = folders.popLast() {
            guard let names = files.names(in: folder, limit: Limits.namesOfFolder) else { return nil }
            for name in names where name != ".git" {
                guard work.spend(8) else { return nil }
                let below = Paths.join(folder, name)
                if pattern.matches(below, work: &work), files.kind(of: below) == .file {
                    guard found.count < Limits.gitLabTemplates else { return nil }
                    found.append(below)
                } else if path.contains("**") || below.split(separator: "/").count < parts.count,
                    files.kind(of: below) == .folder
                {
                    folders.append(below)
                }
            }
        }
        return found.sorted()
    }

    /// What holds of a word at the top.
    subscript(key: String) -> YAML? { find(key)?.yaml }

    /// - Returns: with the number of the file that it stands in.
    func find(_ key: String) -> (yaml: YAML, file: Int)? {
        for (index, file) in all.enumerated() {
            if let found = file.yaml[key] { return (found, index) }
        }
        return nil
    }
}
