import Testing

@testable import Checks

@Suite struct AmountTests {
    @Test(arguments: [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1049, "1 kB"), (1050, "1.1 kB"),
        (12_345, "12 kB"),
        (999_400, "999 kB"), (999_950, "1 MB"), (2_500_000_000, "2.5 GB"), (Int.max, "9223372 TB"),
    ])
    func bytes(_ count: Int, _ text: String) { #expect(Amount.bytes(count) == text) }
}
