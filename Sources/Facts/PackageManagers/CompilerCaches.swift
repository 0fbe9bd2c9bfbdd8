extension PackageManager {
    /// Compilers' caches that stand before the compiler.
    static let compilerCaches: [PackageManager] = [ccache, sccache]

    /// Sources: ccache doc/manual.adoc (`cache_dir`: `CCACHE_DIR`, `~/.ccache` where it exists,
    /// `XDG_CACHE_HOME/ccache`, `~/.cache/ccache`; `CCACHE_DISABLE`, `CCACHE_RECACHE`; "Boolean values": any value counts as
    /// true, false ones are an error). Tried: `ccache -p` of 4.7.5 as root, as another user and with each of these.
    private static let ccache = PackageManager(
        name: "ccache", programs: ["ccache"],
        verbs: [
            Verb(words: [], action: .clean, flags: ["-C", "--clear"]),
            Verb(words: ["*"], action: .build, input: .fixed(.unknown)),
        ],
        caches: [
            Cache(
                content: "compiled objects",
                places: [
                    .variable("CCACHE_DIR"),
                    .oneOf(["~/.cache/ccache", "~/.ccache", "$XDG_CACHE_HOME/ccache"]),
                ])
        ],
        valueOptions: [
            "-M", "--max-size", "-F", "--max-files", "-o", "--set-config", "-d", "--directory", "-k",
        ],
        defeatingVariables: [
            DefeatingVariable(name: "CCACHE_DISABLE", defeats: isSet),
            DefeatingVariable(name: "CCACHE_RECACHE", defeats: isSet),
        ])

    /// Sources: sccache docs/Local.md, docs/Configuration.md (`SCCACHE_DIR`, the other storages, `SCCACHE_RECACHE`),
    /// src/config.rs (`ProjectDirs`). Tried: `sccache --show-stats` of 0.4.0 with `SCCACHE_DIR`, `XDG_CACHE_HOME` and none.
    private static let sccache = PackageManager(
        name: "sccache", programs: ["sccache"],
        verbs: [Verb(words: ["*"], action: .build, input: .fixed(.unknown))],
        caches: [
            Cache(
                content: "compiled objects",
                places: [
                    .elsewhere([
                        "SCCACHE_BUCKET", "SCCACHE_GCS_BUCKET", "SCCACHE_REDIS", "SCCACHE_REDIS_ENDPOINT",
                        "SCCACHE_MEMCACHED", "SCCACHE_MEMCACHED_ENDPOINT", "SCCACHE_AZURE_CONNECTION_STRING",
                        "SCCACHE_GHA_ENABLED", "SCCACHE_WEBDAV_ENDPOINT", "SCCACHE_OSS_BUCKET",
                        "SCCACHE_CONF",
                    ]),
                    .variable("SCCACHE_DIR"), .variable("XDG_CACHE_HOME", "/sccache"),
                    .home("/.cache/sccache"),
                ])
        ],
        defeatingVariables: [DefeatingVariable(name: "SCCACHE_RECACHE", defeats: isSet)])

    @Sendable private static func isSet(_ value: String) -> Bool {
        !["", "0", "false", "no", "disable"].contains(value.lowercased())
    }
}
