extension PackageManager {
    /// Managers that also compile.
    static let compiled: [PackageManager] = [go, cargo, swiftPM]

    /// Sources: `go help environment` and `go help cache`; cmd/go testdata/script/cache_unix.txt, mod_gomodcache.txt,
    /// build_nocache.txt; docker-library/golang (`GOPATH=/go`).
    private static let go = PackageManager(
        name: "go", programs: ["go"],
        verbs: [
            Verb(words: ["mod", "download"], action: .fetch, input: .fixed(.manifests), caches: [0]),
            Verb(words: ["mod", "tidy"], action: .fetch, input: .fixed(.sources), caches: [0]),
            Verb(words: ["mod", "vendor"], action: .fetch, input: .fixed(.sources), caches: [0]),
            Verb(words: ["get"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["install"], action: .build, input: .versioned),
            Verb(words: ["build"], action: .build, input: .fixed(.sources)),
            Verb(words: ["test"], action: .build, input: .fixed(.sources)),
            Verb(words: ["run"], action: .build, input: .versioned),
            Verb(words: ["vet"], action: .build, input: .fixed(.sources)),
            Verb(words: ["generate"], action: .build, input: .fixed(.sources)),
            Verb(words: ["env"], action: .configure),
            Verb(words: ["version"], action: .configure),
            Verb(words: ["clean"], action: .clean, caches: [0], flags: ["-modcache", "--modcache"]),
            Verb(words: ["clean"], action: .clean, caches: [1], flags: ["-cache", "--cache"]),
        ],
        caches: [
            Cache(
                content: "modules",
                places: [.variable("GOMODCACHE"), .variable("GOPATH", "/pkg/mod"), .home("/go/pkg/mod")]),
            Cache(
                content: "compiled packages",
                places: [
                    .variable("GOCACHE"), .variable("XDG_CACHE_HOME", "/go-build"), .home("/.cache/go-build"),
                ], isCompiled: true),
        ],
        valueOptions: [
            "-C", "-o", "-ldflags", "-tags", "-gcflags", "-asmflags", "-mod", "-modfile", "-p", "-pkgdir",
            "-buildmode", "-installsuffix", "-overlay", "-toolexec", "-run", "-count", "-timeout",
            "-coverprofile",
            "--ldflags", "--tags", "-trimpath=", "-reuse", "-exec", "-compiler", "-gccgoflags", "-pgo",
        ],
        defeatingFlags: ["-a"],
        defeatingVariables: [
            DefeatingVariable(name: "GOFLAGS") { $0.split(separator: " ").contains("-a") },
            DefeatingVariable(name: "GOCACHE") { $0 == "off" },
        ],
        offlineFlags: ["-mod=vendor", "--mod=vendor"],
        manifests: ["go.mod", "go.sum", "go.work", "go.work.sum"],
        cacheQueries: ["go env GOMODCACHE", "go env GOCACHE"], locksItself: true,
        // `go help mod download`: go.mod and go.sum are all that it reads.
        separateFetch: SeparateFetch(
            evidence: "go.sum", lines: ["COPY go.mod go.sum ./", "RUN go mod download"]))

    /// Sources: The Cargo Book, guide/cargo-home.md ("Caching the Cargo home in CI": `registry/index`, `registry/cache`,
    /// `git/db`); docker-library/rust (`CARGO_HOME=/usr/local/cargo`).
    private static let cargo = PackageManager(
        name: "cargo", programs: ["cargo"],
        verbs: [
            Verb(words: ["fetch"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["vendor"], action: .fetch, input: .fixed(.manifests)),
            // LukeMathWalker/cargo-chef README: `cook` builds the dependencies from the recipe alone.
            Verb(words: ["chef", "cook"], action: .build, input: .fixed(.manifests), recipe: "recipe.json"),
            Verb(words: ["install"], action: .install, input: .namedOrSources),
        ]
            + [
                "build", "b", "test", "t", "run", "r", "check", "c", "clippy", "doc", "bench", "rustc",
                "nextest",
            ]
            .map { Verb(words: [$0], action: .build, input: .fixed(.sources)) },
        caches: [
            Cache(
                content: "crates", places: [.variable("CARGO_HOME", "/registry"), .home("/.cargo/registry")]),
            Cache(
                content: "crates from git",
                places: [.variable("CARGO_HOME", "/git/db"), .home("/.cargo/git/db")], isMinor: true),
        ],
        valueOptions: [
            "--target", "--manifest-path", "--target-dir", "-p", "--package", "--bin", "-F", "--features",
            "--profile", "-j", "--jobs", "--recipe-path", "--git", "--branch", "--tag", "--rev", "--path",
            "--version", "--vers", "--root", "--example", "--config", "-Z", "--color", "-C", "--exclude",
        ],
        offlineFlags: ["--offline", "--frozen"],
        manifests: ["Cargo.toml", "Cargo.lock", "rust-toolchain*", ".cargo", "recipe.json"],
        manifestFolders: [".cargo"],
        // The Cargo Book, reference/cargo-targets: a package has at least one target, whose file is there.
        manifestHint:
            "cargo refuses a package without sources: `mkdir src && touch src/lib.rs` in front of it, `rm -r src` behind.",
        asksForSources: true,
        locks: Locks(manifest: "Cargo.toml", files: ["Cargo.lock"], verbs: ["build", "b", "fetch"]),
        // LukeMathWalker/cargo-chef README.
        separateFetch: SeparateFetch(
            evidence: "Cargo.lock",
            lines: [
                "# (stage planner) RUN cargo chef prepare --recipe-path recipe.json",
                "COPY --from=planner /app/recipe.json .",
                "RUN cargo chef cook --release --recipe-path recipe.json",
            ]))

    /// Sources: swift-package-manager Sources/CoreCommands/Options.swift (`--cache-path`, `--scratch-path`,
    /// `--enable/disable-dependency-cache`), Sources/Basics/FileSystem/FileSystem+Extensions.swift
    /// (`org.swift.swiftpm` in the user's cache folder); swiftlang/swift-docker. Tried: Swift 6 puts it into `~/.cache`,
    /// with `XDG_CACHE_HOME` there, with `--cache-path` there. What is resolved is checked out below `.build`, so that a
    /// later build needs the cache no more.
    private static let swiftPM = PackageManager(
        name: "swiftpm", programs: ["swift"],
        verbs: [
            Verb(words: ["package", "resolve"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["package", "update"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["package", "purge-cache"], action: .clean),
            Verb(words: ["build"], action: .build, input: .fixed(.unknown)),
            Verb(words: ["test"], action: .build, input: .fixed(.unknown)),
            Verb(words: ["run"], action: .build, input: .fixed(.unknown)),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .flag("--cache-path"), .variable("XDG_CACHE_HOME", "/org.swift.swiftpm"),
                    .home("/.cache/org.swift.swiftpm"),
                ]),
            Cache(
                content: "checkouts and what was compiled",
                places: [.flag("--scratch-path"), .flag("--build-path"), .oneOf(["./.build"])], isMinor: true),
        ],
        valueOptions: [
            "-c", "--configuration", "--product", "--target", "--package-path", "--cache-path",
            "--scratch-path",
            "--build-path", "--config-path", "--security-path", "--swift-sdk", "--sdk", "--triple", "--arch",
            "--toolset", "--traits", "--manifest-cache", "--build-system", "--sanitize", "-j", "--jobs",
            "-Xswiftc", "-Xcc", "-Xcxx", "-Xlinker", "--filter", "--skip", "--num-workers",
        ],
        defeatingFlags: ["--disable-dependency-cache"],
        manifests: ["Package.swift", "Package.resolved", "Package@swift-*.swift"])
}
