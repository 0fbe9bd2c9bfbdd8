extension PackageManager {
    static let java: [PackageManager] = [maven, gradle]

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
        manifests: ["pom.xml", ".mvn", "mvnw"])

    /// Sources: docs.gradle.org directory_layout (`caches`, `wrapper` in the user home), command_line_interface (`-g`);
    /// gradle BuildLayoutParameters.java (the property `gradle.user.home` comes before `GRADLE_USER_HOME`);
    /// gradle#8375 (locks are handed over through the loopback interface, which containers do not share);
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
        ], locksByLoopback: true)

    private static func gradlePlaces(_ folder: String) -> [Place] {
        [
            .flag("-g", folder), .flag("--gradle-user-home", folder),
            .property("gradle.user.home", folder, variables: ["GRADLE_OPTS", "JAVA_OPTS"]),
            .variable("GRADLE_USER_HOME", folder),
            .accountHome("/.gradle" + folder),
        ]
    }
}
