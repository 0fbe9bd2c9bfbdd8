/// Ignore files with everything that patterns can do.
enum IgnoreCases {
    /// One file each.
    static let all: [String] = [
        "*.md", "**/*.md", "*.md\n!README.md", "*.md\n!README*.md\nREADME-secret.md",
        "*.md\nREADME-secret.md\n!README*.md",
        "*\n!src", "*\n!src/deep", "*\n!src/**", "**\n!src/a.go", "*\n!**/*.go", "**/*\n!docs/sub/keep.md",
        "docs\n!docs/sub/keep.md", "docs/*\n!docs/sub", "dir/sub\n!dir", "dir/sub\n!dir/**", "dir\n!dir",
        "!dir\ndir",
        "src\n!src/deep\nsrc/deep/d.md", "/dir", "dir/", "./dir", "dir/.", "dir/sub/..", "../dir", ".", "./",
        "/", "**/", "*/",
        "*", "**", "**/*", "***", "foo", "foo*", "foo**", "**foo", "dir/**", "dir/**/f3", "**/sub",
        "**/sub/**", "*/f1", "di?",
        "[ad]*", "[!d]*", "[^d]*", "x[1].txt", "x\\[1\\].txt", "#hash", "\\#hash", " #hash", "!bang",
        "\\!bang", " lead",
        "sp ace", "a.txt\r\ndir\r\n", ".env", ".*", "SRC", "lnk", "lnk/f1", "src/deep/../a.go", "d**r",
        "Dockerfile\n.dockerignore", "!", "[abc", "foo\\",

        // The reader.
        "", "\n\n", "\u{FEFF}a.txt", "\u{FEFF}# comment\na.txt", "a.txt\n\u{FEFF}dir", "! a.txt\n",
        "*\n!  \ta.txt\t ", "*\n!/a.txt",
        "*\n!./a.txt", "/!bang", "./!bang", "\u{A0}a.txt\u{3000}", "a.txt # comment", "# comment\r\na.txt",
        "a.txt\r\r\n", "a.txt\\ ",
        "//a.txt", "///dir//sub", "*\n!dir/../src", "*\n!..", "*\n!../src", "!/", "!//", "!.", "! !bang",
        "*\n!!bang",
        "a.txt\u{0B}", "\u{85}a.txt", "a.txt\u{1680}", "\ta.txt", "a\u{200B}", "dir/sub/",
        "\u{FEFF}\u{FEFF}a.txt", "*\n!\u{FEFF}bom",
        "\u{FEFF}bom*", "./\u{FEFF}bom*",

        // Wildcards that are more than they seem.
        "d^r", "d^r*", "*^r", "^dr*", "d\\^r", "a.b", "a+b", "a+*", "(p)", "(p)*", "{b}", "{a,b}", "$d",
        "a|b", "*|b", "-x", "~*",
        "[a*]b", "[a?]b", "[a**]b", "[*]", "[a.]b", "[a+]b", "x[*?]y", "x[z*]y", "[a-c]*", "[c-a]*",
        "[a\\-c]*", "[\\]a]*", "[]a]*",
        "[a]]b", "a]b", "a[]]b", "[[]abc", "[[a]*", "[^/]*", "dir[/]f1", "dir[^x]f1", "a[b/]b/c", "[a-]b",
        "[-a]b", "[", "[]",
        "[^]", "[^]a", "[a", "x\\[1]*", "[[:alpha:]]*", "[[:digit:]]*", "[[:nope:]]*", "[[:^alpha:]]*",
        "[:a]*", "[\\d]*",
        "[^\\w]*", "\\d*", "\\D", "\\w*", "\\W*", "\\s*", "\\S*", "sp\\sace", "\\bdr", "d\\br*", "\\Bdr",
        "\\Adr", "dr\\z", "dr\\Z", "\\Qa.b\\E",
        "\\Qa*b\\E", "\\Qdr", "\\pL*", "\\PL*", "\\p{L}*", "\\pX", "\\q", "\\1", "\\01", "\\061", "\\x31",
        "\\x{31}", "\\x3", "\\e", "\\n",
        "new\\nline", "new?line", "new*", "**/line", "new**line", "ta\\tb", "back\\slash", "back\\\\slash",
        "back*slash", "x\\*y", "x\\?y",
        "x*y", "x?y", "?", "??", "???*", "?.txt", "??.txt", "[\u{E9}].txt", "[a-\u{FF}].txt", "\u{E9}.txt",
        "e\u{301}.txt", "e?.txt",
        "日本", "日?", "日*/*", "?本", "*/語", "\\é", "\\_u", "\\u", "a\\/b", "dir\\/f1", "_u\\",

        // What the regular expressions that patterns become make of `|` and `{`.
        "*|b", "dir|*x", "?|src", "*a|", "|*", "a{2}*", "[a]{2}b", "?{2}", "*{2}", "**{2}b", "[ab]{2}",
        "[ab]{1,2}", "[ab]{,2}", "[ab]{2",
        "[ab]{2,}", "[ab]{02}", "[ab]{3,2}", "[ab]{1001}", "[ab]{2}{2}", "*{b}", "^{2}*", "{2}*", "|{2}*",
        "*b|^src|^f1", "\\|*", "\\{2}*",
        "\\p{Lu}*", "\\p{^Lu}*", "\\P{L}*", "\\p{Nope}", "[\\p{Lu}]*", "\\x{41}*", "\\x{E9}.txt",
        "\\x{110000}", "\\x{}", "[\\x{61}-c]?",

        // `**` in all places.
        "**a", "**.md", "**/a.md", "**/.env", "**/node_modules", "**/node_modules/**", "**/**/f3", "**/**",
        "****", "**\\*", "a**",
        "a**/", "a/**/f", "a/**/**/f", "a/**/e", "a**f", "a/b**", "a/b**/f", "**/b/**/f", "**b**", "*b**",
        "?**", "**/*/f2", "**/?/c",
        "*/**", "*/**/*", "*/*/*", "**/dir/**/f*", "a**b", "a\\*\\*b", "**\\**", "dir**1", "dir/**.env",
        "**/sub/*", "**/src", "**src",
        "**/", "/**", "/**/", "./**/f1", "**/../f1", "dir/**/", "**/[a-c]", "**/\\d", "**^", "**/^b", "**$",
        "**.", "foo**\n!foobar",

        // Negations, deep and odd.
        "**\n!dir", "**\n!dir/", "**\n!dir/sub", "**\n!dir/sub/sub2/f3", "**\n!**/f3",
        "*\n!dir\ndir/sub\n!dir/sub/sub2",
        "*\n!dir\ndir/sub\n!dir/sub/sub2/f3", "*\n!*/f1", "*\n!d*", "*\n!dir*\ndir2", "*/*\n!dir/f1",
        "**/*\n!**/*.md\ndocs",
        "**/*\n!**/\n", "*\n!*/", "*\n!**", "**\n!*", "**\n!*\nsrc", "**\n!*/*", "dir\n!dir/*\ndir/sub",
        "dir\n!dir/sub/*",
        "dir\n!dir/sub/**", "dir\n!**/f2", "dir\n!**/sub2", "dir/**\n!dir/sub", "dir/**\n!dir/sub/sub2/*",
        "a\n!a/b/c/d/e/f",
        "a\n!a/*/c", "a\n!a/**/e", "a/b\n!a", "a/b/c\n!a/b", "a/b/c\n!a/**",
        "a/b\n!a/b/c\na/b/c/d\n!a/b/c/d/e", "*\n!.git",
        ".git\n!.git/HEAD", "**/node_modules\n!pkg/one/node_modules", "node_modules\n!node_modules/m",
        "*\n!pkg/**/main.js", "*\n!pkg/*/main.js", "*\n!/pkg/one", "!a.txt", "!a.txt\n*.txt",
        "*.txt\n!*.txt\n*.txt",
        "*\n!lnk", "*\n!lnk/f1", "lnk\n!lnk/f1", "*\n!empty", "*\n!empty/inner", "*\n!empty/*", "empty/*",
        "empty/inner", "*\n!fifo",
        "fifo", "dangling", "loop", "out\nup", "*\n!up/passwd", "*\n!\\!bang", "*\n!#hash", "*\n!sp ace",
        "*\n![ad]*", "*\n!?", "*\n!^x",
        "*\n!d^r", "*\n!日本/*", "*\n!target", "target\n!x/target", "**/target\n!x/target",
        "**/target\n!x/target/debug",
        // A negation that matches inside of a folder into which BuildKit's client does not look.
        "*\n!q|/*", "*\n!q|/f1", "*\n!q|/*\n!dir", "dir\n!q|/f1/*",
    ]
}

