internal import Git
internal import Repository

/// What a file is for, as far as its name tells.
enum FileKind: Hashable, Sendable {
    case dockerfile
    /// `Dockerfile.dev`: a Dockerfile, or a piece of one that a tool puts into others (`Dockerfile.envs`), which has no
    /// FROM.
    case dockerfileVariant
    /// Its name may be that of a Dockerfile or of something else (`Dockerfile.py`, `Dockerfile.j2`): its text decides.
    case perhapsDockerfile
    case compose, bakeJSON, bakeHCL
    /// Of a CI system that is read (`PipelineFormat`).
    case pipeline
    /// Of a CI system that is not read (`UnreadPipeline`).
    case unreadPipeline
    /// Of another tool that builds images (`BuildFileFormat`).
    case buildFile
    case shell, powerShell, batch, makefile, justfile, taskfile
    /// No suffix, in a folder of scripts or with a name as scripts have it that build: a script if it begins with `#!`.
    case perhapsScript

    /// - Parameters:
    ///   - name: the file's name in bytes.
    ///   - folder: the folder's path relative to the root; `.` or nothing for the root.
    init?(name: UnsafeBufferPointer<UInt8>, in folder: UnsafeBufferPointer<UInt8>) {
        guard let first = name.first, name.count <= 255 else { return nil }
        // Nearly all files of a tree leave here or at their suffix; no String is made for them.
        switch first | 0x20 {
        case UInt8(ascii: "d") where name.hasPrefix("dockerfile"),
            UInt8(ascii: "c") where name.hasPrefix("containerfile"):
            if let kind = Self.dockerfileKind(String(decoding: name, as: UTF8.self)) {
                self = kind
                return
            }
            // A workflow may be called `dockerfile.yml`.
            guard name.hasSuffix(".yml") || name.hasSuffix(".yaml") else { return nil }
        case UInt8(ascii: "d") where name.hasPrefix("docker-bake."):
            switch String(decoding: name, as: UTF8.self) {
            case "docker-bake.json", "docker-bake.override.json": self = .bakeJSON
            case "docker-bake.hcl", "docker-bake.override.hcl": self = .bakeHCL
            default: return nil
            }
            return
        case UInt8(ascii: "m") where name.equals("makefile"),
            UInt8(ascii: "g") where name.equals("gnumakefile"):
            self = .makefile
            return
        case UInt8(ascii: "j") where name.equals("justfile"),
            UInt8(ascii: ".") where name.equals(".justfile"):
            self = .justfile
            return
        default: break
        }
        if BuildFileFormat.of(name: name, in: folder) != nil {
            self = .buildFile
            return
        }
        if UnreadPipeline.system(name: name, in: folder) != nil {
            self = .unreadPipeline
            return
        }
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else {
            guard Self.isScriptName(name) || Self.isScriptFolder(folder) else { return nil }
            self = .perhapsScript
            return
        }
        let suffix = UnsafeBufferPointer(rebasing: name[(dot + 1)...])
        switch suffix.count {
        case 2 where suffix.equals("sh"): self = .shell
        case 2 where suffix.equals("mk"): self = .makefile
        case 3 where suffix.equals("yml"), 4 where suffix.equals("yaml"):
            if name.holds("compose") {
                self = .compose
            } else if PipelineFormat.of(name: name, in: folder) != nil {
                self = .pipeline
            } else if name.hasPrefix("taskfile.") {
                self = .taskfile
            } else {
                return nil
            }
        case 3 where suffix.equals("zsh") || suffix.equals("ksh"), 4 where suffix.equals("bash"):
            self = .shell
        case 3 where suffix.equals("ps1"): self = .powerShell
        case 3 where suffix.equals("bat") || suffix.equals("cmd"): self = .batch
        case 4 where suffix.equals("just"): self = .justfile
        case 10 where suffix.equals("dockerfile"), 13 where suffix.equals("containerfile"):
            self = .dockerfile
        default: return nil
        }
    }

    init?(name: UnsafeBufferPointer<UInt8>, in folder: String) {
        var folder = folder
        guard let kind = folder.withUTF8({ Self(name: name, in: $0) }) else { return nil }
        self = kind
    }

    /// - Parameter path: relative to the root.
    init?(_ path: String) {
        var name = Paths.name(of: path)
        guard let kind = name.withUTF8({ Self(name: $0, in: Paths.folder(of: path)) }) else { return nil }
        self = kind
    }

    /// Nothing but a Dockerfile is called so.
    var isDockerfileByName: Bool { self == .dockerfile || self == .dockerfileVariant }

    /// - Parameter path: relative to the root, in bytes.
    init?(path: UnsafeBufferPointer<UInt8>) {
        let (name, folder) = ReadCommits.nameAndFolder(of: path)
        self.init(name: name, in: folder)
    }

