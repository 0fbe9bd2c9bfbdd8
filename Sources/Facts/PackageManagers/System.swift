extension PackageManager {
    /// Managers of the distribution's own packages.
    static let system: [PackageManager] = [apt, apk, dnf, microdnf, tdnf, zypper, pacman]

    /// Sources: Dockerfile reference, "Example: cache apt packages" ("apt needs exclusive access to its data"); apt.conf(5)
    /// (`Dir::Cache`, `Dir::State::lists`), apt-get(8) (`clean` empties the archives, `autoclean` only drops what can no
    /// longer be downloaded, `distclean` the lists).
    private static let apt = PackageManager(
        name: "apt", programs: ["apt-get", "apt", "aptitude"],
        verbs: [
            Verb(words: ["install"], action: .install),
            Verb(words: ["build-dep"], action: .install),
            Verb(words: ["upgrade"], action: .install),
            Verb(words: ["dist-upgrade"], action: .install),
            Verb(words: ["full-upgrade"], action: .install),
            Verb(words: ["download"], action: .fetch),
            Verb(words: ["update"], action: .update, caches: [1]),
            Verb(words: ["remove"], action: .configure),
            Verb(words: ["purge"], action: .configure),
            Verb(words: ["autoremove"], action: .configure),
            Verb(words: ["autopurge"], action: .configure),
            Verb(words: ["clean"], action: .clean, caches: [0]),
            Verb(words: ["distclean"], action: .clean, caches: [1]),
            Verb(words: ["dist-clean"], action: .clean, caches: [1]),
        ],
        caches: [
            Cache(content: "packages", places: [.absolute("/var/cache/apt")], needsLock: true),
            Cache(content: "package index", places: [.absolute("/var/lib/apt/lists")], needsLock: true),
        ],
        valueOptions: [
            "-o", "--option", "-c", "--config-file", "-t", "--target-release", "--default-release", "-a",
        ],
        offlineFlags: ["--no-download"], isForSystem: true,
        mountHints: [
            MountHint(
                text: "Remove /etc/apt/apt.conf.d/docker-clean first, and do not delete /var/lib/apt/lists "
                    + "afterwards.")
        ])

    /// Sources: apk(8), apk-cache(5); apk-tools src/database.c (`setup_cache`: packages are kept where `/etc/apk/cache`
    /// exists or `--cache-packages` is given; `/var/cache/apk` holds the index otherwise).
    private static let apk = PackageManager(
        name: "apk", programs: ["apk"],
        verbs: [
            Verb(words: ["add"], action: .install),
            Verb(words: ["upgrade"], action: .install),
            Verb(words: ["fetch"], action: .fetch),
            Verb(words: ["update"], action: .update),
            Verb(words: ["del"], action: .configure),
            Verb(words: ["cache", "purge"], action: .clean),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [.flag("--cache-dir"), .oneOf(["/etc/apk/cache", "/var/cache/apk"])], needsLock: true)
        ],
        valueOptions: [
            "-t", "--virtual", "-X", "--repository", "-p", "--root", "--cache-dir", "--cache-max-age",
            "--wait",
            "--repositories-file", "--keys-dir", "--arch",
        ],
        defeatingFlags: ["--no-cache"], offlineFlags: ["--no-network"], rootOptions: ["-p", "--root"],
        isForSystem: true)

    private static let dnfVerbs: [Verb] = [
        Verb(words: ["install"], action: .install),
        Verb(words: ["localinstall"], action: .install),
        Verb(words: ["reinstall"], action: .install),
        Verb(words: ["groupinstall"], action: .install),
        Verb(words: ["group", "install"], action: .install),
        Verb(words: ["module", "install"], action: .install),
        Verb(words: ["builddep"], action: .install),
        Verb(words: ["update"], action: .install),
        Verb(words: ["upgrade"], action: .install),
        Verb(words: ["distro-sync"], action: .install),
        Verb(words: ["swap"], action: .install),
        Verb(words: ["download"], action: .fetch),
        Verb(words: ["makecache"], action: .update),
        Verb(words: ["remove"], action: .configure),
        Verb(words: ["erase"], action: .configure),
        Verb(words: ["autoremove"], action: .configure),
        Verb(words: ["config-manager"], action: .configure),
        Verb(words: ["clean", "all"], action: .clean),
        Verb(words: ["clean", "packages"], action: .clean),
        Verb(words: ["clean", "metadata"], action: .clean),
    ]

    private static let dnfOptions: Set<String> = [
        "-c", "--config", "--installroot", "--releasever", "-x", "--exclude", "--enablerepo", "--disablerepo",
        "--repo", "--repoid", "--setopt", "-R", "--randomwait", "-d", "--debuglevel", "-e", "--errorlevel",
        "--forcearch", "--rpmverbosity",
    ]

    /// Sources: dnf(8) (`--installroot`: `cachedir` is in it), dnf4 dnf.conf(5) (`cachedir` /var/cache/dnf, `keepcache` off),
    /// dnf5 dnf5.conf(5) (`system_cachedir` /var/cache/libdnf5, `keepcache` off); Fedora 41 change
    /// "Switch to dnf5"; RHEL 8 and later, where yum is dnf; yum.conf(5) (`cachedir` /var/cache/yum).
    private static let dnf = PackageManager(
        name: "dnf", programs: ["dnf", "dnf4", "dnf5", "yum"], verbs: dnfVerbs,
        caches: [
            Cache(content: "packages", places: [.byDistribution(dnfCaches)], needsLock: true)
        ],
        valueOptions: dnfOptions, offlineFlags: ["-C", "--cacheonly"], rootOptions: ["--installroot"],
        isForSystem: true,
        mountHints: [keepcache])

    /// Source: microdnf's cache is libdnf's, in /var/cache/dnf or, as ubi-minimal 8 and 9 set it, /var/cache/yum.
    private static let microdnf = PackageManager(
        name: "microdnf", programs: ["microdnf"], verbs: dnfVerbs,
        caches: [
            Cache(
                content: "packages",
                places: [.oneOf(["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"])], needsLock: true)
        ],
        valueOptions: dnfOptions, offlineFlags: ["-C", "--cacheonly"], rootOptions: ["--installroot"],
        isForSystem: true,
        mountHints: [keepcache])

    private static let keepcache = MountHint(
        text: "With `--setopt=keepcache=1`, else packages are deleted at once.")

    /// Sources: vmware/tdnf common/config.h (`TDNF_DEFAULT_CACHE_LOCATION`), client/config.c (`keepcache` is off),
    /// client/api.c (`--setopt`).
    private static let tdnf = PackageManager(
        name: "tdnf", programs: ["tdnf"], verbs: dnfVerbs,
        caches: [Cache(content: "packages", places: [.absolute("/var/cache/tdnf")], needsLock: true)],
        valueOptions: dnfOptions, offlineFlags: ["-C", "--cacheonly"], rootOptions: ["--installroot"],
        isForSystem: true,
        mountHints: [keepcache])

    /// Sources: openSUSE/libzypp zypp/zypp/ZConfig.cc (`/var/cache/zypp`), zypp/zypp/RepoInfo.cc (`keeppackages` is off);
    /// zypper(8) (`--cache-dir`, `--pkg-cache-dir`, `clean`, `modifyrepo --keep-packages`). Tried: zypper 1.14.42 keeps
    /// its index in /var/cache/zypp.
    private static let zypper = PackageManager(
        name: "zypper", programs: ["zypper"],
        verbs: [
            "install", "in", "install-new-recommends", "inr", "source-install", "si", "update", "up",
            "dist-upgrade", "dup", "patch",
        ].map { Verb(words: [$0], action: .install) } + [
            Verb(words: ["download"], action: .fetch),
            Verb(words: ["refresh"], action: .update),
            Verb(words: ["ref"], action: .update),
            Verb(words: ["remove"], action: .configure),
            Verb(words: ["rm"], action: .configure),
            Verb(words: ["addrepo"], action: .configure),
            Verb(words: ["ar"], action: .configure),
            Verb(words: ["clean"], action: .clean),
            Verb(words: ["cc"], action: .clean),
        ],
        caches: [
            Cache(
                content: "packages", places: [.flag("--cache-dir"), .absolute("/var/cache/zypp")],
                needsLock: true)
        ],
        valueOptions: [
            "-c", "--config", "-R", "--root", "--installroot", "--releasever", "-D", "--reposd-dir", "-C",
            "--cache-dir", "--raw-cache-dir", "--solv-cache-dir", "--pkg-cache-dir", "-p", "--plus-repo",
            "--plus-content", "-r", "--repo", "--from", "-t", "--type", "--download",
        ],
        offlineFlags: ["--no-remote"], rootOptions: ["-R", "--root", "--installroot"], isForSystem: true,
        mountHints: [
            MountHint(
                text:
                    "After `zypper modifyrepo --keep-packages --all`, else packages are deleted at once and "
                    + "the index alone is kept.")
        ])

    /// Sources: pacman(8) (`-S`, `-c`, `--cachedir`), pacman.conf(5) (`CacheDir`; packages stay there). Tried:
    /// `pacman -v` of 6.0.2 tells /var/cache/pacman/pkg.
    private static let pacman = PackageManager(
        name: "pacman", programs: ["pacman"],
        verbs: [
            Verb(words: [], action: .clean, flags: ["-Scc", "-Sccy"]),
            Verb(words: [], action: .other, flags: ["-Ss", "-Si", "-Sl", "-Sg", "-Sc"], hasNames: true),
            Verb(words: [], action: .update, flags: ["-Sy", "-Syy"]),
            Verb(words: [], action: .install, flags: ["-S", "--sync", "-U", "--upgrade"], hasNames: true),
        ],
        caches: [
            Cache(
                content: "packages", places: [.flag("--cachedir"), .absolute("/var/cache/pacman/pkg")],
                needsLock: true)
        ],
        valueOptions: [
            "--cachedir", "-b", "--dbpath", "-r", "--root", "--config", "--gpgdir", "--hookdir", "--logfile",
            "--arch", "--color", "--ignore", "--ignoregroup", "--overwrite", "--assume-installed",
            "--sysroot",
        ], rootOptions: ["-r", "--root", "--sysroot"], isForSystem: true)

    @Sendable private static func dnfCaches(_ distribution: Distribution, program: String) -> [String] {
        let dnf4 = "/var/cache/dnf"
        let dnf5 = "/var/cache/libdnf5"
        let yum = "/var/cache/yum"
        let version = distribution.version.flatMap { Int($0.prefix { $0 != "." }) }
        switch (program, distribution.family) {
        case ("dnf5", _): return [dnf5]
        case ("dnf4", _): return [dnf4]
        case (_, .fedora):
            guard let version else { return [dnf5, dnf4] }
            return [version >= 41 ? dnf5 : dnf4]
        case (_, .rhel):
            guard let version else { return [dnf4, yum, dnf5] }
            // Amazon Linux counts by years; its first two generations are yum's.
            return [version < 8 ? yum : dnf4]
        default: return [dnf4, dnf5, yum]
        }
    }
}
