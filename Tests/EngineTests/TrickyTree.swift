import TestSupport

/// A context whose names are hard on patterns.
enum TrickyTree {
    static let files = [
        ".dockerignore", ".env", ".git/HEAD", ".git/objects/ab/cd", "Dockerfile", "#hash", "!bang",
        "!bang2/in", "sp ace",
        " lead", "trail ", "README.md", "README-secret.md", "README-public.md", "A.TXT", "a.txt", "x1.txt",
        "x[1].txt", "x*y",
        "x?y", "xzy", "foo", "foobar", "foo1/x", "f1", "a/xfoo", "a/b/c/d/e/f", "dir/f1", "dir/sub/f2",
        "dir/sub/.env",
        "dir/sub/sub2/f3", "dir2/f1", "dir-2", "docs/a.md", "docs/sub/b.md", "docs/sub/keep.md", "src/a.go",
        "src/b_test.go", "src/deep/c.go", "src/deep/d.md", "sub/.env", "d^r", "dr", "dXr", "back\\slash",
        "a+b", "a.b", "axb",
        "aab", "(p)", "p", "{b}", "b", "$d", "[abc", "-x", "~", "1", "9z", "_u", "\u{E9}.txt", "e\u{301}.txt",
        "日本/語",
        "new\nline", "ta\tb", "ab", "a-b", "a]b", "a|b", "node_modules/m/index.js",
        "pkg/one/node_modules/m/index.js", "pkg/one/main.js", "**", "a**b", "\u{FEFF}bom", "target/debug/x",
        "x/target/debug/x",
    ]

    static func write(to scratch: ScratchFolder, under folder: String) throws {
        for file in files { try scratch.write(file, to: "\(folder)/\(file)") }
        try scratch.makeFolder("\(folder)/empty/inner")
        try scratch.symlink("\(folder)/lnk", to: "dir")
        try scratch.symlink("\(folder)/dangling", to: "nowhere")
        try scratch.symlink("\(folder)/loop", to: "loop")
        try scratch.symlink("\(folder)/out", to: "/etc/passwd")
        try scratch.symlink("\(folder)/up", to: "../../../../etc")
        try scratch.makeFIFO("\(folder)/fifo")
    }
}
