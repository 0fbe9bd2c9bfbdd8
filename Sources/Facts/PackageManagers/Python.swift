extension PackageManager {
    static let python: [PackageManager] = [pip, uv, poetry, pipenv]

    /// Sources: pip docs/html/topics/caching.md; pip `_internal/cli/cmdoptions.py` (`_handle_no_cache_dir`: any valid
    /// boolean, also a false one, disables the cache, kept for compatibility; `no_cache`, whose unambiguous beginnings
    /// optparse accepts), `_internal/utils/misc.py` (`strtobool`).
    private static let pip = PackageManager(
        name: "pip", programs: ["pip"], module: "pip",
        verbs: [
            Verb(words: ["install"], action: .install, input: .python),
            Verb(words: ["wheel"], action: .fetch, input: .python),
            Verb(words: ["download"], action: .fetch, input: .python),
            Verb(words: ["config", "set"], action: .configure),
            Verb(words: ["uninstall"], action: .configure),
            Verb(words: ["cache", "purge"], action: .clean),
            Verb(words: ["cache", "remove"], action: .clean),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache-dir"), .variable("PIP_CACHE_DIR"), .variable("XDG_CACHE_HOME", "/pip"),
                    .home("/.cache/pip"),
                ])
        ],
        valueOptions: pipValueOptions.union(["--cache-dir"]),
        defeatingFlags: ["--no-cache-dir", "--no-cache"],
        defeatingVariables: [DefeatingVariable(name: "PIP_NO_CACHE_DIR", defeats: isAnyBoolean)],
        offlineFlags: ["--no-index"],
        manifests: [
            "requirements*.txt", "constraints*.txt", "pyproject.toml", "setup.cfg", "setup.py", "pip.conf",
        ], cacheQueries: ["pip cache dir"])

    private static let pipValueOptions: Set<String> = [
        "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f",
        "--find-links", "-e", "--editable", "-t", "--target", "--prefix", "--root", "--src", "--platform",
        "--python-version", "--implementation", "--abi", "--no-binary", "--only-binary", "--progress-bar",
        "--trusted-host", "--proxy", "--retries", "--timeout", "--log", "--cert", "--client-cert",
        "--global-option", "--config-settings", "-C", "--upgrade-strategy", "-w", "--wheel-dir", "-d",
        "--dest", "--report", "--python", "--group", "--root-user-action", "--exists-action", "--use-feature",
        "--use-deprecated", "--keyring-provider", "--build-constraint", "--resume-retries",
    ]

    /// Sources: uv docs/concepts/cache.md, docs/guides/integration/docker.md, docs/reference/environment.md
    /// (`UV_NO_CACHE`, `UV_LINK_MODE`), crates/uv-cli/src/lib.rs (`-n`, `--no-cache`, alias `--no-cache-dir`).
    private static let uv = PackageManager(
        name: "uv", programs: ["uv", "uvx"], module: "uv",
        verbs: [
            Verb(
                words: ["sync"], action: .install,
                input: .projectUnless([
                    "--no-install-project", "--no-install-workspace", "--no-install-local",
                ])),
            Verb(words: ["pip", "install"], action: .install, input: .python),
            Verb(words: ["pip", "sync"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["add"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["tool", "install"], action: .install),
            Verb(words: ["build"], action: .build, input: .fixed(.sources)),
            Verb(words: ["venv"], action: .configure),
            Verb(words: ["cache", "clean"], action: .clean),
            Verb(words: ["cache", "prune"], action: .other),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache-dir"), .variable("UV_CACHE_DIR"), .variable("XDG_CACHE_HOME", "/uv"),
                    .home("/.cache/uv"),
                ])
        ],
        valueOptions: pipValueOptions.union([
            "--cache-dir", "--directory", "--project", "--config-file", "-p", "--python", "--extra",
            "--group",
            "--no-group", "--only-group", "--package", "--no-install-package", "--index", "--default-index",
            "--link-mode", "--with", "--color", "--index-strategy", "--resolution", "--prerelease",
            "--torch-backend", "--python-platform", "--exclude-newer", "--override", "--overrides", "-b",
            "--build-constraints", "-P", "--upgrade-package", "--reinstall-package", "--refresh-package",
            "--no-build-package", "--no-binary-package", "--allow-insecure-host", "--config-setting",
        ]),
        defeatingFlags: ["--no-cache", "--no-cache-dir", "-n"],
        defeatingVariables: [DefeatingVariable(name: "UV_NO_CACHE", defeats: isTrue)],
        offlineFlags: ["--offline", "--no-index"],
        manifests: ["pyproject.toml", "uv.lock", "requirements*.txt", "constraints*.txt", "uv.toml"],
        locks: Locks(manifest: "pyproject.toml", files: ["uv.lock"], verbs: ["sync"]),
        outputFolder: ".venv",
        linking: Linking(
            variable: "UV_LINK_MODE", flag: "--link-mode", setting: "link-mode", linkValue: "symlink",
            copyValue: "copy", warnsByDefault: true), locksItself: true,
        mountHints: [MountHint(text: "Set UV_LINK_MODE=copy: a mount is another file system.")])

    /// Source: poetry docs/configuration.md (`cache-dir`; the virtual environments lie inside it, so only `cache` and
    /// `artifacts` are fit to be mounts), docs/cli.md (`--no-cache`).
    private static let poetry = PackageManager(
        name: "poetry", programs: ["poetry"], module: "poetry",
        verbs: [
            Verb(
                words: ["install"], action: .install, input: .projectUnless(["--no-root"])),
            Verb(words: ["sync"], action: .install, input: .projectUnless(["--no-root"])),
            Verb(words: ["update"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["add"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["config"], action: .configure),
            Verb(words: ["cache", "clear"], action: .clean),
            Verb(words: ["cache:clear"], action: .clean),
        ],
        caches: [
            Cache(content: "package index", places: poetryPlaces("/cache")),
            Cache(content: "packages", places: poetryPlaces("/artifacts")),
        ],
        valueOptions: [
            "-C", "--directory", "-P", "--project", "-E", "--extras", "--with", "--without", "--only",
        ],
        defeatingFlags: ["--no-cache"],
        manifests: ["pyproject.toml", "poetry.lock", "poetry.toml"],
        locks: Locks(manifest: "pyproject.toml", files: ["poetry.lock"], verbs: ["install"]),
        outputFolder: ".venv")

    private static func poetryPlaces(_ folder: String) -> [Place] {
        [
            .variable("POETRY_CACHE_DIR", folder), .variable("XDG_CACHE_HOME", "/pypoetry" + folder),
            .home("/.cache/pypoetry" + folder),
        ]
    }

    /// Sources: pipenv docs/configuration.md (`PIPENV_CACHE_DIR`), pipenv/utils/pip.py (it hands its own folder to pip as
    /// `PIP_CACHE_DIR`, so that pip's place does not matter).
    private static let pipenv = PackageManager(
        name: "pipenv", programs: ["pipenv"], module: "pipenv",
        verbs: [
            Verb(words: ["install"], action: .install, input: .namedOrManifests),
            Verb(words: ["sync"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["update"], action: .install, input: .fixed(.manifests)),
            Verb(words: [], action: .clean, flags: ["--clear"]),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .variable("PIPENV_CACHE_DIR"), .variable("XDG_CACHE_HOME", "/pipenv"),
                    .home("/.cache/pipenv"),
                ])
        ],
        valueOptions: [
            "--python", "-r", "--requirements", "--categories", "-i", "--index", "--extra-pip-args",
        ],
        manifests: ["Pipfile", "Pipfile.lock"],
        locks: Locks(manifest: "Pipfile", files: ["Pipfile.lock"], verbs: ["install"]))

    /// What Python's `strtobool` accepts, true or false.
    @Sendable private static func isAnyBoolean(_ value: String) -> Bool {
        ["y", "yes", "t", "true", "on", "1", "n", "no", "f", "false", "off", "0"].contains(value.lowercased())
    }

    /// What clap's boolish parser takes for true.
    @Sendable private static func isTrue(_ value: String) -> Bool {
        ["y", "yes", "t", "true", "on", "1"].contains(value.lowercased())
    }
}
