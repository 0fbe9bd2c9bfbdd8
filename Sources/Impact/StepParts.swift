internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Project

/// The parts of each step's key.
extension StepKeys {
    func text(_ name: KeyPart.Name, _ text: String) -> KeyPart {
        KeyPart(name: name, key: CacheKey(KeyDigest(text: text)), detail: .text(text))
    }

    func parts(
        of step: Step, after: StepState, stage: Stage, parent: CacheKey, platform: String,
        environment: [KeyDigest.Part]
    ) -> ([KeyPart], Effect) {
        switch step.instruction.body {
        case .run(let run):
            return (runParts(run, step, platform, parent, environment), .run(parent, nil))
        case .copy(let copy):
            let result = copyParts(copy, step, parent)
            return (result.parts, .copy(result.copy))
        default:
            let mark = volatile.contains("SOURCE_DATE_EPOCH") ? build.mark : ""
            let epoch = build.buildArgs["SOURCE_DATE_EPOCH"].map { $0 ?? "?\(mark)" } ?? ""
            let path = cleaned(after.workdir.text)
            return (
                [
                    text(.workdir, path + certainty(after.workdir, step)), text(.user, step.state.user.text),
                    text(.flags, epoch),
                ],
                .folder(path, owner: step.state.user.text, isCertain: after.workdir.isCertain)
            )
        }
    }

    /// What tells two uncertain expansions apart: the text as written.
    func certainty(_ expanded: Expanded, _ step: Step) -> String {
        expanded.isCertain ? "" : "\u{0}\(marked(step.instruction.text))"
    }

    func runParts(
        _ run: RunInstruction, _ step: Step, _ platform: String, _ parent: CacheKey,
        _ environment: [KeyDigest.Part]
    ) -> [KeyPart] {
        let state = step.state
        var words: [String]
        var extra: [KeyDigest.Part] = []
        switch run.command {
        case .exec(let arguments): words = arguments.map(\.text)
        case .shell(let command):
            let shell = state.shell ?? ["/bin/sh", "-c"]
            if run.isHeredocScript, let heredoc = step.instruction.heredocs.first {
                if heredoc.content.hasPrefix("#!") {
                    words = shell + ["/dev/pipes/" + heredoc.name]
                    extra = [.text(heredoc.content)]
                } else {
                    words = shell + [heredoc.content]
                }
            } else {
                words = shell + [trimmed(command.text)]
                extra = step.instruction.heredocs.flatMap { [.text($0.name), .text($0.content)] }
            }
        }
        let command = CacheKey(KeyDigest(.command, words.map { .text($0) } + extra))
        let environment = CacheKey(KeyDigest(.environment, environment))
        var parts = [
            KeyPart(
                name: .command, key: command, detail: .text(words.joined(separator: "\u{0}"))),
            KeyPart(name: .environment, key: environment, detail: .variables(state.environment)),
            text(.workdir, state.workdir.text), text(.user, state.user.text),
            text(.network, run.network ?? build.runOptions.network ?? "default"),
            text(.buildOptions, build.runOptions.others.joined(separator: ", ")),
            text(.security, run.security ?? "sandbox"),
            text(.devices, run.devices.joined(separator: "\u{0}")), text(.platform, platform),
            text(.hostname, build.buildArgs["BUILDKIT_SANDBOX_HOSTNAME"].map { $0 ?? "?" } ?? ""),
        ]
        let mounts = step.mounts.map { mount in (target: target(of: mount, step), mount: mount) }
            .sorted { $0.target < $1.target }
        parts.append(
            text(
                .mounts,
                mounts.map { describe($0.mount, target: $0.target, step) }.joined(separator: "\u{1}")))
        for (_, mount) in mounts {
            guard mount.mount.kind == .bind || mount.mount.kind == .cache && mount.mount.from != nil else {
                continue
            }
            let path = mount.source?.text ?? "/"
            let content = self.content(
                mount.origin, mount.source ?? Expanded("/"), written: mount.mount.source ?? "",
                Self.mountSource(mount), step.state.environment)
            var key = isOwn(mount.origin, parent) ? ownKey(parent) : self.key(of: content)
            if readsOwnFileSystem(mount, parent) {
                key = CacheKey(certain: key.certain, hopeful: KeyDigest(.any))
            }
            parts.append(
                KeyPart(
                    name: .content(parts.count), key: key,
                    detail: .files(
                        fileSource(mount.origin, path, written: mount.mount.source ?? "", [content]))))
        }
        return parts
    }

