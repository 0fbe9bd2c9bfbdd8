extension PackageManager {
    /// Those of Haskell, OCaml and Elixir.
    static let functional: [PackageManager] = [cabal, stack, opam, mix]

    private static let onlyDependencies = [
        "--only-dependencies", "--dependencies-only", "--only-deps", "--enable-only-dependencies",
    ]

    /// Sources: cabal doc/config.rst ("Directories", `CABAL_DIR`; ~/.cabal where it exists, as before 3.10),
    /// doc/cabal-project-description-file.rst (`--store-dir`, `--remote-repo-cache`), doc/cabal-commands.rst
    /// (`--install-method`). Tried: 3.4.1 writes /root/.cabal/packages, with `CABAL_DIR=c` c/packages.
    private static let cabal = PackageManager(
        name: "cabal", programs: ["cabal"],
        verbs: [
            Verb(words: ["update"], action: .update, caches: [0]),
            Verb(words: ["v2-update"], action: .update, caches: [0]),
            Verb(words: ["new-update"], action: .update, caches: [0]),
            Verb(words: ["fetch"], action: .fetch, caches: [0]),
        ]
            + ["build", "v2-build", "new-build", "install", "v2-install", "new-install"].map {
                Verb(words: [$0], action: .install, input: .fixed(.manifests), flags: onlyDependencies)
            }
            + ["build", "v2-build", "new-build", "test", "run", "bench", "repl"].map {
                Verb(words: [$0], action: .build, input: .fixed(.sources))
            }
            + ["install", "v2-install", "new-install"].map {
                Verb(words: [$0], action: .install, input: .namedOrSources)
            },
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--remote-repo-cache"), .variable("CABAL_DIR", "/packages"),
                    .oneOf(["~/.cache/cabal/packages", "~/.cabal/packages", "$XDG_CACHE_HOME/cabal/packages"]
                    ),
                ], needsLock: true),
            Cache(
                content: "compiled packages",
                places: [
                    .flag("--store-dir"), .variable("CABAL_DIR", "/store"),
                    .oneOf(["~/.local/state/cabal/store", "~/.cabal/store", "$XDG_STATE_HOME/cabal/store"]),
                ], needsLock: true),
        ],
        valueOptions: [
            "-w", "--with-compiler", "--project-file", "--project-dir", "--builddir", "--installdir",
            "--install-method", "-j", "--jobs", "-f", "--flags", "-c", "--constraint", "--config-file",
            "--store-dir", "--remote-repo-cache", "--ghc-options", "--index-state", "-O",
        ],
        offlineFlags: ["--offline"],
        manifests: ["*.cabal", "cabal.project*", "package.yaml"],
        mountHints: [
            MountHint(text: "`cabal update` takes the first mount too: the index is kept there."),
            MountHint(
                text: "`cabal install` needs `--install-method=copy`: else it makes a link into the mount."),
            MountHint(
                text:
                    "Set CABAL_DIR and mount its packages and store: without, cabal decides between ~/.cabal "
                    + "and the XDG folders when it runs.", isForUncertainPlace: true),
        ])

    /// Sources: stack doc/topics/stack_root.md (`STACK_ROOT`, `~/.stack`), doc/configure/environment_variables.md
    /// (`STACK_XDG`), doc/configure/global_flags.md (`--stack-root`, `--allow-different-user`). Tried: 2.7.5 makes
    /// /root/.stack, and what `STACK_ROOT` and `--stack-root` name.
    private static let stack = PackageManager(
        name: "stack", programs: ["stack"],
        verbs: [
            Verb(words: ["update"], action: .update),
            Verb(words: ["setup"], action: .install),
        ]
            + ["build", "install", "test"].map {
                Verb(words: [$0], action: .install, input: .fixed(.manifests), flags: onlyDependencies)
            }
            + ["build", "install", "test", "bench"].map {
                Verb(words: [$0], action: .build, input: .fixed(.sources))
            },
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--stack-root"), .variable("STACK_ROOT"), .elsewhere(["STACK_XDG"]),
                    .home("/.stack"),
                ], needsLock: true)
        ],
        valueOptions: [
            "--stack-root", "--resolver", "--snapshot", "--stack-yaml", "--work-dir", "--flag",
            "--ghc-options",
            "--local-bin-path", "-j", "--jobs", "--ta", "--test-arguments", "--compiler",
        ],
        manifests: ["stack.yaml", "stack.yaml.lock", "package.yaml", "*.cabal"],
        mountHints: [
            MountHint(
                text:
                    "Give every RUN of stack the same mount: a GHC that stack installs is kept there, and so is "
                    + "config.yaml.")
        ])

    /// Sources: opam doc/pages/Manual.md (`OPAMROOT`), src/format/opamRepositoryPath.ml (`download-cache`),
    /// src/client/opamCommands.ml (`clean -c`; it is among the defaults); ocurrent/ocaml-dockerfile (user opam 1000). The
    /// rest of the root is the switch, which the image needs. Tried: 2.1.2 has no use for a root that holds only the
    /// folder of a mount: `opam init` asks first, so that no mount
    /// fits into the RUN that has it.
    private static let opam = PackageManager(
        name: "opam", programs: ["opam"],
        verbs: [
            Verb(words: ["install"], action: .install, input: .fixed(.manifests), flags: ["--deps-only"]),
            Verb(words: ["install"], action: .install, input: .namedOrManifests),
            Verb(words: ["upgrade"], action: .install),
            Verb(words: ["reinstall"], action: .install),
            // Both make a switch of nothing (opam switch --help).
            Verb(words: ["switch", "create"], action: .other, caches: [], flags: ["--fake", "--empty"]),
            Verb(words: ["switch", "create"], action: .install, input: .fixed(.unknown)),
            Verb(words: ["init"], action: .install, caches: []),
            Verb(words: ["update"], action: .update, caches: []),
            Verb(words: ["clean"], action: .clean),
        ],
        caches: [
            Cache(
                content: "sources",
                places: [
                    .flag("--root", "/download-cache"), .variable("OPAMROOT", "/download-cache"),
                    .home("/.opam/download-cache"),
                ], needsLock: true)
        ],
        valueOptions: [
            "--root", "--switch", "-j", "--jobs", "--color", "--repositories", "--repos", "--compiler",
        ],
        manifests: ["*.opam", "*.opam.locked", "dune-project", "opam"])

    /// Sources: hex lib/hex/config.ex, lib/hex/state.ex (`HEX_HOME`, `MIX_XDG`, `~/.hex`), lib/hex/scm.ex (`packages` in
    /// it). What `mix local.hex` installs is in `~/.mix`, which the build needs and no mount may hide.
    private static let mix = PackageManager(
        name: "mix", programs: ["mix"],
        verbs: [
            Verb(words: ["deps.get"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["deps.update"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["deps.compile"], action: .build, input: .fixed(.manifests), caches: []),
            Verb(words: ["compile"], action: .build, input: .fixed(.sources), caches: []),
            Verb(words: ["release"], action: .build, input: .fixed(.sources), caches: []),
            Verb(words: ["test"], action: .build, input: .fixed(.sources), caches: []),
            Verb(words: ["local.hex"], action: .install, caches: []),
            Verb(words: ["local.rebar"], action: .install, caches: []),
            Verb(words: ["archive.install"], action: .install, caches: []),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [.variable("HEX_HOME"), .elsewhere(["MIX_XDG"]), .home("/.hex")])
        ],
        valueOptions: ["--only", "--path", "--except"],
        manifests: ["mix.exs", "mix.lock"],
        locks: Locks(manifest: "mix.exs", files: ["mix.lock"], verbs: ["deps.get"]), outputFolder: "deps")
}
