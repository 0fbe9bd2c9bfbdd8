extension PackageManager {
    static let dotnet: [PackageManager] = [nuget]

    /// Sources: learn.microsoft.com/nuget/consume-packages/managing-the-global-packages-and-cache-folders (global packages
    /// and HTTP cache); NuGet.Client src/NuGet.Core/NuGet.Common/PathUtil/NuGetEnvironment.cs (`HOME`, `XDG_DATA_HOME`);
    /// learn.microsoft.com/dotnet/core/tools/dotnet-restore (`--packages`; `--no-cache` concerns the HTTP cache alone,
    /// NuGet/Home#5619); dotnet/dotnet-docker (user app 1654).
    private static let nuget = PackageManager(
        name: "nuget", programs: ["dotnet"],
        verbs: [
            Verb(words: ["restore"], action: .fetch, input: .fixed(.manifests)),
            // Its tools are run from the packages' folder, so that they are no cache.
            Verb(words: ["tool", "restore"], action: .install, input: .fixed(.manifests), caches: []),
            Verb(words: ["tool", "install"], action: .install),
            Verb(words: ["tool", "update"], action: .install),
            Verb(words: ["workload", "install"], action: .install, caches: []),
            Verb(words: ["workload", "restore"], action: .install, caches: []),
            Verb(words: ["nuget", "add", "source"], action: .configure),
            Verb(words: ["nuget", "update", "source"], action: .configure),
            Verb(words: ["nuget", "remove", "source"], action: .configure),
            Verb(words: ["nuget", "locals", "all"], action: .clean, flags: ["--clear", "-c"]),
            Verb(
                words: ["nuget", "locals", "global-packages"], action: .clean, caches: [0],
                flags: ["--clear", "-c"]),
            Verb(
                words: ["nuget", "locals", "http-cache"], action: .clean, caches: [1],
                flags: ["--clear", "-c"]),
        ]
            + ["build", "publish", "test", "pack", "run", "msbuild"].map {
                Verb(words: [$0], action: .build, input: .fixed(.sources))
            },
        caches: [
            Cache(
                content: "packages",
                places: [.flag("--packages"), .variable("NUGET_PACKAGES"), .home("/.nuget/packages")]),
            Cache(
                content: "package index",
                places: [
                    .variable("NUGET_HTTP_CACHE_PATH"), .variable("XDG_DATA_HOME", "/NuGet/v3-cache"),
                    .home("/.local/share/NuGet/v3-cache"),
                ], isMinor: true),
        ],
        valueOptions: [
            "-c", "--configuration", "-o", "--output", "-r", "--runtime", "-f", "--framework", "-v",
            "--verbosity", "-s", "--source", "--packages", "--configfile", "-a", "--arch", "--os",
            "--version-suffix", "--version", "--tool-path", "--project", "--lock-file-path", "--logger", "-l",
            "--filter", "--artifacts-path", "--add-source", "-p", "--property", "--results-directory",
        ],
        offlineFlags: ["--no-restore", "--no-build"],
        manifests: [
            "*.csproj", "*.fsproj", "*.vbproj", "*.sln", "*.slnx", "*.slnf", "Directory.*.props",
            "Directory.*.targets", "[Nn]u[Gg]et.[Cc]onfig", "global.json",
            "packages.lock.json", "dotnet-tools.json",
        ],
        mountHints: [
            MountHint(
                text:
                    "Give every later RUN of dotnet the same mount: build and publish read the packages there "
                    + "(`--no-restore` fails without).")
        ],
        separateFetch: SeparateFetch(
            evidence: "proj",
            lines: [
                "# syntax=docker/dockerfile:1",
                "COPY --parents **/*.*proj **/packages.lock.json **/Directory.*.props **/[Nn]u[Gg]et.[Cc]onfig ./",
                "RUN dotnet restore …",
            ], isOfManyManifests: true))
}
