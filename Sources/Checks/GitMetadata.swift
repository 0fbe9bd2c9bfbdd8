import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// What in a build reads the history or the state of git, so that it fails or loses its version without `.git`.
struct GitMetadata {
    /// For people: `pyproject.toml (setuptools-scm)`.
    let evidence: String
    /// A command of the Dockerfile, or what it runs, or a build file of the whole; else a file that the build may use or not.
    let isCertain: Bool
    /// The line of the RUN that reads it; nil where a build file does, in whatever RUN.
    var line: Int?

    private static let words: [(file: String, words: [String])] = [
        (
            "pyproject.toml",
            [
                "setuptools_scm", "setuptools-scm", "hatch-vcs", "hatch_vcs", "versioningit", "versioneer",
                "dunamai",
                "poetry-dynamic-versioning", "uv-dynamic-versioning", "pdm-backend-vcs", "flit-scm",
                "flit_scm",
                "source = \"scm\"", "setuptools-git-versioning", "miniver", "vcs-versioning",
            ]
        ),
        ("setup.py", ["setuptools_scm", "use_scm_version", "versioneer", "versioningit", "pbr", "git "]),
        ("setup.cfg", ["setuptools_scm", "pbr", "versioneer"]),
        ("Cargo.toml", ["vergen", "git-version", "git_version", "built", "shadow-rs", "build-info"]),
        ("build.rs", ["\"git\"", "git2", "gix", "vergen"]),
        (
            "package.json",
            [
                "git-rev-sync", "git rev-parse", "git describe", "git log", "git-revision", "git-describe",
                "simple-git", "isomorphic-git", "git-last-commit",
            ]
        ),
        ("pom.xml", ["git-commit-id", "buildnumber-maven", "jgitver"]),
        ("build.gradle", ["gitVersion", "git-version", "grgit", "git ", "git-properties", "jgitver"]),
        ("build.gradle.kts", ["gitVersion", "git-version", "grgit", "git ", "git-properties", "jgitver"]),
        ("Directory.Build.props", ["GitVersion", "Nerdbank.GitVersioning", "MinVer", "SourceLink"]),
        ("version.json", ["nbgv", "nerdbank", "Nerdbank"]),
        ("GitVersion.yml", [""]),
        ("Makefile", gitCommands), ("makefile", gitCommands), ("GNUmakefile", gitCommands),
        ("justfile", gitCommands), ("Taskfile.yml", gitCommands), ("Rakefile", gitCommands),
        ("CMakeLists.txt", gitCommands + ["GetGitRevision", "find_package(Git"]),
        ("meson.build", gitCommands + ["vcs_tag"]),
        ("next.config.js", gitCommands), ("vite.config.ts", gitCommands), ("vite.config.js", gitCommands),
        ("magefile.go", ["\"git\"", "git "]),
        ("mix.exs", gitCommands), ("Gemfile", ["git_ls_files"]),
    ]

    /// Files that say what a program does, which matters where it is run.
    private static let runners: [String: String] = [
        "Makefile": "make", "makefile": "make", "GNUmakefile": "make", "justfile": "just",
        "Taskfile.yml": "task", "Rakefile": "rake", "magefile.go": "mage", "CMakeLists.txt": "cmake",
        "meson.build": "meson",
    ]

    private static let gitCommands = [
        "git describe", "git rev-parse", "git rev-list", "git log", "git show", "git status", "git diff",
        "git ls-files", "git tag", "git branch", "git symbolic-ref", "git config", "git submodule", "git -C",
    ]

    /// - Returns: the first thing found; nil where nothing reads git as far as the files show.
    static func read(by reads: ContextReads) -> GitMetadata? {
        if let (command, line) = command(in: reads) {
            return GitMetadata(evidence: command, isCertain: true, line: line)
        }
        let texts = runTexts(in: reads)
        let run = Set(runners.values).filter { program in
            texts.contains { contains(Array(program.utf8), in: $0) }
        }
        let names = Dictionary(words.map { ($0.file, $0.words) }, uniquingKeysWith: { $0 + $1 })
        for entry in reads.context.listing.entries where entry.kind == .file {
            let name = String(decoding: entry.path.name, as: UTF8.self)
            // Deep down there are fixtures and vendored code, in hidden folders hooks and what CI runs; build files stand
            // near the top.
            let folders = entry.path.components.dropLast()
            guard folders.count <= 3, !folders.contains(where: { $0.first == UInt8(ascii: ".") }) else {
                continue
            }
            let words: [String]
            if let program = runners[name], !run.contains(program) { continue }
            if let listed = names[name] {
                words = listed
            } else if name.hasSuffix(".sh") || name.hasSuffix(".gemspec") || name.hasSuffix(".mk") {
                words = gitCommands
            } else if name.hasSuffix(".csproj") {
                words = ["GitVersion", "Nerdbank.GitVersioning", "MinVer"]
            } else {
                continue
            }
            guard let text = reads.context.contents(of: entry.path) else { continue }
            if let word = words.first(where: { contains(Array($0.utf8), in: text) }) {
                return GitMetadata(
                    evidence: word.isEmpty ? "\(entry.path)" : "\(entry.path) (\(word.trimmingBlanks))",
                    isCertain: folders.isEmpty && !name.hasSuffix(".sh") && !name.hasSuffix(".mk"))
            }
        }
        return nil
    }

