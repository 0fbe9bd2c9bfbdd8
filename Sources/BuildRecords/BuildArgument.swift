/// A build argument by its name. Its value is never kept: it may be a secret.
package struct BuildArgument: Sendable, Hashable {
    package var name: String
    /// HMAC-SHA-256 of the value in hexadecimal digits: tells that two values differ, to who has the same key.
    package var hash: String

    package init(name: String, hash: String) {
        self.name = name
        self.hash = hash
    }
}
