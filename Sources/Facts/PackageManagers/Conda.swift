extension PackageManager {
    static let conda: [PackageManager] = [condaItself, mamba, micromamba]

    private static let condaVerbs: [Verb] = [
        Verb(words: ["install"], action: .install, input: .manifestsWith(["--file", "-f"])),
        Verb(words: ["create"], action: .install, input: .manifestsWith(["--file", "-f"])),
        Verb(words: ["update"], action: .install, input: .manifestsWith(["--file", "-f"])),
        Verb(words: ["upgrade"], action: .install),
        Verb(words: ["env", "create"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["env", "update"], action: .install, input: .fixed(.manifests)),
        Verb(words: ["config"], action: .configure),
        Verb(
            words: ["clean"], action: .clean,
            flags: ["-a", "--all", "-p", "--packages", "-t", "--tarballs", "-f", "--force-pkgs-dirs"]),
    ]

    private static let condaOptions: Set<String> = [
        "-n", "--name", "-p", "--prefix", "-c", "--channel", "-f", "--file", "--solver", "--platform",
        "--subdir", "-r", "--root-prefix", "--rc-file", "--experimental-solver", "--repodata-fn",
    ]

    private static let condaManifests = [
        "environment*.y*ml", "env.y*ml", "packages.y*ml", "conda-lock.y*ml", "*-lock.y*ml", "conda*.txt",
    ]

    /// Sources: conda docs/source/user-guide/configuration/settings.rst (`pkgs_dirs`, `CONDA_PKGS_DIRS`),
    /// custom-env-and-pkg-locations.rst (`<root>/pkgs`, else `~/.conda/pkgs` where that is not writable).
    private static let condaItself = PackageManager(
        name: "conda", programs: ["conda"], verbs: condaVerbs, caches: [condaPackages],
        valueOptions: condaOptions, offlineFlags: ["--offline"], manifests: condaManifests)

    private static let condaPackages = Cache(
        content: "packages",
        places: [
            .variable("CONDA_PKGS_DIRS"), .variable("CONDA_DIR", "/pkgs"),
            .anyOf(["/opt/conda/pkgs", "~/miniconda3/pkgs", "~/miniforge3/pkgs", "~/.conda/pkgs"]),
        ], needsLock: true)

    /// Source: mamba docs/source/user_guide/configuration.rst; mamba 1 and 2 in a conda installation share conda's folder.
    private static let mamba = PackageManager(
        name: "mamba", programs: ["mamba"], verbs: condaVerbs, caches: [condaPackages],
        valueOptions: condaOptions, offlineFlags: ["--offline"], manifests: condaManifests)

    /// Sources: mamba libmamba/src/api/configuration.cpp (`fallback_pkgs_dirs_hook`: `$MAMBA_ROOT_PREFIX/pkgs`, then
    /// `~/.mamba/pkgs`; root prefix by default `~/micromamba`, since 2.0 `~/.local/share/mamba`);
    /// mamba-org/micromamba-docker (`MAMBA_ROOT_PREFIX=/opt/conda`).
    private static let micromamba = PackageManager(
        name: "micromamba", programs: ["micromamba"], verbs: condaVerbs,
        caches: [
            Cache(
                content: "packages",
                places: [
                    .variable("CONDA_PKGS_DIRS"), .flag("-r", "/pkgs"), .flag("--root-prefix", "/pkgs"),
                    .variable("MAMBA_ROOT_PREFIX", "/pkgs"),
                    .anyOf(["~/micromamba/pkgs", "~/.local/share/mamba/pkgs"]),
                ], needsLock: true)
        ],
        valueOptions: condaOptions, offlineFlags: ["--offline"], manifests: condaManifests)
}
