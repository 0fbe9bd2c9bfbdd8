import Diagnostics
import Repository

/// The user's own settings, which no repository can change: `clm-doctor/config.yaml` in `$XDG_CONFIG_HOME`, else in
/// `~/.config`.
package struct UserConfiguration: Sendable {
    /// Absolute paths of programs with checks of their own.
    package var checkPrograms: [String] = []

    package init() {}

    /// - Parameters:
    ///   - environment: this process's own.
    ///   - repository: absolute path of the repository's root; a file in it is somebody else's word.
    /// - Returns: nil where there is no such file.
    /// - Throws: for a mistake in it, and where it lies in the repository.
    package static func load(
        environment: [String: String], outside repository: String
    ) throws(LoadError) -> UserConfiguration? {
        var folder = environment["XDG_CONFIG_HOME"] ?? ""
        if !folder.hasPrefix("/") {
            guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
            folder = home + "/.config"
        }
        let path = folder + "/clm-doctor/config.yaml"
        guard let place = realPath(path) else { return nil }
        guard Paths.relative(place, to: repository) == nil else {
            throw .path(path, reason: "lies in the repository that is examined, and is not read as your own")
        }
        let bytes: [UInt8]
        do {
            bytes = try Snapshot(onDisk: Paths.parent(of: place))
                .read(Paths.name(of: place), limit: Limits.textFileBytes)
        } catch {
            throw .path(path, reason: error.text)
        }
        do {
            return try UserConfiguration(reading: bytes, path: path)
        } catch {
            throw .configuration(error)
        }
    }

    private init(reading bytes: [UInt8], path: String) throws(ConfigurationError) {
        let values = StrictYAML(path: path)
        let yaml = try values.parse(bytes)
        for (key, value) in try values.mapping(yaml, "the configuration") {
            guard key.string == "check-programs" else {
                throw values.unknown(key, "key", among: ["check-programs"])
            }
            for item in value.sequence ?? [value] {
                let program = try values.string(item, "check-programs")
                guard program.hasPrefix("/") else {
                    throw values.error(item, "a program is named by its absolute path")
                }
                checkPrograms.append(program)
            }
        }
    }
}
