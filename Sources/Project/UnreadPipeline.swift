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
        case UInt8(ascii: "w") where name.equals("wercker.yml"): return "Wercker"
        default: break
        }
        guard folder.first == UInt8(ascii: ".") else { return nil }
        if folder.equals(".semaphore") { return "Semaphore" }
        if folder.equals(".builds") { return "SourceHut" }
        if folder.equals(".teamcity"), name.hasSuffix(".kts") { return "TeamCity" }
        return nil
    }

    /// - Parameter path: relative to the root.
    static func system(_ path: String) -> String? {
        ReadCommits.withNameAndFolder(of: path) { system(name: $0, in: $1) }
    }
}
