internal import BuildContext
internal import Dockerfile
package import Facts
internal import Git
internal import Project
internal import SourceText

extension BuildImpact {
    /// What edits of a build's Dockerfile and ignore file do to it, where all other files stay as they are. git is not
    /// asked: what the two sides have in common needs no names of contents.
    /// - Parameters:
    ///   - before: the build as it is.
    ///   - after: the same build, edited.
    package init(of before: BuildFacts, editedTo after: BuildFacts) {
        let build = after.build.forPlatform(after.build.platforms.first)
        func onePlatform(_ facts: BuildFacts) -> BuildFacts {
            BuildFacts(build: build, dockerfile: facts.dockerfile.parsed, context: facts.context)
        }
        let (base, head) = (onePlatform(before), onePlatform(after))
        let table = KeyTable()
        var main: ContextComparison?
        if case .directory(let folder) = build.context {
            main = Self.comparison(folder, base.context.context, head.context.context, table)
        }
        var named: [String: ContextComparison] = [:]
        var others: [String: String] = [:]
        for (name, source) in build.namedContexts {
            switch source {
            case .directory(let folder): named[name] = Self.comparison(folder, nil, nil, table)
            case .elsewhere(let text): others[name] = text
            case .unknown: others[name] = ""
            }
        }
        func side(_ name: ContextComparison.SideName, _ facts: BuildFacts) -> BuildSide {
            BuildSide(
                dockerfile: facts.dockerfile, side: name, context: main, namedContexts: named,
                otherContexts: others, buildArgs: build.args, platform: build.platforms[0],
                runOptions: build.runOptions, runs: RunFacts { facts }, isAllElseSame: true)
        }
        let shared = KeyBuilder.sourceIdentities(head.dockerfile)
            .intersection(KeyBuilder.sourceIdentities(base.dockerfile))
        let pins = KeyBuilder.pins(base.dockerfile, head.dockerfile)
        let (baseSide, headSide) = (side(.base, base), side(.head, head))
        let comparison = BuildComparison(
            base: (baseSide, KeyBuilder(baseSide, table: table, shared: shared, pins: pins)),
            head: headSide, keys: KeyBuilder(headSide, table: table, shared: shared, pins: pins), facts: head)
        let steps = comparison.steps()
        self.init(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: comparison.stages(),
            steps: steps, blind: [])
    }

    /// - Parameters:
    ///   - before: the context of one side; nil for one that no edit concerns.
    private static func comparison(
        _ folder: String, _ before: BuildContext?, _ after: BuildContext?, _ table: KeyTable
    ) -> ContextComparison {
        let root = folder == "." ? ContextPath.root : ContextPath(folder)
        let isSame = before?.ignoreFile?.source.bytes == after?.ignoreFile?.source.bytes
        // With one ignore file on both sides no content is looked at; else all that either side can read.
        let files = isSame ? [] : [before, after].compactMap { $0 }.flatMap(\.listing.entries)
        // Both sides have the same files, whatever is in them.
        let entry = TreeEntry(kind: .file, id: .null)
        let paths = files.filter { $0.kind == .file }.map { root.appendingPath($0.path) }
        let tree = SideTree(
            commit: .empty, changes: Dictionary(paths.map { ($0, entry) }, uniquingKeysWith: { $1 }))
        return ContextComparison(
            name: folder,
            base: ContextComparison.Side(tree: tree, root: root, ignoreFile: before?.ignoreFile),
            head: ContextComparison.Side(tree: tree, root: root, ignoreFile: after?.ignoreFile), changes: [],
            table: table)
    }
}
