extension PackageManager {
    static let javaScript: [PackageManager] = [
        npm, corepack, yarn, yarnClassic, yarnBerry, pnpm, bun, deno,
    ]

    // A package of a workspace is its package.json as far as an install without scripts goes: docs.npmjs.com using-npm/workspaces,
    // yarnpkg.com/features/workspaces. pnpm.io/cli/fetch reads the lock file alone and is "for Docker images of monorepos".
    private static let npmFetch = SeparateFetch(
        evidence: "package.json",
        lines: [
            "# syntax=docker/dockerfile:1", "COPY --parents package-lock*.json **/package.json ./",
            "RUN npm ci …",
        ],
        isOfManyManifests: true)
    private static let yarnFetch = SeparateFetch(
        evidence: "package.json",
        lines: [
            "# syntax=docker/dockerfile:1",
            "COPY --parents yarn.lock .yarn* **/package.json ./", "RUN yarn install …",
        ],
        isOfManyManifests: true)
    private static let pnpmFetch = SeparateFetch(
        evidence: "package.json", lines: ["COPY pnpm-*.yaml ./", "RUN pnpm fetch"],
        isOfManyManifests: true)

    private static let npmOptions: Set<String> = [
        "--prefix", "-C", "--cache", "--registry", "--loglevel", "--omit", "--include", "-w", "--workspace",
        "--userconfig", "--globalconfig", "--fetch-retries", "--fetch-timeout", "--maxsockets", "--tag",
        "--save-prefix", "--before", "--script-shell", "--install-strategy",
    ]

