extension PackageManager {
    static let java: [PackageManager] = [maven, gradle, sbt, coursier]

    /// Sources: maven-core Constants.java (`maven.repo.local`), maven.apache.org/configure (`MAVEN_OPTS`, `MAVEN_ARGS`);
    /// docker-library/maven. The JVM's `user.home` is the user database's, not `$HOME`.
    private static let maven = PackageManager(
        name: "maven", programs: ["mvn", "mvnw", "mvnd"],
        verbs: [
            Verb(words: ["dependency:purge-local-repository"], action: .clean),
            Verb(words: ["dependency:go-offline"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["dependency:resolve"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["dependency:resolve-plugins"], action: .fetch, input: .fixed(.manifests)),
            Verb(
                words: ["de.qaware.maven:go-offline-maven-plugin:resolve-dependencies"], action: .fetch,
                input: .fixed(.manifests)),
            Verb(words: ["clean"], action: .other, isWhole: true),
            Verb(words: ["wrapper:wrapper"], action: .other),
            Verb(words: ["*"], action: .build, input: .fixed(.sources)),
        ],
        caches: [
            Cache(
                content: "artifacts",
                places: [
                    .property("maven.repo.local", variables: ["MAVEN_ARGS", "MAVEN_OPTS"]),
                    .accountHome("/.m2/repository"),
                ], needsLock: true)
        ],
        valueOptions: [
            "-f", "--file", "-pl", "--projects", "-s", "--settings", "-gs", "--global-settings", "-P",
            "--activate-profiles", "-T", "--threads", "-t", "--toolchains", "-l", "--log-file", "-rf", "-D",
        ],
        offlineFlags: ["-o", "--offline"],
        manifests: ["pom.xml", ".mvn", "mvnw"], manifestFolders: [".mvn"],
        // maven.apache.org/plugins/maven-dependency-plugin/go-offline-mojo.html: it reads the POMs.
        separateFetch: SeparateFetch(
            evidence: "pom.xml",
            lines: [
                "# syntax=docker/dockerfile:1", "COPY --parents **/pom.xml ./",
                "RUN mvn -B dependency:go-offline",
            ]))

    /// Sources: docs.gradle.org directory_layout (`caches`, `wrapper` in the user home), command_line_interface (`-g`);
    /// gradle BuildLayoutParameters.java (the property `gradle.user.home` comes before `GRADLE_USER_HOME`);
    /// gradle#851 (locks are handed over through the loopback interface, which containers do not share);
    /// keeganwitt/docker-gradle.
    private static let gradle = PackageManager(
        name: "gradle", programs: ["gradle", "gradlew"],
        verbs: ["clean", "wrapper", "tasks", "help", "init", "projects", "properties"].map {
            Verb(words: [$0], action: .other, isWhole: true)
        } + [
            Verb(words: ["dependencies"], action: .fetch, input: .fixed(.manifests)),
            Verb(words: ["*"], action: .build, input: .fixed(.sources)),
        ],
        caches: [
            Cache(content: "artifacts", places: gradlePlaces("/caches"), needsLock: true),
            Cache(
                content: "Gradle itself", places: gradlePlaces("/wrapper"), needsLock: true, isMinor: true),
        ],
        valueOptions: [
            "-b", "--build-file", "-p", "--project-dir", "-g", "--gradle-user-home", "-x", "--exclude-task",
            "-I", "--init-script", "--max-workers", "-c", "--settings-file", "--console",
            "--project-cache-dir",
            "-P", "-D",
        ],
        offlineFlags: ["--offline"],
        manifests: [
            "build.gradle*", "settings.gradle*", "gradle.properties", "gradle", "gradlew",
            "libs.versions.toml",
        ], manifestFolders: ["gradle/wrapper"], locksByLoopback: true,
        separateFetch: SeparateFetch(
            evidence: "build.gradle",
            lines: [
                "# syntax=docker/dockerfile:1",
                "COPY --parents gradlew* gradle* **/*.gradle* **/gradle.properties ./",
                "RUN gradle dependencies  (./gradlew where the project has it)",
            ]))

    private static func gradlePlaces(_ folder: String) -> [Place] {
        [
            .flag("-g", folder), .flag("--gradle-user-home", folder),
            .property("gradle.user.home", folder, variables: ["GRADLE_OPTS", "JAVA_OPTS"]),
            .variable("GRADLE_USER_HOME", folder),
            .accountHome("/.gradle" + folder),
        ]
    }

    /// Sources: coursier doc/docs/cache.md (`~/.cache/coursier/v1`, the older `~/.coursier/cache/v1` where that exists),
    /// modules/paths CoursierPaths.java (`user.home`); sbt main/src/main/scala/sbt/coursierint/LMCoursier.scala
    /// (`sbt.coursier.home`, then `COURSIER_CACHE`, then `coursier.cache`).
    private static func coursierPlaces(_ first: [Place], variables: [String]) -> [Place] {
        first + [
            .variable("COURSIER_CACHE"), .property("coursier.cache", variables: variables),
            .elsewhere(["XDG_CACHE_HOME"]), .accountHome("/.cache/coursier/v1"),
        ]
    }

    private static let sbtVariables = ["SBT_OPTS", "JAVA_OPTS"]

    /// Sources: those of `coursierPlaces`; sbt launcher-package src/universal/bin/sbt (`-sbt-boot`, `SBT_OPTS`),
    /// www.scala-sbt.org Command-Line-Reference (`sbt.boot.directory`, `sbt.global.base`).
    private static let sbt = PackageManager(
        name: "sbt", programs: ["sbt"],
        verbs: ["clean", "about", "projects", "version", "sbtVersion"].map {
            Verb(words: [$0], action: .other, isWhole: true)
        } + [
            Verb(words: ["update"], action: .fetch, input: .fixed(.manifests), isWhole: true),
            Verb(words: ["*"], action: .build, input: .fixed(.sources)),
        ],
        caches: [
            Cache(
                content: "artifacts",
                places: coursierPlaces(
                    [.property("sbt.coursier.home", "/cache", variables: sbtVariables)],
                    variables: sbtVariables)),
            Cache(
                content: "sbt itself",
                places: [
                    .flag("-sbt-boot"), .flag("--sbt-boot"),
                    .property("sbt.boot.directory", variables: sbtVariables),
                    .property("sbt.global.base", "/boot", variables: sbtVariables),
                    .accountHome("/.sbt/boot"),
                ], needsLock: true, isMinor: true),
        ],
        valueOptions: [
            "-sbt-boot", "--sbt-boot", "-sbt-dir", "--sbt-dir", "-ivy", "--ivy", "-mem", "--mem",
            "-java-home",
            "--java-home", "-sbt-version", "--sbt-version", "-sbt-jar", "--sbt-jar", "-D",
        ],
        manifests: ["build.sbt", "*.sbt", "build.properties", "plugins.sbt"])

    /// Sources: those of `coursierPlaces`; get-coursier.io/docs/cli-fetch (`--cache`, `--mode offline`),
    /// get-coursier.io/docs/cli-bootstrap (a launcher loads its artifacts from the cache when it runs, unless it is made
    /// with `--standalone`).
    private static let coursier = PackageManager(
        name: "coursier", programs: ["cs", "coursier"],
        verbs: ["install", "setup", "bootstrap", "launch"].map { Verb(words: [$0], action: .install) }
            + ["fetch", "resolve", "get"].map { Verb(words: [$0], action: .fetch) },
        caches: [
            Cache(
                content: "artifacts",
                places: coursierPlaces([.flag("--cache")], variables: ["JAVA_OPTS"]),
                isNeededInImage: true)
        ],
        valueOptions: [
            "--cache", "-r", "--repository", "-o", "--output", "-m", "--mode", "--install-dir", "--dir",
            "--channel", "--jvm", "-M", "--main", "-E", "--exclude", "--scala-version",
        ])
}