    /// The source of a COPY that is the very file system it copies onto: only its definition counts.
    func isOwn(_ origin: FileOrigin, _ parent: CacheKey) -> Bool {
        switch origin {
        case .stage(let index): index < chains.count && chains[index] == parent
        case .image(let reference):
            parent
                == CacheKey(
                    KeyDigest(
                        .image, .text(ImageReference.normalized(reference)), .text(""),
                        .text(build.platform)))
        default: false
        }
    }

    func ownKey(_ parent: CacheKey) -> CacheKey {
        CacheKey(
            certain: KeyDigest(.own, .key(parent.certain)),
            hopeful: KeyDigest(.own, .key(parent.hopeful)))
    }

    func target(of mount: ExpandedMount, _ step: Step) -> String {
        guard let written = mount.mount.target,
            let expanded = build.dockerfile.parsed.expanded(written, in: step.state.environment)
        else {
            if mount.mount.kind == .secret, mount.mount.env == nil {
                return "/run/secrets/" + lastName(mount.mount.id ?? mount.mount.source ?? "")
            }
            return mount.target?.text ?? ""
        }
        return expanded.text.hasPrefix("/") ? expanded.text : mount.target?.text ?? expanded.text
    }

    func describe(_ mount: ExpandedMount, target: String, _ step: Step) -> String {
        let environment = step.state.environment
        func expanded(_ text: String?) -> String {
            guard let text else { return "" }
            return build.dockerfile.parsed.expanded(text, in: environment)?.text ?? text
        }
        func number(_ text: String?, radix: Int, default value: String) -> String {
            let text = expanded(text)
            return text.isEmpty ? value : Int(text, radix: radix).map(String.init) ?? text
        }
        let written = mount.mount
        var fields = [written.kind.rawValue, target]
        switch written.kind {
        case .bind: fields += [written.readOnly ? "ro" : "rw"]
        case .cache:
            let namespace = build.buildArgs["BUILDKIT_CACHE_MOUNT_NS"].map { $0 ?? "?" } ?? ""
            let id = mount.cacheKey?.text ?? ""
            // Since BuildKit 0.13 a cache mount's id and sharing count only where both are the default ones.
            let isDefault = id == cleaned(target) && (written.sharing ?? .shared) == .shared
            fields += [written.readOnly ? "ro" : "rw", isDefault ? "\(namespace)/\(id)" : "\u{0}"]
            let owner = [written.uid, written.gid, written.mode]
            if owner.contains(where: { $0 != nil }) {
                fields += [
                    number(written.uid, radix: 10, default: "0"),
                    number(written.gid, radix: 10, default: "0"),
                    number(written.mode, radix: 8, default: "493"),
                ]
            }
        case .tmpfs: fields.append(expanded(written.size))
        case .secret, .ssh:
            fields += [
                expanded(written.id ?? written.source), number(written.uid, radix: 10, default: "0"),
                number(written.gid, radix: 10, default: "0"),
                number(written.mode, radix: 8, default: written.kind == .secret ? "256" : "384"),
                written.required ? "required" : "", expanded(written.env),
                written.env != nil && written.target == nil ? "variable only" : "",
            ]
        }
        return fields.joined(separator: "\u{2}")
    }

