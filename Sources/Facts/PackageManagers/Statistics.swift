extension PackageManager {
    /// Those of R and Julia, which run code that is handed over.
    static let statistics: [PackageManager] = [renv, julia]

    /// Sources: renv vignettes/docker.Rmd (mount, `RENV_CONFIG_CACHE_SYMLINKS`), R/paths.R and R/bootstrap.R
    /// (`RENV_PATHS_CACHE`, `RENV_PATHS_ROOT`, `R_user_dir`: `R_USER_CACHE_DIR`, `XDG_CACHE_HOME`, `~/.cache`; before
    /// 0.14 `~/.local/share/renv`), R/envvars.R. `.Renviron` may move it. Tried: `tools::R_user_dir("renv", "cache")` of R
    /// 4.2.2 with each of the variables. R/cache.R (`renv_cache_config_symlinks`: on Unix it links where nothing says
    /// otherwise). What R itself and remotes download is kept nowhere.
    private static let renv = PackageManager(
        name: "renv", programs: ["Rscript", "R"],
        verbs: [
            Verb(
                words: [], action: .install, input: .fixed(.manifests), hasNames: true,
                code: ["renv::restore(", "renv::hydrate("]),
            Verb(words: [], action: .install, hasNames: true, code: ["renv::install("]),
            Verb(
                words: [], action: .install, caches: [], hasNames: true,
                code: ["install.packages(", "::install_", "BiocManager::install("]),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .variable("RENV_PATHS_CACHE"), .variable("RENV_PATHS_ROOT", "/cache"),
                    .variable("R_USER_CACHE_DIR", "/R/renv/cache"),
                    .variable("XDG_CACHE_HOME", "/R/renv/cache"), .anyOf(["~/.cache/R/renv/cache"]),
                ])
        ],
        valueOptions: ["-e", "-f", "--file", "-g"],
        defeatingVariables: [
            DefeatingVariable(name: "RENV_CONFIG_CACHE_ENABLED") {
                ["false", "f", "0"].contains($0.lowercased())
            }
        ],
        manifests: ["renv.lock", ".Rprofile", ".Renviron", "activate.R", "settings.json", "settings.dcf"],
        linking: Linking(
            variable: "RENV_CONFIG_CACHE_SYMLINKS", setting: "cache.symlinks", linkValue: "TRUE",
            copyValue: "FALSE", linksByDefault: true, code: ["renv::isolate(", "cache.symlinks"]),
        mountHints: [
            MountHint(
                text:
                    "Set RENV_CONFIG_CACHE_SYMLINKS=FALSE: else the library has links into the mount, which the "
                    + "image does not hold.")
        ])

    /// Sources: Pkg.jl docs/src/depots.md (`JULIA_DEPOT_PATH`; packages are installed into the first depot and loaded from
    /// there), docs.julialang.org DEPOT_PATH (`~/.julia`); docker-library/julia.
    private static let julia = PackageManager(
        name: "julia", programs: ["julia"],
        verbs: [
            Verb(words: [], action: .clean, hasNames: true, code: ["Pkg.gc("]),
            Verb(
                words: [], action: .install, input: .fixed(.unknown), hasNames: true,
                code: ["Pkg.instantiate(", "Pkg.resolve(", "Pkg.develop(", "Pkg.update("]),
            Verb(words: [], action: .install, hasNames: true, code: ["Pkg.add("]),
            Verb(
                words: [], action: .build, input: .fixed(.unknown), hasNames: true,
                code: ["Pkg.precompile(", "Pkg.build(", "Pkg.test(", "create_sysimage(", "create_app("]),
        ],
        caches: [
            Cache(
                content: "packages", places: [.variable("JULIA_DEPOT_PATH"), .home("/.julia")],
                needsLock: true, isNeededInImage: true)
        ],
        valueOptions: ["-e", "--eval", "-E", "--print", "-J", "-C", "-t", "-p", "-L", "--load"],
        manifests: ["Project.toml", "Manifest.toml", "JuliaProject.toml", "JuliaManifest.toml"])
}
