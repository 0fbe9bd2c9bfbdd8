import Dockerfile

extension StepFacts {
    /// How long a step takes, as far as its text tells.
    package enum Weight: Sendable {
        /// It installs, downloads or compiles.
        case heavy
        /// It does none of that.
        case light
        /// It runs something that may do anything, such as a script.
        case unknown
    }
}

extension StepFacts {
    /// Every command is one of a package manager or of a common tool: none runs anything that the text does not show,
    /// such as a script. (What packages run while they are installed is not counted.)
    package var isUnderstood: Bool {
        guard script.isComplete, !script.commands.isEmpty else { return false }
        let managed = Set(invocations.lazy.filter { $0.action != .other }.map(\.command.order))
        return script.commands.allSatisfy { command in
            if managed.contains(command.order) { return true }
            guard let program = command.program, !command.hasUnseenArguments else { return false }
            return Weight.lightPrograms.contains(program) || Weight.transferPrograms.contains(program)
        }
    }
}

extension StepFacts {
    /// It runs a compiler, a bundler or what drives one.
    package var compiles: Bool { Self.compiles(script, invocations) }

    static func compiles(_ script: ShellScript, _ invocations: [Invocation]) -> Bool {
        invocations.contains { $0.action == .build }
            || script.commands.contains { command in
                guard let program = command.program else { return false }
                return Weight.compilingPrograms.contains(program) || isBuildScript(command, program)
            }
    }

    /// `npm run build`, `yarn build`: by its name the script that bundles the project.
    private static func isBuildScript(_ command: ShellCommand, _ program: String) -> Bool {
        guard ["npm", "pnpm", "yarn", "bun"].contains(program) else { return false }
        let words = command.arguments.lazy.filter { !$0.isOption }.prefix(2).map(\.text)
        return words.first == "build" && program != "npm" || Array(words) == ["run", "build"]
    }
}

extension StepFacts.Weight {
    /// Programs that compile, or drive what does.
    static let compilingPrograms: Set<String> = [
        "make", "cmake", "ninja", "meson", "gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "msbuild",
        "sbt", "cabal", "stack", "swift", "bazel", "tsc", "webpack", "vite", "ng", "next", "turbo", "nx",
        "docker-php-ext-install", "pecl",
    ]

    /// Programs that bring files in and keep nothing of their own.
    static let transferPrograms: Set<String> = [
        "curl", "wget", "git", "tar", "gzip", "gunzip", "unzip", "xz", "bzip2", "gpg", "dpkg",
        "add-apt-repository",
        "corepack", "apt-key", "rpm", "update-ca-certificates", "apt-mark", "debconf-set-selections",
    ]

    init(_ step: Step, script: ShellScript, invocations: [Invocation]) {
        guard case .run = step.instruction.body else {
            self = .light
            return
        }
        if invocations.contains(where: {
            $0.action != .other && $0.action != .clean && $0.action != .configure
        }) {
            self = .heavy
            return
        }
        guard !script.commands.isEmpty, script.isComplete else {
            self = .unknown
            return
        }
        var known = true
        let configuring = Set(invocations.lazy.filter { $0.action == .configure }.map(\.command.order))
        for command in script.commands where !configuring.contains(command.order) {
            guard let program = command.program else {
                known = false
                continue
            }
            if Self.heavyPrograms.contains(program) {
                self = .heavy
                return
            }
            if !Self.lightPrograms.contains(program), !Self.makesVirtualEnvironment(command) { known = false }
        }
        self = known ? .light : .unknown
    }

    /// `python -m venv`: unpacks what Python brings along.
    private static func makesVirtualEnvironment(_ command: ShellCommand) -> Bool {
        command.program?.hasPrefix("python") == true && command.words.count > 2
            && command.words[1].text == "-m"
            && ["venv", "virtualenv"].contains(command.words[2].text)
    }

    /// Programs that download or compile.
    private static let heavyPrograms: Set<String> = [
        "curl", "wget", "git", "make", "cmake", "ninja", "meson", "gcc", "g++", "cc", "clang", "rustc",
        "configure",
        "composer", "bundle", "gem", "dotnet", "msbuild", "sbt", "mix", "cabal", "stack", "opam", "zypper",
        "pacman",
        "swift", "bun", "deno", "bazel", "tsc", "webpack", "vite", "ng", "nix", "nix-build", "brew", "rustup",
        "svn",
        "docker-php-ext-install", "pecl", "playwright", "luarocks", "conan", "vcpkg", "julia", "Rscript", "R",
        "install2.r", "installGithub.r", "cs", "coursier", "tdnf",
    ]

    /// Programs of coreutils and the like that are done at once.
    static let lightPrograms: Set<String> = [
        "mkdir", "rm", "rmdir", "cp", "mv", "ln", "chmod", "chown", "chgrp", "touch", "echo", "printf", "cat",
        "sed",
        "awk", "grep", "find", "ls", "test", "[", "true", "false", ":", "cd", "set", "export", "unset", "env",
        "id",
        "useradd", "adduser", "usermod", "groupadd", "addgroup", "passwd", "chpasswd", "install", "head",
        "tail",
        "sort", "uniq", "tr", "cut", "wc", "tee", "date", "uname", "which", "command", "type", "basename",
        "dirname",
        "readlink", "realpath", "sleep", "exit", "locale-gen", "update-locale", "ldconfig", "sha256sum",
        "md5sum",
        "pwd", "whoami", "getent", "dpkg", "mktemp", "xargs", "stat", "truncate", "update-alternatives",
        "setcap",
    ]
}