    func copyParts(_ copy: CopyInstruction, _ step: Step, _ parent: CacheKey) -> (
        parts: [KeyPart], copy: Copy
    ) {
        guard let expanded = step.copy else {
            return (
                [text(.sources, step.instruction.text)],
                Copy(sources: [], destination: "/", options: KeyDigest(.options), isAdd: false)
            )
        }
        let environment = step.state.environment
        let isAdd = step.instruction.keyword == .add
        var destination = expanded.destination.text
        // BuildKit tells `/x/.` from `/x/`.
        if let written = build.dockerfile.parsed.expanded(copy.destination.text, in: environment)?.text,
            written.hasSuffix("/."), destination.hasSuffix("/")
        {
            destination += "."
        }
        let owner = expanded.chown.map { Self.owner($0.text) } ?? ""
        var mode =
            copy.chmod.map { build.dockerfile.parsed.expanded($0.text, in: environment)?.text ?? $0.text }
            ?? ""
        if let number = Int(mode, radix: 8) { mode = String(number) }
        let checksum = Self.checksum(copy, step, build.dockerfile)
        let flags =
            [
                isAdd ? "ADD" : "COPY", copy.parents ? "parents" : "", copy.unpack.map { "\($0)" } ?? "",
                copy.keepGitDir ? "keep-git-dir" : "",
            ] + expanded.excludes
        let contextSources = Self.copySources(expanded, copy)
        var sources: [Copy.Source] = []
        for (source, contextSource) in zip(expanded.sources, contextSources) {
            if isAdd, Self.isAddress(source.text) {
                sources.append(
                    Copy.Source(
                        content: .fixed(
                            (checksum ?? pins[source.text]).map { KeyDigest(.checksum, .text($0)) }
                                ?? KeyDigest(
                                    .address, .text(source.text),
                                    .text(source.isCertain ? "" : marked(step.instruction.text)))),
                        name: lastName(source.text)))
                continue
            }
            sources.append(
                Copy.Source(
                    content: content(
                        expanded.origin, source,
                        written: sources.count < copy.sources.count ? copy.sources[sources.count].text : "",
                        contextSource, environment),
                    name: copy.parents ? source.text : lastName(cleaned("/" + source.text))))
        }
        for heredoc in step.instruction.heredocs {
            let body = build.dockerfile.parsed.expanded(heredoc, in: environment)
            sources.append(
                Copy.Source(
                    content: .inline(
                        KeyDigest(
                            .inline, .text(body?.text ?? heredoc.content),
                            .text(body?.isCertain == true ? "" : heredoc.content))), name: heredoc.name))
        }
        var parts = [
            text(.sources, sources.map(\.name).joined(separator: "\u{0}")),
            text(.destination, destination + certainty(expanded.destination, step)),
            text(.owner, owner + (expanded.chown.map { certainty($0, step) } ?? "")), text(.mode, mode),
            text(.flags, flags.joined(separator: "\u{0}")),
        ]
        for (index, source) in sources.enumerated() {
            let key = isOwn(expanded.origin, parent) ? ownKey(parent) : self.key(of: source.content)
            let path = index < expanded.sources.count ? expanded.sources[index].text : source.name
            let origin: FileOrigin = index < expanded.sources.count ? expanded.origin : .unknown
            parts.append(
                KeyPart(
                    name: .content(index), key: key,
                    detail: .files(
                        fileSource(
                            origin, path, written: index < copy.sources.count ? copy.sources[index].text : "",
                            [source.content]))))
        }
        let options = KeyDigest(
            .options, .text(owner), .text(mode), .text(flags.joined(separator: "\u{0}")))
        return (
            parts,
            Copy(
                sources: sources, destination: destination, isPlaceCertain: expanded.destination.isCertain,
                options: options, isAdd: isAdd)
        )
    }

    /// `root` is 0 to BuildKit; other names stay names (`convert_copy.go`, parseChownFlag).
    static func owner(_ text: String) -> String {
        text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            .map { $0 == "root" ? "0" : Int($0).map(String.init) ?? String($0) }.joined(separator: ":")
    }

    static func isAddress(_ source: String) -> Bool {
        let lower = source.lowercased()
        return ["http://", "https://", "git://", "ssh://", "git@"].contains { lower.hasPrefix($0) }
            || lower.hasPrefix("github.com/") && lower.contains(".git")
    }

}
