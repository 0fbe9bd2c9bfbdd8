extension PackageManager {
    /// Managers that also compile.
    static let compiled: [PackageManager] = [go, cargo]

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
                ]),
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
        manifests: ["go.mod", "go.sum", "go.work", "go.work.sum"], locksItself: true)

    /// Sources: The Cargo Book, guide/cargo-home.md ("Caching the Cargo home in CI": `registry/index`, `registry/cache`,
    /// `git/db`); docker-library/rust (`CARGO_HOME=/usr/local/cargo`).
    private static let cargo = PackageManager(
        name: "cargo", programs: ["cargo"],
        verbs: [
            Verb(words: ["fetch"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["vendor"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["chef", "cook"], action: .build, input: .fixed(.manifests)),
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
        manifests: ["Cargo.toml", "Cargo.lock", "rust-toolchain*", ".cargo", "recipe.json"])
}
