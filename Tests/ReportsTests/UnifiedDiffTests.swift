import Testing

@testable import Reports

/// What `diff -U3` prints of the same texts, but for the times.
@Suite struct UnifiedDiffTests {
    @Test(arguments: [
        (
            "", "{\n  \"a\": 1\n}\n",
            ["--- /dev/null", "+++ /d", "@@ -0,0 +1,3 @@", "+{", "+  \"a\": 1", "+}"]
        ),
        (
            "{\n  \"debug\": true\n}\n", "{\n  \"builder\": {},\n  \"debug\": true\n}\n",
            ["--- /d", "+++ /d", "@@ -1,3 +1,4 @@", " {", "+  \"builder\": {},", "   \"debug\": true", " }"]
        ),
        (
            "{\"debug\": true}", "{\n\"debug\": true}",
            [
                "--- /d", "+++ /d", "@@ -1,1 +1,2 @@", "-{\"debug\": true}", "\\ No newline at end of file",
                "+{",
                "+\"debug\": true}", "\\ No newline at end of file",
            ]
        ),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
            ["--- /d", "+++ /d", "@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"]
        ),
        ("1\n2\n", "1\n2\n", []),
    ])
    func readsLikeThatOfTheTool(old: String, new: String, lines: [String]) {
        #expect(unifiedDiff(from: old, to: new, path: "/d") == lines.map { $0 + "\n" }.joined())
    }
}
