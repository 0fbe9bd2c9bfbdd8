internal import Diagnostics

/// The key of the hashes that stand for values of build arguments. Hashes of one key can be compared; without the key a
/// value cannot be guessed from its hash.
package struct HashKey: Sendable {
    private let bytes: [UInt8]

    /// - Parameter bytes: up to 64 count.
    package init(_ bytes: [UInt8]) { self.bytes = Array(bytes.prefix(64)) }

    /// A key for one run.
    package static func random() -> HashKey {
        var generator = SystemRandomNumberGenerator()
        return HashKey((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// HMAC-SHA-256 (RFC 2104).
    /// - Returns: 64 hexadecimal digits.
    package func hash(of value: String) -> String {
        let padded = bytes + [UInt8](repeating: 0, count: 64 - bytes.count)
        let inner = SHA256.digest(of: padded.map { $0 ^ 0x36 } + Array(value.utf8))
        return hexadecimal(SHA256.digest(of: padded.map { $0 ^ 0x5C } + inner))
    }
}