    /// A command of the Dockerfile itself that asks git, or runs a script of the project that does.
    private static func command(in reads: ContextReads) -> (text: String, line: Int)? {
        // Another target may be built with the same ignore file.
        for step in reads.build.stages.flatMap(\.steps) {
            var hasCloned = false
            var isInClone = false
            for command in step.script.commands {
                let line = step.instruction.lines.lowerBound
                let words = command.words.map(\.text)
                // `git clone … && cd … && git checkout …` is about that repository.
                if command.program == "git", words.count > 1, words[1] == "clone" {
                    hasCloned = true
                    isInClone = isInClone || words.last == "."
                }
                if hasCloned, command.program == "cd" { isInClone = true }
                if command.program == "git" && !isInClone && asksRepository(words, of: reads)
                    || command.program == "goreleaser"
                {
                    return ("`\(words.prefix(3).joined(separator: " "))` in line \(line)", line)
                }
                if words.contains(where: { $0.hasPrefix("-buildvcs") && !$0.hasSuffix("=false") }) {
                    return ("`-buildvcs` in line \(line)", line)
                }
                if words.contains(where: { $0.contains("git describe") || $0.contains("git rev-parse") }) {
                    return ("git in line \(line)", line)
                }
                // Source Link, in the SDK from .NET 8 on, writes the commit into the version of what is built; source:
                // learn.microsoft.com, dotnet/core/compatibility/sdk/8.0/source-link.
                if command.program == "dotnet", words.count > 1,
                    ["build", "publish", "pack", "msbuild"].contains(words[1])
                {
                    return ("`dotnet \(words[1])` in line \(line) (Source Link)", line)
                }
                if let script = script(run: words, in: reads) {
                    return ("\(script), run in line \(line)", line)
                }
            }
            if step.run != nil, !step.script.isComplete, step.instruction.text.contains("git ") {
                return ("git in line \(step.instruction.lines.lowerBound)", step.instruction.lines.lowerBound)
            }
        }
        return nil
    }

    /// - Parameter words: a command of git.
    /// - Returns: false for what works without a repository or makes its own, or in one that is not copied, or sets up
    ///   the machine.
    private static func asksRepository(_ words: [String], of reads: ContextReads) -> Bool {
        switch words.dropFirst().first {
        case "-C": words.count < 3 || !words[2].hasPrefix("/") || mayBeCopied(words[2], reads)
        case "clone", "init", "lfs", "--version", "version", "ls-remote", nil: false
        case "config": !words.contains { $0 == "--global" || $0 == "--system" }
        default: true
        }
    }

    private static func mayBeCopied(_ path: String, _ reads: ContextReads) -> Bool {
        reads.folderReads.contains { read in
            guard let destination = read.step.step.copy?.destination, destination.isCertain else {
                return true
            }
            return PathText.isPath(PathText.clean(path), inOrAt: PathText.clean(destination.text))
        }
    }

    /// `python tools/version.py`, `./configure.pl`: a script of the context that asks git, by the file that a command
    /// names.
    private static func script(run words: [String], in reads: ContextReads) -> String? {
        for word in words.prefix(3) {
            guard let dot = word.lastIndex(of: "."), scriptSuffixes.contains(String(word[dot...])),
                let name = word.split(separator: "/").last
            else { continue }
            for entry in reads.context.listing.entries
            where entry.kind == .file && entry.path.name.elementsEqual(name.utf8) {
                guard let text = reads.context.contents(of: entry.path) else { continue }
                let calls = gitCommands + ["\"git\"", "'git'", "import git", "GitPython", ".git/"]
                if calls.contains(where: { contains(Array($0.utf8), in: text) }) {
                    return entry.path.description
                }
            }
        }
        return nil
    }

    /// What the build's RUNs say, and the scripts of the context that they name.
    private static func runTexts(in reads: ContextReads) -> [[UInt8]] {
        let runs = reads.build.stages.flatMap(\.steps).filter { $0.run != nil }
        var texts = runs.flatMap { step in
            ([step.instruction.text] + step.instruction.heredocs.map(\.content)).map { Array($0.utf8) }
        }
        let named = Set(
            runs.flatMap(\.script.commands).flatMap(\.words).compactMap { word in
                word.text.split(separator: "/").last.map { Array($0.utf8) }
            })
        var rest = Limits.scriptsRead
        for entry in reads.context.listing.entries
        where entry.kind == .file && named.contains(Array(entry.path.name)) {
            guard rest > 0 else { break }
            rest -= 1
            if let text = reads.context.contents(of: entry.path) { texts.append(text) }
        }
        return texts
    }

    private static let scriptSuffixes: Set<String> = [
        ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php", ".sh", ".bash", ".ps1",
    ]

    private static func contains(_ word: [UInt8], in text: [UInt8]) -> Bool {
        guard let first = word.first else { return true }
        guard text.count >= word.count else { return false }
        return text.withUnsafeBufferPointer { text in
            for at in 0...(text.count - word.count) where text[at] == first {
                var index = 1
                while index < word.count, text[at + index] == word[index] { index += 1 }
                if index == word.count { return true }
            }
            return false
        }
    }
}
