/// One instruction as written.
package struct Instruction: Sendable {
    package let keyword: Keyword
    package let keywordRange: Range<Int>
    /// From the keyword's first byte to the end of the last physical line (without its terminator); continued
    /// lines, and heredoc bodies with their terminators, are inside.
    package let range: Range<Int>
    /// Physical lines, from 1.
    package let lines: ClosedRange<Int>
    /// The instruction as one logical line (continuations joined, comments dropped), trimmed: what BuildKit prints.
    package let text: String
    /// The words that begin with `--`, in order, in every instruction that reads flags.
    package let flags: [Flag]
    package let heredocs: [Heredoc]
    /// The comment lines that stand directly above, as BuildKit attaches them; without `#`, not trimmed.
    package let comments: [Comment]
    package let body: Body

    package init(
        keyword: Keyword, keywordRange: Range<Int>, range: Range<Int>, lines: ClosedRange<Int>, text: String,
        flags: [Flag], heredocs: [Heredoc], comments: [Comment], body: Body
    ) {
        self.keyword = keyword
        self.keywordRange = keywordRange
        self.range = range
        self.lines = lines
        self.text = text
        self.flags = flags
        self.heredocs = heredocs
        self.comments = comments
        self.body = body
    }

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
    /// From its first to its last byte in the file; a continuation inside is inside.
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

    package init(name: String, value: String?, range: Range<Int>) {
        self.name = name
        self.value = value
        self.range = range
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

/// A text put together from several pieces of the file, with the way back to them.
package struct JoinedText: Sendable {
    /// Where a run of unchanged bytes came from.
    package struct Piece: Sendable {
        /// Offset in `bytes`.
        package let joined: Int
        /// Offset in the file.
        package let source: Int

        package init(joined: Int, source: Int) {
            self.joined = joined
            self.source = source
        }
    }

    package let bytes: [UInt8]
    /// In rising order of both offsets; the first has `joined` 0 unless `bytes` is empty.
    package let pieces: [Piece]

    package init(bytes: [UInt8], pieces: [Piece]) {
        self.bytes = bytes
        self.pieces = pieces
    }

    /// - Parameter offset: an offset in `bytes`.
    /// - Returns: the offset in the file of the byte that stands there (for the end: one past the last byte's).
    package func sourceOffset(_ offset: Int) -> Int {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].joined <= offset { low = middle } else { high = middle }
        }
        guard let piece = pieces.isEmpty ? nil : pieces[low] else { return 0 }
        return piece.source + (offset - piece.joined)
    }

    /// - Parameter range: a range of `bytes`.
    /// - Returns: the range in the file from its first to its last byte.
    package func sourceRange(_ range: Range<Int>) -> Range<Int> {
        let start = sourceOffset(range.lowerBound)
        let end = range.isEmpty ? start : sourceOffset(range.upperBound - 1) + 1
        return start..<max(start, end)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}