/// Ignore files out of pieces that patterns are made of.
struct IgnoreGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// splitmix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private static let pieces = [
        "*", "*", "**", "**/", "/", "/", "?", "a", "b", "dir", "sub", "f1", "src", "deep", "docs", ".md", "x",
        "1", "foo", "[a-d]", "[^d]", "[!d]",
        "\\", ".", "..", "^", "$", "+", "(", "{", "|", "]", "é", " ", "!", "#", "[", "-", ".go", "target",
        "pkg", "one",
        "node_modules", "\u{FEFF}", "\\d", "[\\w]", "sub2", "f3", "keep.md", "lnk", "empty", "inner",
    ]

    mutating func next() -> String {
        var lines: [String] = []
        for _ in 0..<Int.random(in: 1...5, using: &self) {
            var line = Int.random(in: 0..<3, using: &self) == 0 ? "!" : ""
            if Int.random(in: 0..<3, using: &self) == 0 {
                // A path that is there, with one of its names replaced.
                var names = TrickyTree.files.randomElement(using: &self)!.split(separator: "/").map(
                    String.init)
                let index = Int.random(in: 0..<names.count, using: &self)
                names[index] = ["*", "**", "?", names[index], "[a-z]*"].randomElement(using: &self)!
                line += names.prefix(Int.random(in: 1...names.count, using: &self)).joined(separator: "/")
            } else {
                for _ in 0..<Int.random(in: 1...5, using: &self) {
                    line += Self.pieces.randomElement(using: &self)!
                }
            }
            lines.append(line)
        }
        return lines.joined(separator: Bool.random(using: &self) ? "\n" : "\r\n")
    }
}
