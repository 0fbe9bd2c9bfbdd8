extension PackageManager {
    static let php: [PackageManager] = [composer]

    /// Sources: composer src/Composer/Factory.php (`getCacheDir`: `COMPOSER_CACHE_DIR`, `COMPOSER_HOME/cache`, else by what
    /// is there: `~/.composer/cache`, or `XDG_CACHE_HOME/composer` with any `XDG_…` variable or `/etc/xdg`),
    /// src/Composer/Console/Application.php (`--no-cache` is `/dev/null`), doc/03-cli.md; composer/docker
    /// (`COMPOSER_HOME=/tmp`). Tried: `composer config cache-dir` of 2.5.5 as root, as another user and with each of the
    /// variables. Without `--no-autoloader` an install looks through the project's classes.
    private static let composer = PackageManager(
        name: "composer", programs: ["composer", "composer.phar"],
        verbs: [
            Verb(words: ["install"], action: .install, input: .projectUnless(["--no-autoloader"])),
            Verb(words: ["i"], action: .install, input: .projectUnless(["--no-autoloader"])),
            Verb(words: ["update"], action: .install, input: .projectUnless(["--no-autoloader"])),
            Verb(words: ["require"], action: .install, input: .fixed(.unknown)),
            Verb(words: ["create-project"], action: .install),
            Verb(words: ["global", "require"], action: .install),
            Verb(words: ["config"], action: .configure),
            Verb(words: ["global", "config"], action: .configure),
            Verb(words: ["clear-cache"], action: .clean),
            Verb(words: ["clearcache"], action: .clean),
            Verb(words: ["cc"], action: .clean),
        ],
        caches: [
            Cache(
                content: "packages",
                places: [
                    .variable("COMPOSER_CACHE_DIR"), .variable("COMPOSER_HOME", "/cache"),
                    .oneOf(["~/.composer/cache", "~/.cache/composer", "$XDG_CACHE_HOME/composer"]),
                ])
        ],
        valueOptions: [
            "-d", "--working-dir", "--prefer-install", "--ignore-platform-req", "--apcu-autoloader-prefix",
            "--repository", "--stability", "-s",
        ],
        defeatingFlags: ["--no-cache"],
        manifests: ["composer.json", "composer.lock", "symfony.lock", "auth.json"],
        locks: Locks(manifest: "composer.json", files: ["composer.lock"], verbs: ["install", "i"]),
        outputFolder: "vendor",
        mountHints: [
            MountHint(
                text: "Set COMPOSER_CACHE_DIR to the mount's target: without, composer decides between "
                    + "~/.composer/cache and ~/.cache/composer when it runs.", isForUncertainPlace: true)
        ])
}
