import Testing

@testable import BuildContext

/// What patterns mean; the same cases as moby/patternmatcher's and Go's own tests where those exist.
struct PathPatternsTests {
    private func isMatch(_ patterns: [String], _ path: String) throws -> Bool {
        try PathPatterns(patterns).decide(ContextPath(path)).isMatch
    }

    @Test(arguments: [
        ("**", "file"), ("**/", "dir/file"), ("**/**", "dir/file"), ("dir/**", "dir/dir2/file"),
        ("**/dir", "dir/file"),
        ("**/dir2/*", "dir/dir2/file"), ("**file", "dir/file"), ("**/file*txt", "dir/dir/file.txt"),
        ("a**/*.txt", "a/d/f.txt"),
        ("a/*.txt**", "a/file.txt"), ("a[b-d]e", "ace"), ("a[^b-d]e", "aze"), (".*", ".foo"),
        ("abc.def", "abc.def"),
        ("a\\\\", "a\\"), ("a\\*b", "a*b"), ("**/foo/bar", "dir/dir2/foo/bar"), ("a(b)c/def", "a(b)c/def"),
        ("a.|)$(}+{bc", "a.|)$(}+{bc"), ("dist/*.whl", "dist/p.py-2.4.0+g0-py3.whl"),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/f"),
        ("a*b?c*x", "abxbbxdbxebxczzx"), ("a?b", "a☺b"), ("a[^a]b", "a☺b"), ("[a-ζ]*", "α"),
        ("*|b", "anything"), ("[ab]{2}", "ba"),
        ("foo**", "foobar"), ("*/", "root-file"), ("dir[/]f1", "dir/f1"),
    ])
    func `match`(_ pattern: String, _ path: String) throws {
        #expect(try isMatch([pattern], path))
    }

    @Test(arguments: [
        ("**/**/*.txt2", "dir/dir/file.txt"), ("a/*.txt", "a/dir/file.txt"), ("a[b-d]e", "ae"), (".*", "foo"),
        ("abc.def", "abcZdef"),
        ("abc?def", "abcdef"), ("abc/**", "abc"), ("**/.foo", "bar.foo"), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f"),
        ("a?b", "a/b"),
        ("a???b", "a☺b"), ("*[a-ζ]", "A"), ("a\\*b", "ab"), ("[!d]*", "a.txt"), ("SRC", "src"),
        ("dir/**", "dir"), ("*.md", "docs/a.md"),
        ("d**r", "dir/x/y"), ("e\u{301}", "\u{E9}"),
    ])
    func `do not match`(_ pattern: String, _ path: String) throws {
        #expect(try !isMatch([pattern], path))
    }

    @Test(arguments: [
        "!", "[", "[a", "foo\\", "[a-]", "[-a]", "[]a]", "\\q", "[z-a]*", "a*{2}", "[ab]{1001}", "[[:nope:]]",
    ])
    func `that end a build are refused`(_ pattern: String) {
        #expect(throws: PatternSyntaxError.self) { try PathPatterns([pattern]) }
    }

    @Test func `the last match decides`() throws {
        #expect(try !isMatch(["*.md", "README-secret.md", "!README*.md"], "README-secret.md"))
        #expect(try isMatch(["*.md", "!README*.md", "README-secret.md"], "README-secret.md"))
    }

    @Test func `a negation of a folder that was not left out itself does not reach into it`() throws {
        #expect(try isMatch(["dir/sub", "!dir"], "dir/sub/f2"))
        #expect(try !isMatch(["dir/sub", "!dir/**"], "dir/sub/f2"))
    }

    @Test func `names that are not UTF-8 are matched by byte, and by ? and * as one character each`() throws {
        let path = ContextPath(bytes: [0x61, 0xFF, 0x62])
        for (pattern, isMatch) in [
            ("a?b", true), ("a??b", false), ("a*b", true), ("a\u{FFFD}b", false), ("a[\u{FFFD}]b", true),
        ] {
            #expect(try PathPatterns([pattern]).decide(path).isMatch == isMatch, "\(pattern)")
        }
    }

    @Test func `a pattern that would make a backtracking matcher explode is matched in one pass`() throws {
        let path = String(repeating: "a", count: 4000)
        #expect(try !isMatch([String(repeating: "*a", count: 2000) + "b"], path))
        #expect(try !isMatch([String(repeating: "**a", count: 2000) + "?b"], path))
        #expect(
            try !GoPathMatch.matches(Array((String(repeating: "*a", count: 50) + "b").utf8), Array(path.utf8))
        )
    }

    @Test func `repetitions that stand for too much are refused`() {
        #expect(throws: PatternSyntaxError.self) {
            try PathPatterns([String(repeating: "[ab]{1000}", count: 1000)])
        }
    }

    /// `|` is not escaped: the second pattern matches `b/a` too, but the walk of the client does not get there.
    @Test func `a negation does not bring back what is in a folder that is not entered`() throws {
        #expect(try isMatch(["*", "!q|/*"], "b/a"))
        #expect(try !isMatch(["*", "!q|/*", "!b"], "b/a"))
    }
}
