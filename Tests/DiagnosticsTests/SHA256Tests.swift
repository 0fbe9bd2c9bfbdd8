import Diagnostics
import Testing

/// Vectors of FIPS 180-4 and of NIST's examples ("SHA256", csrc.nist.gov), and lengths around the ends of blocks.
struct SHA256Tests {
    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
        (
            String(repeating: "b", count: 55),
            "eb2c86e932179f4ba13fe8715a26124b77d6bad290b9b4c1cc140cf633300c19"
        ),
        (
            String(repeating: "b", count: 56),
            "a5fc6e203a4c2b657d0d153885932414b2ffc6a93f0f8bf8b3183315e5a7212c"
        ),
        (
            String(repeating: "b", count: 63),
            "94e419fabac7f930810f9636354042f8c1426d2f834d4ab65c93dc1e69326b13"
        ),
        (
            String(repeating: "b", count: 64),
            "a0fab1377f49a759b57f63318262ebe89fabfc990e8e93ceac2984561482b9d4"
        ),
        (
            String(repeating: "b", count: 65),
            "74b128f30cf83de43ddf4aafc40c7b50a7443d3c73a89a7cfca17e15e43d51ab"
        ),
        (
            String(repeating: "b", count: 119),
            "68297a9eb141ce16bbc0847da1c0c48e2858704feaa13993bde29f87a198a6e1"
        ),
        (
            String(repeating: "b", count: 120),
            "392add47fbaa8197a874ebe770a947a26dd6f2becce5f64688cc4d18c9da93bd"
        ),
    ])
    func vectors(text: String, digest: String) {
        #expect(hexadecimal(SHA256.digest(of: text.utf8)) == digest)
    }

    @Test func partsAddUp() {
        var hash = SHA256()
        for part in ["a", "", "bc"] { hash.add(part.utf8) }
        #expect(hash.digest() == SHA256.digest(of: "abc".utf8))
    }

    /// No text moves from one part of a fingerprint into the next.
    @Test func fingerprintsTellPartsApart() {
        func fingerprint(_ path: String, _ subject: String) -> String {
            Finding(check: "a", severity: .info, path: path, range: nil, message: "", subject: subject)
                .fingerprint
        }
        let all = [
            ("ab", "c"), ("a", "bc"), ("a\0b", "c"), ("a", "b\0c"), ("", "abc"), ("a1:b", "c"), ("a", "1:bc"),
        ]
        #expect(Set(all.map(fingerprint)).count == all.count)
        #expect(fingerprint("a", "b").utf8.count == 32)
    }
}
