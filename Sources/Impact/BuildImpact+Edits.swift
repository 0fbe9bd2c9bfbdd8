internal import BuildContext
internal import Dockerfile
package import Facts
internal import Git
internal import Project
package import Repository
internal import SourceText

extension BuildImpact {
    /// What becomes of a build where one snapshot takes the place of another that stands on the same. git is not asked.
    /// - Parameters:
    ///   - before: the build in `base`.
    ///   - after: the same build in `head`.
    ///   - paths: of the files that differ.
    package init(
        of before: BuildFacts, in base: Snapshot, editedTo after: BuildFacts, in head: Snapshot,
        paths: Set<String>
    ) {
        let changes = paths.map { ContextPath($0) }.sorted().map { path in
            TreeChange(path: path.bytes, base: base.entry(path), head: head.entry(path))
        }
        let build = after.build.forPlatform(after.build.platforms.first)
        func onePlatform(_ facts: BuildFacts) -> BuildFacts {
            BuildFacts(build: build, dockerfile: facts.dockerfile.parsed, context: facts.context)
        }
        let (old, new) = (onePlatform(before), onePlatform(after))
        var contexts: [ContextComparison] = []
        func compared(_ folder: String, _ before: BuildContext?, _ after: BuildContext?) -> ContextComparison
        {
            func keys(_ snapshot: Snapshot, _ context: BuildContext?) -> ContextKeys {
                ContextKeys(
                    snapshot, root: folder == "." ? .root : ContextPath(folder),
                    ignoreFile: context?.ignoreFile, name: folder, mark: "", links: [])
            }
            var (old, new) = (keys(base, before), keys(head, after))
            let isComparable = old.hasRules(of: new)
            if isComparable {
                let common = keys(base, before)
                (old, new) = (old.standing(on: common), new.standing(on: common))
            }
            let made = ContextComparison(base: old, head: new, isComparable: isComparable, changes: changes)
            contexts.append(made)
            return made
        }
        var main: ContextComparison?
        if case .directory(let folder) = build.context {
            main = compared(folder, old.context.context, new.context.context)
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
        let shared = StepKeys.sourceIdentities(new.dockerfile)
            .intersection(StepKeys.sourceIdentities(old.dockerfile))
        let pins = StepKeys.pins(old.dockerfile, new.dockerfile)
        let (baseSide, headSide) = (side(old, \.base), side(new, \.head))
        let comparison = BuildComparison(
            base: (baseSide, StepKeys(baseSide, shared: shared, pins: pins)),
            head: headSide, keys: StepKeys(headSide, shared: shared, pins: pins), contexts: contexts,
            facts: new)
        let steps = comparison.steps()
        self.init(
            name: build.name, dockerfile: build.dockerfile, context: build.contextDescription,
            target: build.target, verdict: Verdict(of: steps.filter { $0.state != .cached }),
            bestCase: Verdict(of: steps.filter { $0.state == .rebuild }), stages: comparison.stages(),
            steps: steps, blind: [])
    }
}
