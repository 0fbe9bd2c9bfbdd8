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

    static func isNamed(in bytes: [UInt8], file: String) -> Bool {
        guard let entry = marks.first(where: { file.hasSuffix($0.suffix) }) else { return false }
        let text = "\n" + String(decoding: bytes, as: UTF8.self)
        return entry.marks.contains { text.contains($0) }
    }
}
