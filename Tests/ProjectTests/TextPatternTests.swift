import Testing

@testable import Project

struct TextPatternTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("a", "a", true), ("a", "ab", false), ("*", "", true),
        ("*", "abc", true),
        ("a*", "a", true), ("a*", "ba", false), ("*a", "ba", true), ("*a", "ab", false), ("a*a", "a", false),
        ("a*a", "aa", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("*ab*", "xxabxx", true),
        ("*aab*", "aaab", true), ("?", "a", true), ("?", "", false), ("a?c*", "abcd", true),
        ("**", "x", true),
        ("\\*", "*", true), ("\\*", "x", false), ("\\?", "?", true), ("a\\\\", "a\\", true),
        ("*b*b", "b", false), ("*b*b", "bb", true),
    ])
    func aPatternMatchesTheWholeText(pattern: String, text: String, expected: Bool) throws {
        #expect(try #require(TextPattern(pattern)).matches(text) == expected)
    }

    /// What backtracking would never end with.
    @Test func manyAsterisksAreNoHarm() throws {
        let pattern = try #require(TextPattern(String(repeating: "*a", count: 100) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 100_000)))
    }

    @Test func aPatternHasALimit() {
        #expect(TextPattern(String(repeating: "a", count: 257)) == nil)
    }
}
