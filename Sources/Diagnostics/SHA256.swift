/// SHA-256 (FIPS 180-4), for fingerprints that nobody can make at will.
///
/// Of our own, as it is these lines: swift-crypto brings BoringSSL and Foundation into a program that starts in
/// milliseconds, and a library of the system one more package for everybody who builds.
package struct SHA256: Sendable {
    private typealias State = SIMD8<UInt32>

    private var state = Self.start
    /// What waits for its block to become full.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    private static let start = State(
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19)

    package init() { rest.reserveCapacity(64) }

    /// - Returns: the 32 bytes of a digest.
    package static func digest(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.add(bytes)
        return hash.digest()
    }

    package mutating func add(_ bytes: some Sequence<UInt8>) {
        let isWhole: Void? = bytes.withContiguousStorageIfAvailable { take($0) }
        if isWhole == nil { Array(bytes).withUnsafeBufferPointer { take($0) } }
    }

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let missing = bytes.prefix(64 - rest.count)
            rest.append(contentsOf: missing)
            bytes = bytes.dropFirst(missing.count)
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { Self.compress($0, into: &state) }
            rest.removeAll(keepingCapacity: true)
        }
        while bytes.count >= 64 {
            Self.compress(
                UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes.prefix(64))), into: &state)
            bytes = bytes.dropFirst(64)
        }
        rest.append(contentsOf: bytes)
    }

    /// - Returns: 32 bytes.
    package consuming func digest() -> [UInt8] {
        let bits = count &* 8
        let zeros = (119 - rest.count) % 64
        add([0x80] + [UInt8](repeating: 0, count: zeros) + Self.bytes(of: bits))
        return (0..<8).flatMap { Self.bytes(of: state[$0]) }
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// - Parameter block: 64 bytes.
    private static func compress(_ block: UnsafeRawBufferPointer, into state: inout State) {
        func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word &>> bits | word &<< (32 &- bits) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            for index in 0..<16 {
                words[index] = UInt32(
                    bigEndian: block.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
            }
            for index in 16..<64 {
                let (first, second) = (words[index &- 15], words[index &- 2])
                let small = rotated(first, 7) ^ rotated(first, 18) ^ first &>> 3
                let large = rotated(second, 17) ^ rotated(second, 19) ^ second &>> 10
                words[index] = words[index &- 16] &+ small &+ words[index &- 7] &+ large
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            constants.withUnsafeBufferPointer { constants in
                for index in 0..<64 {
                    let large = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
                    let first = h &+ large &+ (e & f ^ ~e & g) &+ constants[index] &+ words[index]
                    let second =
                        (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ (a & b ^ a & c ^ b & c)
                    (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
                }
            }
            state = state &+ State(a, b, c, d, e, f, g, h)
        }
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}

/// Two lower-case digits for each byte.
package func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { letters in
        for (index, byte) in bytes.enumerated() {
            letters[2 * index] = digits.utf8Start[Int(byte >> 4)]
            letters[2 * index + 1] = digits.utf8Start[Int(byte & 15)]
        }
        return 2 * bytes.count
    }
}
