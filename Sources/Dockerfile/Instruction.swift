/// One instruction as written.
///
/// It never changes, so that it is a value; an object, as it is large and handed on by stages, steps and facts.
package final class Instruction: Sendable {
    package let keyword: Keyword
    package let keywordRange: Range<Int>
    /// From the keyword's first byte to the end of the last physical line (without its terminator); continued
    /// lines, and heredoc bodies with their terminators, are inside.
    package let range: Range<Int>
    /// Physical lines, from 1.
    package let lines: ClosedRange<Int>
    /// The instruction as one logical line: continuations joined, comments dropped, trimmed.
    package let joined: JoinedText
    /// The arguments after the flags, trimmed, as offsets in `joined`.
    package let arguments: Range<Int>
    /// The words that begin with `--`, in order, in every instruction that reads flags.
    package let flags: [Flag]
    package let heredocs: [Heredoc]
    /// The comment lines above, as BuildKit attaches them: blank lines between do not detach them, an empty comment
    /// drops those above it.
    package let comments: [Comment]
    package let body: Body

    package init(
        keyword: Keyword, keywordRange: Range<Int>, range: Range<Int>, lines: ClosedRange<Int>,
        joined: JoinedText, arguments: Range<Int>, flags: [Flag], heredocs: [Heredoc], comments: [Comment],
        body: Body
    ) {
        self.keyword = keyword
        self.keywordRange = keywordRange
        self.range = range
        self.lines = lines
        self.joined = joined
        self.arguments = arguments
        self.flags = flags
        self.heredocs = heredocs
        self.comments = comments
        self.body = body
    }

    /// `joined` as a string: what BuildKit prints.
    package var text: String { joined.text }

    /// What the instruction says, by its keyword.
    package indirect enum Body: Sendable {
        case from(FromInstruction)
        case run(RunInstruction)
        /// COPY and ADD; the keyword tells which.
        case copy(CopyInstruction)
        case arg([ArgDeclaration])
        case env([KeyValue])
        case label([KeyValue])
        case user(Word)
        case workdir(Word)
        case shell([Word])
        case cmd(CommandForm)
        case entrypoint(CommandForm)
        /// nil for `HEALTHCHECK NONE`.
        case healthcheck(CommandForm?)
        case expose([Word])
        case volume([Word])
        case stopsignal(Word)
        case maintainer(Word)
        case onbuild(Instruction)
        /// BuildKit refuses it; `ParsedDockerfile.problems` says why.
        case invalid
    }
}

/// The instruction words of the Dockerfile language.
package enum Keyword: String, CaseIterable, Sendable {
    case add, arg, cmd, copy, entrypoint, env, expose, from, healthcheck, label, maintainer, onbuild, run,
        shell
    case stopsignal, user, volume, workdir
    /// A word that is no instruction.
    case unknown
}

/// A piece of an instruction: its text as written (continuations joined; quotes, escapes and `$` untouched), and
/// where it stands.
package struct Word: Sendable, Hashable {
    package let text: String
    /// From its first to its last byte in the file; a continuation inside is inside. In the JSON form, the bytes
    /// between the quotes (`text` is decoded).
    package let range: Range<Int>

    package init(text: String, range: Range<Int>) {
        self.text = text
        self.range = range
    }
}

/// `--name` or `--name=value`.
package struct Flag: Sendable {
    /// Without the dashes, as written.
    package let name: String
    /// Quotes removed as BuildKit does; nil where there is no `=`.
    package let value: String?
    /// The whole flag, dashes included.
    package let range: Range<Int>
    /// What follows `=`, quotes included; nil where there is no `=`.
    package let valueRange: Range<Int>?

    package init(name: String, value: String?, range: Range<Int>, valueRange: Range<Int>?) {
        self.name = name
        self.value = value
        self.range = range
        self.valueRange = valueRange
    }
}

/// A comment line.
package struct Comment: Sendable {
    /// What follows `#`, as written.
    package let text: String
    package let range: Range<Int>

    package init(text: String, range: Range<Int>) {
        self.text = text
        self.range = range
    }
}

/// `<<EOF … EOF`.
package struct Heredoc: Sendable {
    /// The delimiter without quotes.
    package let name: String
    /// 0 unless a number stands before `<<`.
    package let fileDescriptor: Int
    /// False where the delimiter is quoted.
    package let expands: Bool
    /// `<<-`: leading tabs are dropped from each line.
    package let chomps: Bool
    /// The body as BuildKit takes it (tabs dropped for `<<-`, line endings kept), without the terminator line.
    package let content: String
    /// The body's bytes in the file, terminator line not included.
    package let contentRange: Range<Int>

    package init(
        name: String, fileDescriptor: Int, expands: Bool, chomps: Bool, content: String,
        contentRange: Range<Int>
    ) {
        self.name = name
        self.fileDescriptor = fileDescriptor
        self.expands = expands
        self.chomps = chomps
        self.content = content
        self.contentRange = contentRange
    }
}

extension Instruction {
    /// How many things it has that may be many: flags, sources, variables, options.
    var partCount: Int {
        let own =
            switch body {
            case .run(let run): run.mounts.reduce(0) { $0 + $1.options.count }
            case .copy(let copy): copy.sources.count
            case .arg(let declarations): declarations.count
            case .env(let pairs), .label(let pairs): pairs.count
            case .shell(let words), .expose(let words), .volume(let words): words.count
            case .onbuild(let trigger): trigger.partCount
            case .from, .user, .workdir, .cmd, .entrypoint, .healthcheck, .stopsignal, .maintainer, .invalid:
                0
            }
        return own + flags.count + heredocs.count
    }
}
