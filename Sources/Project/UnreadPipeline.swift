import Git

/// The files of CI systems that are known and not read. One that names a builder of images is told, so that nobody takes
/// what it builds for examined.
enum UnreadPipeline {
    /// The system's name; nil for any other file.
    static func system(name: PipelineFormat.Name, in folder: PipelineFormat.Name) -> String? {
        guard let first = name.first else { return nil }
        // Few files of a tree get past here.
        switch first | 0x20 {
        case UInt8(ascii: ".") where name.hasPrefix(".drone."):
            return name.hasSuffix(".star") || name.hasSuffix(".jsonnet")
                ? "Drone in another language than YAML" : nil
        case UInt8(ascii: ".") where name.hasPrefix(".cirrus."):
            return "Cirrus CI"
        case UInt8(ascii: ".") where name.hasPrefix(".appveyor."),
            UInt8(ascii: "a") where name.hasPrefix("appveyor."):
            // One in a folder belongs to code of others as a rule.
            return folder.isRoot && name.hasSuffix(".yml") ? "AppVeyor" : nil
        case UInt8(ascii: "c") where name.hasPrefix("codefresh."): return "Codefresh"
        case UInt8(ascii: "c") where name.hasPrefix("cloudbuild") && name.hasSuffix(".json"):
            return "Google Cloud Build in JSON"
        case UInt8(ascii: "s") where name.equals("screwdriver.yaml"): return "Screwdriver"
        case UInt8(ascii: "p") where name.equals("pom.xml"): return maven
        case UInt8(ascii: "b") where name.equals("build.sbt"): return sbt
        case UInt8(ascii: "w") where name.equals("wercker.yml"): return "Wercker"
        default: break
        }
        if name.hasSuffix(".gradle") || name.hasSuffix(".gradle.kts") { return gradle }
        guard folder.first == UInt8(ascii: ".") else { return nil }
        if folder.equals(".semaphore") { return "Semaphore" }
        if folder.equals(".builds") { return "SourceHut" }
        if folder.equals(".teamcity"), name.hasSuffix(".kts") { return "TeamCity" }
        return nil
    }

    private static let gradle = "Gradle"
    private static let maven = "Maven"
    private static let sbt = "sbt"

    /// Whether a file names what builds images of a Dockerfile: of the tools of Java and Scala a plugin for that, as their
    /// files name docker for tests as well.
    /// Sources: the pages of fabric8io/docker-maven-plugin, spotify/dockerfile-maven, bmuschko/gradle-docker-plugin,
    /// palantir/gradle-docker and marcuslonnberg/sbt-docker.
    static func mayBuild(_ bytes: [UInt8], of system: String) -> Bool {
        guard [gradle, maven, sbt].contains(system) else { return PipelineFormat.mentionsBuilders(bytes) }
        return [
            "docker-maven-plugin", "dockerfile-maven", "com.bmuschko.docker", "com.palantir.docker",
            "sbt-docker",
            "distDocker", "dockerBuild", "DockerBuildImage",
        ].contains { bytes.holds($0) }
    }

    /// - Parameter path: relative to the root.
    static func system(_ path: String) -> String? {
        ReadCommits.withNameAndFolder(of: path) { system(name: $0, in: $1) }
    }
}
