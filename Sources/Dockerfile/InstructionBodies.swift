/// `FROM [--platform=…] image [AS name]`.
package struct FromInstruction: Sendable {
    /// An image, an earlier stage's name, `scratch`, or a named context; not expanded.
    package let image: Word
    package let platform: Word?
    /// The stage's name as written.
    package let name: Word?

    package init(image: Word, platform: Word?, name: Word?) {
        self.image = image
        self.platform = platform
        self.name = name
    }
}

/// The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK.
package enum CommandForm: Sendable {
    /// Given to the stage's shell. For `RUN <<EOF` it is the heredoc's body; for `RUN cmd <<EOF …` the line, and the
    /// bodies are in `Instruction.heredocs`.
    case shell(JoinedText)
    /// A JSON array; the words are decoded.
    case exec([Word])
}

/// `RUN [flags] command`.
package struct RunInstruction: Sendable {
    package let command: CommandForm
    /// The command is exactly one heredoc (`RUN <<EOF`).
    package let isHeredocScript: Bool
    /// The first line of such a heredoc that begins with `#!`, without these two bytes and trimmed: the program that
    /// runs the body instead of the stage's shell.
    package let interpreter: String?
    package let mounts: [RunMount]
    /// `default`, `none` or `host`; nil where the flag is absent.
    package let network: String?
    /// `sandbox` or `insecure`; nil where the flag is absent.
    package let security: String?
    package let devices: [String]

    package init(
        command: CommandForm, isHeredocScript: Bool, interpreter: String?, mounts: [RunMount],
        network: String?, security: String?, devices: [String]
    ) {
        self.command = command
        self.isHeredocScript = isHeredocScript
        self.interpreter = interpreter
        self.mounts = mounts
        self.network = network
        self.security = security
        self.devices = devices
    }
}

/// One `--mount=…` of a RUN, as written: not expanded, options in order.
package struct RunMount: Sendable {
    package enum Kind: String, CaseIterable, Sendable { case bind, cache, tmpfs, secret, ssh }
    package enum Sharing: String, CaseIterable, Sendable { case shared, `private`, locked }

    /// `key=value` or a bare `key`.
    package struct Option: Sendable {
        /// Lower case, as written otherwise (`src` stays `src`).
        package let key: String
        package let value: String?
        /// Where `key=value` stands in the file.
        package let range: Range<Int>

        package init(key: String, value: String?, range: Range<Int>) {
            self.key = key
            self.value = value
            self.range = range
        }
    }

    package let kind: Kind
    /// nil where absent (secret and ssh have defaults).
    package let target: String?
    package let source: String?
    package let from: String?
    package let id: String?
    /// As BuildKit reads it; nil where absent, which means `shared` for a cache mount.
    package let sharing: Sharing?
    package let readOnly: Bool
    package let required: Bool
    package let size: String?
    /// Octal as written.
    package let mode: String?
    package let uid: String?
    package let gid: String?
    package let env: String?
    package let options: [Option]
    /// The whole `--mount=…`.
    package let range: Range<Int>

    package init(
        kind: Kind, target: String?, source: String?, from: String?, id: String?, sharing: Sharing?,
        readOnly: Bool, required: Bool, size: String?, mode: String?, uid: String?, gid: String?,
        env: String?,
        options: [Option], range: Range<Int>
    ) {
        self.kind = kind
        self.target = target
        self.source = source
        self.from = from
        self.id = id
        self.sharing = sharing
        self.readOnly = readOnly
        self.required = required
        self.size = size
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.env = env
        self.options = options
        self.range = range
    }
}

/// COPY or ADD.
package struct CopyInstruction: Sendable {
    /// Paths, wildcards, URLs, git addresses; a heredoc source is in `Instruction.heredocs` and not here.
    package let sources: [Word]
    package let destination: Word
    package let from: Word?
    package let chown: Word?
    package let chmod: Word?
    package let checksum: Word?
    package let link: Bool
    package let parents: Bool
    package let keepGitDir: Bool
    /// `--unpack`; nil where absent.
    package let unpack: Bool?
    package let excludes: [Word]

    package init(
        sources: [Word], destination: Word, from: Word?, chown: Word?, chmod: Word?, checksum: Word?,
        link: Bool,
        parents: Bool, keepGitDir: Bool, unpack: Bool?, excludes: [Word]
    ) {
        self.sources = sources
        self.destination = destination
        self.from = from
        self.chown = chown
        self.chmod = chmod
        self.checksum = checksum
        self.link = link
        self.parents = parents
        self.keepGitDir = keepGitDir
        self.unpack = unpack
        self.excludes = excludes
    }
}

/// `name` or `name=default` of an ARG.
package struct ArgDeclaration: Sendable {
    package let name: Word
    package let defaultValue: Word?

    package init(name: Word, defaultValue: Word?) {
        self.name = name
        self.defaultValue = defaultValue
    }
}

/// A pair of ENV or LABEL; both sides as written.
package struct KeyValue: Sendable {
    package let key: Word
    package let value: Word

    package init(key: Word, value: Word) {
        self.key = key
        self.value = value
    }
}