    /// `Dockerfile`, `Dockerfile.dev`, `Dockerfile-alpine`, `Containerfile` …
    private static func dockerfileKind(_ name: String) -> FileKind? {
        let lower = name.lowercased()
        let stem = lower.hasPrefix("dockerfile") ? "dockerfile" : "containerfile"
        if lower == stem { return .dockerfile }
        guard let separator = lower.dropFirst(stem.count).first, "._-".contains(separator) else { return nil }
        if lower.hasSuffix("~") { return nil }
        let suffix = lower.split(separator: ".").last.map(String.init) ?? ""
        if backups.contains(suffix) { return nil }
        // Generators of Nx and Angular replace such a part of a name.
        if lower.contains("__tmpl__") || lower.contains("__template__") { return nil }
        if name.first?.isLowercase == true || others.contains(suffix) { return .perhapsDockerfile }
        return .dockerfileVariant
    }

    /// Never a Dockerfile that is built.
    private static let backups: Set<String> = [
        "dockerignore", "containerignore", "bak", "orig", "old", "swp", "swo", "rej", "save", "tmp", "md",
        "rst", "txt",
        "html", "patch", "diff", "log", "lock", "json", "yaml", "yml", "toml", "xml", "gz", "zip", "sum",
        "sha256", "sig", "asc",
    ]
    /// Templates, and suffixes of other languages that some use to say what the image is for.
    private static let others: Set<String> = [
        "j2", "jinja", "jinja2", "tmpl", "tpl", "template", "erb", "mustache", "hbs", "ejs", "in", "m4",
        "sample",
        "example", "dist", "py", "js", "ts", "go", "rb", "java", "php", "rs", "cs", "sh", "bash", "ps1",
        "lua", "pl",
        "kt", "scala", "swift", "c", "h", "cpp", "mjs", "cjs", "tsx", "jsx", "vue", "css", "snap",
    ]

    private static func isScriptFolder(_ folder: UnsafeBufferPointer<UInt8>) -> Bool {
        let name = folder.lastIndex(of: UInt8(ascii: "/")).map { folder[($0 + 1)...] } ?? folder[...]
        return scriptFolders.contains(String(decoding: name, as: UTF8.self))
    }

    private static let scriptFolders: Set<String> = [
        "bin", "ci", ".ci", "hack", "script", "scripts", "tools", "docker", "dev", "devops", "deploy",
        "build",
        "release", "images", "containers", ".buildkite", ".github", "jenkins", "contrib", "util", "utils",
    ]

    /// `build`, `docker-build`, `push_images`: in lower case, as `BUILD` is Bazel's.
    private static func isScriptName(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count <= scriptNameBytes else { return false }
        return name.indices.contains { start in
            func goes(_ word: StaticString) -> Bool {
                UnsafeBufferPointer(rebasing: name[start...]).hasPrefix(word)
            }
            return switch name[start] {
            case UInt8(ascii: "b"): goes("build")
            case UInt8(ascii: "c"): goes("container")
            case UInt8(ascii: "d"): goes("docker") || goes("deploy")
            case UInt8(ascii: "i"): goes("image")
            case UInt8(ascii: "p"): goes("publish")
            case UInt8(ascii: "r"): goes("release")
            default: false
            }
        }
    }

    private static let scriptNameBytes = 40
}

extension Project {
    /// Whether a file may state builds, by its name.
    /// - Parameter path: relative to the repository's root.
    package static func statesBuilds(_ path: String) -> Bool {
        switch FileKind(path) {
        case nil, .dockerfile, .dockerfileVariant, .perhapsDockerfile: false
        default: true
        }
    }

    /// Whether a file may state builds or be a Dockerfile.
    /// - Parameters:
    ///   - name: the file's.
    ///   - folder: the path of its folder relative to the repository's root; nothing for the root.
    package static func concerns(
        _ name: UnsafeBufferPointer<UInt8>, in folder: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        if name.equals(".env") || name.equals(".envrc") || folder.isEmpty && name.equals(".clm-doctor.yaml") {
            return true
        }
        if folder.equals(".git") || folder.hasPrefix(".git/") { return false }
        return FileKind(name: name, in: folder) != nil
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// ASCII letters of either case are equal.
    /// - Parameter text: in lower case.
    func hasSuffix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && UnsafeBufferPointer(rebasing: suffix(text.utf8CodeUnitCount)).hasPrefix(text)
    }

    /// ASCII letters of either case are equal.
    /// - Parameter text: in lower case.
    func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where lowercase(self[index]) != text.utf8Start[index] {
            return false
        }
        return true
    }

    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    private func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
