import Diagnostics
import SourceText

/// What COPY, ADD and mounts take, and from where.
extension Evaluator {
    mutating func expanded(
        _ copy: CopyInstruction, _ instruction: Instruction, _ state: StepState, in outline: Outline
    ) -> ExpandedCopy {
        let environment = state.environment
        var sources: [Expanded] = []
        sources.reserveCapacity(copy.sources.count)
        for source in copy.sources { sources.append(expand(source, in: environment)) }
        for heredoc in instruction.heredocs where heredoc.expands { checkBody(heredoc, in: environment) }
        let path = expand(copy.destination, in: environment)
        let isAbsolute = ContainerPath.isAbsolute(path.text)
        let chown = copy.chown.map { expand($0, in: environment) }
        if let word = copy.chmod { check(word, in: environment) }
        if let word = copy.checksum { check(word, in: environment) }
        return ExpandedCopy(
            origin: copy.from.map { origin(of: $0, in: outline) } ?? .context, sources: sources,
            destination: Expanded(
                ContainerPath.absolute(path.text, from: state.workdir.text),
                isCertain: path.isCertain && (isAbsolute || state.workdir.isCertain)),
            excludes: copy.excludes.map(\.text), chown: chown)
    }

    /// What a `--from` of COPY names.
    mutating func origin(of from: Word, in outline: Outline) -> FileOrigin {
        if let number = Int(from.text) {
            if outlines.indices.contains(number) { return stageOrigin(number, from.range, in: outline) }
            // BuildKit counts the sources that are no stages behind the stages.
            if !file.isCutShort, number < 0 || number >= outlines.count + extraStates {
                report(
                    SyntaxProblem(
                        kind: .stage, range: from.range, message: "there is no stage \(number)",
                        remedy:
                            "The stages are counted from 0 to \(outlines.count - 1); better give them names.")
                )
            }
            return .unknown
        }
        if let stage = stageByName[from.text.lowercased()] {
            return stageOrigin(stage, from.range, in: outline)
        }
        return namedContext(from.text).map { .namedContext($0) } ?? .image(from.text)
    }

    mutating func stageOrigin(_ stage: Int, _ range: Range<Int>, in outline: Outline) -> FileOrigin {
        if stage < outline.index || outlines[stage].isReplaced { return .stage(stage) }
        let name = outlines[stage].name ?? "\(stage)"
        report(
            SyntaxProblem(
                kind: .stage, range: range,
                message: stage == outline.index
                    ? "the stage `\(name)` reads from itself"
                    : "the stage `\(name)` stands below its first use",
                remedy: stage == outline.index
                    ? "Name an earlier stage." : "Move the stage above the one that reads from it."))
        return .unknown
    }

    mutating func expanded(_ mount: RunMount, _ state: StepState, in outline: Outline)
        -> ExpandedMount
    {
        func word(_ key: String, _ value: String?) -> Word? {
            value.map { Word(text: $0, range: mount.range) }
        }
        let environment = state.environment
        let written = word("target", mount.target).map { expand($0, in: environment) }
        let id = word("id", mount.id).map { expand($0, in: environment) }
        let source = word("source", mount.source).map { expand($0, in: environment) }
        let uid = word("uid", mount.uid).map { expand($0, in: environment) }
        let gid = word("gid", mount.gid).map { expand($0, in: environment) }
        var target: Expanded?
        var cacheKey: Expanded?
        if mount.kind == .bind || mount.kind == .cache || mount.kind == .tmpfs || written != nil {
            let path = written ?? Expanded("")
            let isAbsolute = ContainerPath.isAbsolute(path.text)
            target = Expanded(
                isAbsolute
                    ? ContainerPath.clean(path.text) : ContainerPath.join(state.workdir.text, path.text),
                isCertain: path.isCertain && (isAbsolute || state.workdir.isCertain))
            if let target, target.text == "/", target.isCertain, mount.kind != .secret, mount.kind != .ssh {
                report(
                    SyntaxProblem(
                        kind: .mount, range: mount.range, message: "the target of the mount comes out as `/`",
                        remedy: "Name a directory below it with `target=`."))
            }
            if mount.kind == .cache {
                cacheKey =
                    id.flatMap { $0.text.isEmpty && $0.isCertain ? nil : $0 }
                    ?? Expanded(ContainerPath.clean(path.text), isCertain: path.isCertain)
            }
        }
        return ExpandedMount(
            mount: mount, target: target, cacheKey: cacheKey, origin: origin(of: mount, in: outline),
            source: source,
            uid: uid, gid: gid)
    }

    mutating func origin(of mount: RunMount, in outline: Outline) -> FileOrigin {
        guard let from = mount.from, !from.isEmpty else {
            return mount.kind == .bind ? .context : .image("scratch")
        }
        if let stage = stageByName[from.lowercased()] { return stageOrigin(stage, mount.range, in: outline) }
        return namedContext(from).map { .namedContext($0) } ?? .image(from)
    }
}
