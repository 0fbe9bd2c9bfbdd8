import Diagnostics
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
        var work = WorkBudget()
        let answer = try #require(TextPattern(pattern)).matches(text, work: &work)
        #expect(answer == expected)
    }

    /// What backtracking would never end with.
    @Test func manyAsterisksAreNoHarm() throws {
        let pattern = try #require(TextPattern(String(repeating: "*a", count: 100) + "b"))
        var work = WorkBudget()
        let answer = pattern.matches(String(repeating: "a", count: 100_000), work: &work)
        #expect(!answer)
    }

    @Test func comparingIsCounted() throws {
        let pattern = try #require(TextPattern("*" + String(repeating: "a", count: 200) + "b*"))
        func units(_ length: Int) -> Int {
            var work = WorkBudget(100_000_000)
            let answer = pattern.matches(String(repeating: "a", count: length), work: &work)
            #expect(!answer)
            return 100_000_000 - work.left
        }
        #expect(units(2000) > 200 * 1500)
        #expect(units(4000) < units(2000) * 5 / 2)
        var work = WorkBudget(1000)
        let answer = pattern.matches(String(repeating: "a", count: 2000) + "b", work: &work)
        #expect(!answer)
        #expect(work.isSpent)
    }

    @Test func aPatternHasALimit() {
        #expect(TextPattern(String(repeating: "a", count: 257)) == nil)
    }
}
