import Dockerfile
import Facts

/// Whether a RUN does nothing but bring packages in, so that it reads no variable and no source that it does not name.
struct OnlyInstalls {
    let isTrue: Bool

    /// - Parameter orDownloads: a script that a download hands over to a shell counts too. It reads no source, but may read
    ///   any variable.
    init(_ step: StepFacts, orDownloads: Bool = false) {
        let understood = Set(step.invocations.map(\.command.order))
        let configuring = Set(step.invocations.filter { $0.action == .other }.map(\.command.order))
        let all = step.script.commands.allSatisfy { command in
            (understood.contains(command.order) && !configuring.contains(command.order))
                || command.readsOnlyWhatItNames || orDownloads && command.runsDownload
        }
        let invocations = step.invocations.allSatisfy { invocation in
            switch invocation.action {
            case .install, .fetch, .update:
                invocation.input == .nothing || invocation.input == .manifests
            case .clean, .configure: true
            case .build: invocation.recipe != nil
            case .other: invocation.command.readsOnlyWhatItNames
            }
        }
        isTrue = step.script.isComplete && all && invocations && !step.installs.isEmpty
    }
}

extension ShellCommand {
    /// It reads no file but those that its words name, or none at all.
    var readsOnlyWhatItNames: Bool {
        guard let program, !hasUnseenArguments else { return false }
        if Self.harmless.contains(program) { return true }
        if words.count == 2, tellsVersion(program) { return true }
        switch program {
        case ".", "source":
            // A virtual environment's script sets PATH and prompt.
            return words.count == 2 && words[1].text.hasSuffix("/bin/activate")
        case "python", "python3", "pypy", "pypy3":
            return words.count > 2 && words[1].text == "-m" && ["venv", "virtualenv"].contains(words[2].text)
        case "virtualenv", "gpg": return true
        case "git": return words.count > 1 && words[1].text == "config"
        case "curl", "wget":
            // What is sent or read from a file is a file of the image.
            return arguments.allSatisfy { !$0.text.hasPrefix("@") && !Self.readingOptions.contains($0.text) }
        default: return false
        }
    }

    /// `curl … | bash -`: a shell that is given no file.
    var runsDownload: Bool {
        (program == "sh" || program == "bash") && before?.kind == .pipe
            && arguments.allSatisfy { ["-", "-s", "-e", "-x", "--"].contains($0.text) }
    }

    /// `node --version`, `pip -V`, `go version`: of an installed program, not one of the project.
    private func tellsVersion(_ program: String) -> Bool {
        guard words[0].text == program || words[0].text.hasPrefix("/") else { return false }
        switch words[1].text {
        case "--version": return true
        case "-v", "-V", "version": return Self.versioned.contains(program)
        default: return false
        }
    }

    private static let versioned: Set<String> = [
        "node", "npm", "pnpm", "yarn", "bun", "deno", "python", "python3", "pip", "pip3", "php", "composer",
        "ruby", "bundle", "gem", "mvn", "gradle", "java", "go", "cargo", "rustc", "uv", "poetry",
    ]

    /// Of curl and wget: `-d`, `-T`, `-K` and their long forms, `--post-file`, `-i`.
    private static let readingOptions: Set<String> = [
        "-T", "--upload-file", "-K", "--config", "--post-file", "--body-file", "-i", "--input-file", "-F",
        "--form",
        "--data-binary", "--cacert", "--cert", "--key", "--ca-certificate", "--certificate", "--private-key",
    ]

    /// Programs that read or change files which they name, and nothing else.
    private static let harmless: Set<String> = [
        ":", "[", "apt-mark", "cat", "cd", "chmod", "chown", "cp", "date", "debconf-set-selections",
        "dirname", "echo",
        "env", "exit", "export", "false", "grep", "head", "id", "install", "ldconfig", "ln", "ls", "mkdir",
        "mktemp",
        "mv", "printf", "pwd", "rm", "rmdir", "sed", "set", "sleep", "sort", "tail", "tee", "test", "touch",
        "tr",
        "true", "umask", "uname", "unset", "which",
    ]
}
