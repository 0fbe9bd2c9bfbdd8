import Dockerfile

/// What tells a Dockerfile from another file of a similar name.
enum DockerfileText {
    /// The first word that is no comment is FROM or ARG, and nothing of a template language is in the text.
    static func isLikely(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while true {
            rest = rest.drop { $0 <= 0x20 }
            guard rest.first == UInt8(ascii: "#") else { break }
            rest = rest.drop { $0 != 0x0A }
        }
        let word = String(decoding: rest.prefix { $0 > 0x20 }.prefix(5), as: UTF8.self).lowercased()
        guard word == "from" || word == "arg" else { return false }
        return zip(bytes, bytes.dropFirst()).allSatisfy { first, second in
            !(first == UInt8(ascii: "{") && (second == UInt8(ascii: "{") || second == UInt8(ascii: "%")))
                && !(first == UInt8(ascii: "<") && second == UInt8(ascii: "%"))
        }
    }
}

extension ParsedDockerfile {
    /// It has a frontend of its own, or a stage; else it is empty, a piece for other Dockerfiles, or a program in another
    /// language that writes them (`Dockerfile.ncl`).
    var isWhole: Bool {
        if directives.contains(where: { $0.name == .syntax }) { return true }
        let unknown = instructions.count { $0.keyword == .unknown }
        return instructions.contains { $0.keyword == .from } && 2 * unknown <= instructions.count
    }
}
