import BuildContext
import Diagnostics
import Facts
import SourceText

/// A line of an ignore file that means something in a `.gitignore`, and something else to BuildKit.
struct DockerignoreGitignoreSyntax: DockerfileCheck {
    static let id: CheckID = "dockerignore-gitignore-syntax"
    let options: CheckOptions

    /// Names of which no build needs a nested one: what tools make.
    private static let names: Set<String> = [
        "node_modules", "__pycache__", ".venv", "venv", ".git", ".idea", ".vscode", ".vs", ".tox", ".nox",
        ".pytest_cache",
        ".mypy_cache", ".ruff_cache", ".next", ".nuxt", ".turbo", ".gradle", ".terraform", ".DS_Store",
        "Thumbs.db",
        ".nyc_output", ".ipynb_checkpoints", ".eggs", ".coverage", "*.pyc", "*.pyo", "*.py[cod]", "*.py[co]",
        "*.log",
        "*.swp", "*.egg-info", "*.class", "*.o", "*.tmp", "*.bak", "npm-debug.log", "npm-debug.log*",
        "yarn-error.log",
        ".env", ".env.local", ".env.*",
    ]

    /// Settings of editors, which seldom change and are small.
    private static let settings: Set<String> = [".idea", ".vscode", ".vs"]

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), let file = reads.context.ignoreFile, !reads.folderReads.isEmpty
        else {
            return []
        }
        let entries = reads.folderReads.flatMap { reads.entries(of: $0) }
        return file.patterns.enumerated().compactMap { index, pattern in
            comment(in: pattern, of: file, entries: entries)
                ?? nestedName(pattern, of: file, entries: entries)
                ?? deadNegation(at: index, of: file, context: reads.context)
        }
    }

    /// `node_modules  # packages`: all of it is the pattern.
    private func comment(in pattern: IgnorePattern, of file: IgnoreFile, entries: [ContextEntry]) -> Finding?
    {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let bytes = file.source.bytes[pattern.range]
        let mark = bytes.indices.dropLast().first { isBlank(bytes[$0]) && bytes[$0 + 1] == UInt8(ascii: "#") }
        guard let mark else { return nil }
        let end = bytes[..<mark].lastIndex { !isBlank($0) }.map { $0 + 1 } ?? mark
        let real = file.source.string(pattern.range.lowerBound..<end).trimmingBlanks
        guard !real.isEmpty, !entries.contains(where: { $0.path.description.contains(" #") }),
            // Of a name that is not there and that no tool makes, nothing is copied. What is no UTF-8 cannot be looked for.
            Self.names.contains(real) || real.unicodeScalars.contains("\u{FFFD}")
                || (try? PathPatterns([real])).map({ pattern in
                    entries.contains { pattern.decide($0.path).isMatch }
                }) ?? true
        else { return nil }
        return finding(
            at: pattern.range, in: file.source,
            message:
                "`\(real)` is not left out: a comment needs a line of its own, and here it is part of the pattern.",
            cost: "What the line was to leave out is sent to the builder and copied.",
            fix: Fix(
                "Take the comment off the line:\n    \(real)",
                edits: [Edit(path: file.path, bytes: end..<pattern.range.upperBound, replacement: "")]))
    }

    /// `.env.example`: it is there to be copied.
    private func isExample(_ path: ContextPath) -> Bool {
        let name = String(decoding: path.name, as: UTF8.self)
        return ["example", "sample", "template", "dist", "defaults"].contains { name.hasSuffix("." + $0) }
    }

    /// `node_modules`: BuildKit looks for it in the context's root only.
    private func nestedName(_ pattern: IgnorePattern, of file: IgnoreFile, entries: [ContextEntry])
        -> Finding?
    {
        guard !pattern.isNegated, Self.names.contains(pattern.text),
            let name = try? PathPatterns([pattern.text])
        else { return nil }
        let nested = entries.filter { entry in
            entry.path.components.count > 1 && name.decide(ContextPath(bytes: Array(entry.path.name))).isMatch
                && !isExample(entry.path)
        }
        guard let example = nested.first else { return nil }
        let written = file.source.string(pattern.range)
        let start = pattern.range.lowerBound
        // A leading `/` says that the root is meant.
        guard !written.hasPrefix("/") else { return nil }
        let others = nested.count > 1 ? " and \(Amount.grouped(nested.count - 1)) more" : ""
        return finding(
            at: pattern.range, in: file.source,
            severity: Self.settings.contains(pattern.text) ? min(.info, options.severity) : nil,
            message: "`\(written)` leaves out the one in the context's root only; \(example.path)\(others) "
                + "\(nested.count > 1 ? "are" : "is") copied.",
            cost: "A change there runs the COPY and all below it again.",
            fix: Fix(
                "Say that it may be in any folder:\n    **/\(written)",
                edits: [Edit(path: file.path, bytes: start..<start, replacement: "**/")])
        ).sharing(remedy: "\(file.path):\(pattern.line)")
    }

    /// `!README.md` above `*.md`: the last line that matches decides.
    private func deadNegation(at index: Int, of file: IgnoreFile, context: BuildContext) -> Finding? {
        let pattern = file.patterns[index]
        guard pattern.isNegated, !pattern.text.contains(where: { "*?[\\".contains($0) }),
            case .leftOut(let later) = context.status(of: ContextPath(pattern.text)),
            later.line > pattern.line
        else { return nil }
        return finding(
            at: pattern.range, in: file.source,
            message:
                "This line brings nothing back: `\(later.text)` in line \(later.line) leaves \(pattern.text) out "
                + "again, as the last line that matches decides.",
            fix: Fix("Move the line below line \(later.line)."))
    }
}
