extension PackageManager {
    static let ruby: [PackageManager] = [bundler, gem]

    /// Sources: bundle-config(1) (`BUNDLE_PATH`, `BUNDLE_DEPLOYMENT`, `BUNDLE_GLOBAL_GEM_CACHE`), bundle-install(1)
    /// (`--local`; `--no-cache` concerns vendor/cache alone); docker-library/ruby (`GEM_HOME=/usr/local/bundle`). Tried:
    /// bundler 2.3.15 keeps the gem files in `GEM_HOME/cache` and installs from there when the source has them no more;
    /// with `BUNDLE_PATH=p` they are in `p/ruby/3.1.0/cache`, whose version the file does not tell.
    private static let bundler = PackageManager(
        name: "bundler", programs: ["bundle", "bundler"],
        verbs: [
            Verb(words: ["install"], action: .install, input: .fixed(.manifests)),
            Verb(words: [], action: .install, input: .fixed(.manifests)),
            Verb(words: ["update"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["add"], action: .install, input: .fixed(.manifests)),
            Verb(words: ["config"], action: .configure),
            Verb(words: ["cache"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["package"], action: .fetch, input: .fixed(.manifests)),
        ],
        caches: [
            Cache(
                content: "gems",
                places: [
                    .elsewhere([
                        "--path", "BUNDLE_PATH", "BUNDLE_DEPLOYMENT", "--deployment",
                        "BUNDLE_GLOBAL_GEM_CACHE",
                    ]), .anyOf(["$GEM_HOME/cache"]),
                ])
        ],
        valueOptions: [
            "-j", "--jobs", "--path", "--without", "--with", "--gemfile", "--retry", "--binstubs",
            "--shebang",
            "--target-rbconfig", "-P", "--trust-policy", "--source", "--group", "-g", "--version", "-v",
        ],
        offlineFlags: ["--local"],
        manifests: ["Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version", ".tool-versions"],
        locks: Locks(manifest: "Gemfile", files: ["Gemfile.lock"], verbs: ["", "install"]),
        mountHints: [
            MountHint(
                text:
                    "With a path of bundler's own (`bundle config set path`, `deployment`) the gem files are in "
                    + "<path>/ruby/<version>/cache instead.")
        ])

    /// Sources: rubygems lib/rubygems/remote_fetcher.rb (`download`: a file in the installation's `cache` is taken),
    /// lib/rubygems/commands/update_command.rb (`--system` brings RubyGems itself up to date, and nothing else).
    private static let gem = PackageManager(
        name: "gem", programs: ["gem"],
        verbs: [
            Verb(words: ["install"], action: .install),
            Verb(words: ["i"], action: .install),
            Verb(words: ["update"], action: .other, flags: ["--system"]),
            Verb(words: ["update"], action: .install),
            Verb(words: ["fetch"], action: .fetch, caches: []),
        ],
        caches: [
            Cache(
                content: "gems",
                places: [
                    .flag("-i", "/cache"), .flag("--install-dir", "/cache"), .variable("GEM_HOME", "/cache"),
                    .anyOf([]),
                ])
        ],
        valueOptions: [
            "-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P",
            "--trust-policy", "-p", "--http-proxy", "--platform", "-g", "--file", "--without",
        ],
        offlineFlags: ["-l", "--local"])
}