    /// Sources: npm docs using-npm/config (`cache`, `prefer-offline`), commands/npm-cache.
    private static let npm = PackageManager(
        name: "npm", programs: ["npm"],
        verbs: ["ci", "install-clean", "clean-install", "ic"].map {
            Verb(words: [$0], action: .install, input: .fixed(.manifests))
        }
            + ["install", "i", "add", "in"].map {
                Verb(words: [$0], action: .install, input: .namedOrManifests)
            }
            + ["update", "up", "upgrade"].map {
                Verb(words: [$0], action: .install, input: .namedOrManifests)
            } + [
                Verb(words: ["config", "set"], action: .configure),
                Verb(words: ["config", "delete"], action: .configure),
                Verb(words: ["set"], action: .configure),
                Verb(words: ["cache", "clean"], action: .clean, flags: ["--force", "-f"]),
                Verb(words: ["cache", "rm"], action: .clean),
            ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache"), .variable("npm_config_cache"), .variable("NPM_CONFIG_CACHE"),
                    .home("/.npm"),
                ])
        ],
        valueOptions: npmOptions, offlineFlags: ["--offline"],
        manifests: ["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"],
        cacheQueries: ["npm config get cache"],
        locks: Locks(
            manifest: "package.json", files: ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock"],
            verbs: ["install", "i", "in", "add"]),
        outputFolder: "node_modules", separateFetch: npmFetch)

    /// Source: nodejs/corepack README (`enable` puts shims in place, `prepare` and `install` download a manager, of the
    /// version that is named or that package.json tells).
    private static let corepack = PackageManager(
        name: "corepack", programs: ["corepack"],
        verbs: ["enable", "disable", "prepare", "install", "up", "use"].map {
            Verb(words: [$0], action: .configure)
        },
        caches: [], manifests: ["package.json"])

    private static let yarnVerbs: [Verb] = [
        Verb(words: [], action: .install, input: .fixed(.manifests)),
        Verb(words: ["install"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["workspaces", "focus"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["add"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["global", "add"], action: .install),
        Verb(words: ["upgrade"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["config", "set"], action: .configure),
        Verb(words: ["set", "version"], action: .configure),
        Verb(words: ["cache", "clean"], action: .clean),
    ]

    private static let yarnOptions: Set<String> = [
        "--cwd", "--cache-folder", "--network-timeout", "--modules-folder", "--registry", "--mutex",
        "--network-concurrency", "--prefix", "--global-folder", "--use-yarnrc", "--preferred-cache-folder",
    ]

    private static let yarnManifests = [
        "package.json", "yarn.lock", ".yarnrc", ".yarnrc.yml", ".npmrc", ".yarn", ".pnp.*",
    ]

    private static let yarnLocks = Locks(
        manifest: "package.json", files: ["yarn.lock"], verbs: ["", "install"])

    private static let classicDefaults: [Place] = [
        .flag("--cache-folder"), .variable("YARN_CACHE_FOLDER"), .variable("XDG_CACHE_HOME", "/yarn"),
        .rootOnly(["/usr/local/share/.cache/yarn"]), .home("/.cache/yarn"),
    ]

    private static let eitherPlaces = [
        "~/.yarn/berry/cache", "./.yarn/cache", "$YARN_CACHE_FOLDER", "$YARN_GLOBAL_FOLDER/cache",
        "$XDG_CACHE_HOME/yarn",
    ]

    /// A yarn of which the files do not tell the generation; see `yarnClassic` and `yarnBerry`.
    static let yarn = PackageManager(
        name: "yarn", programs: ["yarn", "yarnpkg"], verbs: yarnVerbs,
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache-folder"),
                    .rootOnly(["/usr/local/share/.cache/yarn"] + eitherPlaces),
                    .oneOf(["~/.cache/yarn"] + eitherPlaces),
                ])
        ],
        valueOptions: yarnOptions, offlineFlags: ["--offline"], manifests: yarnManifests,
        manifestFolders: [".yarn"],
        cacheQueries: ["yarn cache dir", "yarn config get cacheFolder"],
        locks: yarnLocks, outputFolder: "node_modules", separateFetch: yarnFetch)

    /// Sources: yarn 1 src/util/user-home-dir.js, src/util/user-dirs.js (root is special: `/usr/local/share`),
    /// docs/cli/cache.md (`cache-folder`, `YARN_CACHE_FOLDER`).
    static let yarnClassic = PackageManager(
        name: "yarn classic", programs: [], verbs: yarnVerbs,
        caches: [Cache(content: "packages", places: classicDefaults)],
        valueOptions: yarnOptions, offlineFlags: ["--offline"], manifests: yarnManifests,
        manifestFolders: [".yarn"],
        cacheQueries: ["yarn cache dir", "yarn config get cacheFolder"],
        locks: yarnLocks, outputFolder: "node_modules", separateFetch: yarnFetch)

    /// Sources: yarnpkg/berry packages/yarnpkg-core/sources/Configuration.ts (`globalFolder`, `enableGlobalCache`,
    /// `cacheFolder`); berry#6302: `YARN_CACHE_FOLDER` counts only where `enableGlobalCache` is false.
    static let yarnBerry = PackageManager(
        name: "yarn berry", programs: [], verbs: yarnVerbs,
        caches: [
            Cache(
                content: "packages",
                places: [
                    .variable("YARN_GLOBAL_FOLDER", "/cache"),
                    .oneOf(["~/.yarn/berry/cache", "./.yarn/cache", "$YARN_CACHE_FOLDER"]),
                ])
        ],
        valueOptions: yarnOptions, manifests: yarnManifests, manifestFolders: [".yarn"],
        cacheQueries: ["yarn cache dir", "yarn config get cacheFolder"],
        locks: yarnLocks, outputFolder: "node_modules", separateFetch: yarnFetch)

    /// Sources: pnpm.io/settings (`storeDir`: `$PNPM_HOME/store`, `$XDG_DATA_HOME/pnpm/store`,
    /// `~/.local/share/pnpm/store`), pnpm.io/docker, pnpm.io/cli/store.
    private static let pnpm = PackageManager(
        name: "pnpm", programs: ["pnpm"],
        verbs: ["install", "i", "ci", "clean-install"].map {
            Verb(words: [$0], action: .install, input: .fixed(.manifests))
        } + [
            Verb(words: ["add"], action: .install),
            Verb(words: ["fetch"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["update"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["config", "set"], action: .configure),
            Verb(words: ["set"], action: .configure),
            Verb(words: ["setup"], action: .configure),
            Verb(words: ["store", "prune"], action: .clean),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--store-dir"), .variable("npm_config_store_dir"),
                    .variable("NPM_CONFIG_STORE_DIR"),
                    .variable("pnpm_config_store_dir"), .variable("PNPM_HOME", "/store"),
                    .variable("XDG_DATA_HOME", "/pnpm/store"), .home("/.local/share/pnpm/store"),
                ])
        ],
        valueOptions: [
            "-C", "--dir", "--store-dir", "-F", "--filter", "--filter-prod", "--loglevel", "--registry",
            "--reporter", "--network-concurrency", "--child-concurrency", "--virtual-store-dir",
            "--modules-dir", "--package-import-method",
        ],
        offlineFlags: ["--offline"],
        manifests: [
            "pnpm-lock.yaml", "package.json", "pnpm-workspace.yaml", ".npmrc", ".pnpmfile.cjs", "patches",
        ],
        manifestFolders: ["patches"], cacheQueries: ["pnpm store path"],
        locks: Locks(manifest: "package.json", files: ["pnpm-lock.yaml"], verbs: ["install", "i"]),
        outputFolder: "node_modules", separateFetch: pnpmFetch)

    /// Sources: bun.sh/docs/pm/global-cache (`BUN_INSTALL_CACHE_DIR`), bun.sh/docs/pm/cli/install (`--cache-dir`);
    /// oven-sh/bun's install cache directory (that variable, bunfig's `install.cache.dir`, `BUN_INSTALL`,
    /// `XDG_CACHE_HOME`, `HOME`, in this order), src/install/PackageManager/PackageManagerOptions.zig (`--no-cache` concerns
    /// the manifests of the registry alone). Across a mount bun copies instead of linking, unless `--backend=symlink` says
    /// otherwise (bun.sh/docs/pm/global-cache).
    private static let bun = PackageManager(
        name: "bun", programs: ["bun"],
        verbs: ["install", "i"].map { Verb(words: [$0], action: .install, input: .namedOrManifests) }
            + ["add", "a"].map { Verb(words: [$0], action: .install) } + [
                Verb(words: ["ci"], action: .install, input: .fixed(.manifests)),
                Verb(words: ["update"], action: .install, input: .fixed(.manifests)),
                Verb(words: ["pm", "cache", "rm"], action: .clean),
            ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache-dir"), .variable("BUN_INSTALL_CACHE_DIR"),
                    .variable("BUN_INSTALL", "/install/cache"),
                    .variable("XDG_CACHE_HOME", "/.bun/install/cache"), .home("/.bun/install/cache"),
                ])
        ],
        valueOptions: [
            "-c", "--config", "--cwd", "--cache-dir", "--registry", "--backend", "--network-concurrency",
            "--concurrent-scripts", "--omit", "--filter", "--linker", "--ca", "--cafile",
            "--minimum-release-age",
            "--cpu", "--os",
        ],
        manifests: ["package.json", "bun.lock", "bun.lockb", "bunfig.toml", ".npmrc", "patches"],
        manifestFolders: ["patches"],
        locks: Locks(
            manifest: "package.json",
            files: ["bun.lock", "bun.lockb", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"],
            verbs: ["install", "i"]),
        outputFolder: "node_modules",
        linking: Linking(flag: "--backend", linkValue: "symlink", copyValue: "copyfile"))

    /// Sources: deno docs.deno.com/runtime/reference/cli/clean, env_variables (`DENO_DIR`); deno_cache_dir
    /// src/deno_dir.rs (`DENO_DIR`, `XDG_CACHE_HOME/deno`, the user's cache folder); denoland/deno_docker
    /// (`DENO_DIR=/deno-dir/`, user deno 1993). `deno run` reads the modules there when the container starts; a program of
    /// `deno compile` has them in itself.
    private static let deno = PackageManager(
        name: "deno", programs: ["deno"],
        verbs: [
            Verb(words: ["cache"], action: .install, input: .fixed(.unknown), caches: [0]),
            Verb(words: ["install"], action: .install, input: .fixed(.unknown), caches: [0]),
            Verb(words: ["i"], action: .install, input: .fixed(.unknown), caches: [0]),
            Verb(words: ["add"], action: .install, caches: [0]),
            Verb(words: ["compile"], action: .build, input: .fixed(.sources), caches: [1]),
            Verb(words: ["bundle"], action: .build, input: .fixed(.sources), caches: [1]),
            Verb(words: ["clean"], action: .clean, caches: [0]),
        ],
        caches: [
            Cache(content: "modules", places: denoPlaces, isNeededInImage: true),
            Cache(content: "modules", places: denoPlaces),
        ],
        valueOptions: [
            "-c", "--config", "--import-map", "--lock", "-o", "--output", "--target", "-n", "--name",
            "--root", "--cert", "--location", "--seed", "-L", "--log-level", "--ext", "--env-file", "--icon",
            "--include", "--exclude",
        ],
        defeatingFlags: ["--reload", "-r"], offlineFlags: ["--cached-only", "--no-remote"],
        manifests: ["deno.json", "deno.jsonc", "deno.lock", "package.json", "import_map.json"])

    private static let denoPlaces: [Place] = [
        .variable("DENO_DIR"), .variable("XDG_CACHE_HOME", "/deno"), .home("/.cache/deno"),
    ]
}
