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
        var contexts: [ContextComparison] = []
        func compared(_ folder: String, _ before: BuildContext?, _ after: BuildContext?) -> ContextComparison
        {
            let made = Self.comparison(folder, before, after)
            contexts.append(made)
            return made
        }
        var main: ContextComparison?
        if case .directory(let folder) = build.context {
            main = compared(folder, base.context.context, head.context.context)
        }
        var named: [String: ContextComparison] = [:]
        var others: [String: String] = [:]
        for (name, source) in build.namedContexts {
            switch source {
            case .directory(let folder): named[name] = compared(folder, nil, nil)
            case .elsewhere(let text): others[name] = text
            case .unknown: others[name] = ""
            }
        }
        func side(_ facts: BuildFacts, _ keys: (ContextComparison) -> ContextKeys?) -> BuildSide {
            BuildSide(
                dockerfile: facts.dockerfile, context: main.flatMap(keys),
                namedContexts: named.compactMapValues(keys), otherContexts: others, buildArgs: build.args,
                platform: build.platforms[0], runOptions: build.runOptions, runs: RunFacts { facts },
                mark: "")
        }
        let shared = StepKeys.sourceIdentities(head.dockerfile)
            .intersection(StepKeys.sourceIdentities(base.dockerfile))
        let pins = StepKeys.pins(base.dockerfile, head.dockerfile)
        let (baseSide, headSide) = (side(base, \.base), side(head, \.head))
        let comparison = BuildComparison(
            base: (baseSide, StepKeys(baseSide, shared: shared, pins: pins)),
            head: headSide, keys: StepKeys(headSide, shared: shared, pins: pins), contexts: contexts,
            facts: head)
        let steps = comparison.steps()
        self.init(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: comparison.stages(),
            steps: steps, blind: [])
    }

    /// - Parameters:
    ///   - before: the context of one side; nil for one that no edit concerns.
    private static func comparison(_ folder: String, _ before: BuildContext?, _ after: BuildContext?)
        -> ContextComparison
    {
        let root = folder == "." ? ContextPath.root : ContextPath(folder)
        let isSame = before?.ignoreFile?.source.bytes == after?.ignoreFile?.source.bytes
        // With one ignore file on both sides no content is looked at; else all that either side can read.
        let files = isSame ? [] : [before, after].compactMap { $0 }.flatMap(\.listing.entries)
        // Both sides have the same files, whatever is in them.
        let entry = TreeEntry(kind: .file, id: .null)
        let paths = files.filter { $0.kind == .file }.map { root.appendingPath($0.path) }
        let snapshot = Snapshot(
            commit: .empty, changes: Dictionary(paths.map { ($0, entry) }, uniquingKeysWith: { $1 }))
        func keys(_ context: BuildContext?) -> ContextKeys {
            ContextKeys(
                snapshot, root: root, ignoreFile: context?.ignoreFile, name: folder, mark: "", links: [])
        }
        var (base, head) = (keys(before), keys(after))
        if isSame {
            let common = keys(before)
            (base, head) = (base.standing(on: common), head.standing(on: common))
        }
        return ContextComparison(
            base: base, head: head, isComparable: base.hasRules(of: head), changes: [])
    }
}
