/// The address of a repository, in a form in which two ways to write it are equal: `https://github.com/o/r` and
/// `git@github.com:o/r.git`.
package struct RepositoryAddress: Sendable, Hashable {
    private let text: String

    /// - Parameter address: a URL, git's short form for SSH, or a path.
    package init(_ address: String) {
        var rest = address[...]
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
        } else if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
            rest = "\(rest[..<colon])/\(rest[rest.index(after: colon)...])"[...]
        }
        var parts = rest.split(separator: "/").map(String.init)
        if !rest.hasPrefix("/"), var host = parts.first {
            // User and password, and the port.
            if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
            if let colon = host.lastIndex(of: ":") { host = String(host[..<colon]) }
            parts[0] = host
            parts = parts.map { $0.lowercased() }
        }
        if let last = parts.last, last.hasSuffix(".git"), last != ".git" {
            parts[parts.count - 1] = String(last.dropLast(4))
        }
        text = (rest.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// A URL without user and password: CI services put tokens there.
    package static func withoutCredentials(_ address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return address }
        let rest = address[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return address }
        return String(address[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}
