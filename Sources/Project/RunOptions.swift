/// What a build is told of how its RUN instructions run: BuildKit makes it part of their cache keys.
///
/// Which options those are, an engine says (28.5, BuildKit 0.25): the mode of the network, the names of added hosts (not
/// their addresses), ulimits, the size of `/dev/shm`, the parent cgroup.
package struct RunOptions: Sendable, Hashable {
    /// As `--network` has it; nil for the default.
    package private(set) var network: String?
    /// All others, as `ulimit nofile=1024`, sorted.
    package private(set) var others: [String] = []

    /// A build that is told nothing.
    package init() {}

    /// - Parameter options: of one build; a value that the file does not tell counts as it is written.
    init(_ options: [BuildOption]) {
        for option in options {
            let value = option.value ?? option.written
            switch option.name {
            case "network": network = value.isEmpty || value == "default" ? nil : value
            case "add-host": others.append("add-host \(value.prefix { $0 != ":" && $0 != "=" })")
            case "ulimit", "shm-size", "cgroup-parent": others.append("\(option.name) \(value)")
            default: break
            }
        }
        others = Set(others).sorted()
    }
}
