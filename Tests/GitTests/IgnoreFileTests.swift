import Git
import Testing

@Suite struct IgnoreFileTests {
    // Each expectation was compared with `git check-ignore`.
    @Test(
        arguments: [
            ("build/", "build", true, true), ("build/", "build", false, nil),
            ("build/", "a/build", true, true),
            ("/build", "build", false, true), ("/build", "a/build", false, nil), ("a/b", "a/b", false, true),
            ("a/b", "x/a/b", false, nil), ("*.log", "x/y.log", false, true),
            ("*.log\n!y.log", "x/y.log", false, false),
            ("# c\n\n\\#x", "#x", false, true), ("\\!x", "!x", false, true), ("x  ", "x", false, true),
            ("x\\ ", "x ", false, true), ("**/out", "a/b/out", false, true), ("**/out", "out", false, true),
            ("a/**", "a/b/c", false, true), ("a/**", "a", true, nil), ("a/**/b", "a/b", false, true),
            ("a/**/b", "a/x/y/b", false, true), ("[a-c]x", "bx", false, true), ("[!a-c]x", "bx", false, nil),
            ("[]-]x", "]x", false, true), ("?.o", "a.o", false, true), ("?.o", ".o", false, nil),
            ("*", "a", false, true),
            ("a*b*c", "aXbYbZc", false, true), ("a*b*c", "aXbYbZ", false, nil), ("x\r", "x", false, true),
            ("[a", "[a", false, nil), ("foo/*", "foo/a", true, true),
        ] as [(String, String, Bool, Bool?)])
    func rules(text: String, path: String, isFolder: Bool, expected: Bool?) {
        #expect(IgnoreFile(parsing: Array(text.utf8)).ignores(path.utf8, isFolder: isFolder) == expected)
    }
}
