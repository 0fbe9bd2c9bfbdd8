/// Whether a manifest makes an install read more of the project than manifests.
enum LocalRequirement {
    /// Texts by the end of a file's name.
    private static let marks: [(suffix: String, marks: [String])] = [
        // `-e .`, `./lib`, `file:…`: a requirement that is a folder here.
        (
            ".txt",
            [
                "-e .", "-e file:", "--editable", "\n./", "\n../", "file:.", "\n.\n", "\n.[", "--find-links",
                "\n-f ",
            ]
        ),
        (
            "package.json",
            [
                "\"file:", "\"link:", "\"portal:", "\"preinstall\"", "\"install\"", "\"postinstall\"",
                "\"prepare\"",
                "\"prepublish\"", "\"workspaces\"",
            ]
        ),
        ("pnpm-workspace.yaml", ["packages"]),
        ("composer.json", ["\"autoload", "post-install-cmd", "\"path\""]),
        (
            "Gemfile",
            [
                "path:", ":path", "gemspec", "eval_gemfile", "instance_eval", "File.", "Dir.",
                "require_relative",
            ]
        ),
        ("mix.exs", ["apps_path", "path:", "File.", "Code."]),
        ("Package.swift", [".package(path", ".package(name"]),
        ("renv.lock", ["\"Local\""]),
        (".sln", ["\nProject("]),
        (".slnx", ["<Project"]),
        (".slnf", ["\"projects\""]),
        ("proj", ["<ProjectReference", "<Import ", "<Exec "]),
        ("Pipfile", ["editable", "path ="]),
        ("pyproject.toml", ["path =", "file:", "[tool.uv.workspace]"]),
        ("go.mod", ["=> ./", "=> ../"]),
        ("Cargo.toml", ["[workspace", "path = \"", "path=\""]),
        // A source of crates that is a folder of the project.
        (".cargo/config.toml", ["directory =", "directory=", "local-registry"]),
    ]

    /// Those that name other packages of the project, of which an install reads manifests alone.
    private static let members: Set<String> = [
        "\"workspaces\"", "packages", "\nProject(", "<Project", "\"projects\"", "<ProjectReference",
        // It runs in builds, not in a restore.
        "<Exec ",
    ]

    /// What of the project a manifest makes an install read.
    enum Reach {
        case manifestAlone
        /// The manifests of its other packages too.
        case manifests
        case sources
    }

    static func reach(of bytes: [UInt8], file: String) -> Reach {
        guard let entry = marks.first(where: { file.hasSuffix($0.suffix) }) else { return .manifestAlone }
        let text = "\n" + String(decoding: bytes, as: UTF8.self)
        let found = entry.marks.filter { text.contains($0) }
        if found.isEmpty { return .manifestAlone }
        return found.allSatisfy(members.contains) ? .manifests : .sources
    }

    static func isNamed(in bytes: [UInt8], file: String) -> Bool {
        reach(of: bytes, file: file) != .manifestAlone
    }
}
