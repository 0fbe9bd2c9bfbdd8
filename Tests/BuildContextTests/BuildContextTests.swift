import BuildContext
import SourceText
import TestSupport
import Testing

struct BuildContextTests {
    private func context(_ paths: [String], ignoring ignore: String = "") -> BuildContext {
        let tree = MemoryTree(
            paths.map { path in
                let path = ContextPath(path)
                return (path, FileTreeEntry(name: Array(path.name), kind: .file, size: 10, mode: 0o644))
            })
        return BuildContext(
            tree: tree,
            ignoreFile: IgnoreFile(source: SourceText(path: ".dockerignore", text: ignore), kind: .ofContext))
    }

    private func names(_ context: BuildContext, _ source: ContextSource) -> [String] {
        context.entries(of: source, context.selection(of: source)).map(\.destination.description)
    }

    @Test func `lists files and folders, and what is brought back with the folders above it`() {
        let context = context(
            ["docs/a.md", "docs/sub/keep.md", "src/a.go"], ignoring: "docs\n!docs/sub/keep.md")
        #expect(
            context.listing.entries.map(\.path) == [
                "docs", "docs/sub", "docs/sub/keep.md", "src", "src/a.go",
            ])
        #expect(context.listing.fileCount == 2)
        #expect(context.listing.byteCount == 20)
        #expect(context.listing.isComplete)
    }

    @Test func `finds entries by their path`() {
        let listing = context(["a-b/c", "a/b/c", "a/b-c", "a.b", "a/d", "b"]).listing
        #expect(listing.entries(inOrAt: ["a"]).map(\.path) == ["a", "a/b", "a/b/c", "a/b-c", "a/d"])
        #expect(listing.entries(inOrAt: ["b", "a/b", "a/b/c", "x"]).map(\.path) == ["a/b", "a/b/c", "b"])
        #expect(listing.entries(inOrAt: ["a", .root]).count == listing.entries.count)
        for entry in listing.entries { #expect(listing.entry(at: entry.path) == entry) }
        #expect(listing.entry(at: "a/b/d") == nil)
    }

    @Test func `tells what becomes of a path`() {
        let context = context(["docs/a.md", "docs/sub/keep.md"], ignoring: "docs\n!docs/sub/keep.md")
        guard case .readable = context.status(of: "docs") else { return #expect(Bool(false), "docs") }
        guard case .leftOut(let pattern) = context.status(of: "docs/a.md") else {
            return #expect(Bool(false), "docs/a.md")
        }
        #expect(pattern.line == 1)
        #expect(context.status(of: "nothing") == .missing)
    }

    @Test func `weighs what each pattern leaves out, and names those that match nothing`() {
        let context = context(
            ["node_modules/a", "node_modules/b.log", "x.log", "src/a"],
            ignoring: "node_modules\n**/*.log\ngone\n!lost\n")
        let leftOut = context.leftOut
        #expect(leftOut.fileCount == 3)
        #expect(leftOut.byteCount == 30)
        #expect(leftOut.patterns.map(\.fileCount) == [2, 1, 0, 0])
        #expect(leftOut.deadPatterns.map(\.text) == ["gone", "lost"])
    }

    @Test func `names the largest paths as deep as they are heavy`() {
        let context = context(["a/b/1", "a/b/2", "a/b/3", "a/c", "d", "e/f"])
        #expect(context.listing.largest(2).map(\.path) == ["a/b", "a/c"])
        #expect(context.listing.largest(100).reduce(0) { $0 + $1.byteCount } == 60)
    }

    @Test func `tells missing, left out, outside and nothing apart`() {
        let context = context(["a.md", "src/a.go"], ignoring: "*.md\n")
        let outcomes = ["src", "gone", "a.md", "../../gone", "*.txt", "*.md", "["].map {
            context.selection(of: ContextSource(path: $0)).outcome
        }
        let pattern = context.ignoreFile!.patterns[0]
        #expect(
            outcomes == [
                .found, .missing, .leftOut(by: pattern), .outside, .nothing, .nothing,
                .malformed("has a `[` without its `]`"),
            ])
        let selection = context.selection(of: ContextSource(path: "*.md"))
        #expect(selection.leftOutMatches.map(\.path) == ["a.md"])
    }

    // Debian's engines know no `COPY --parents` (their built-in frontend is older than 1.20), so that these follow the
    // source alone.
    @Test func `--parents keeps the folders above what it takes`() {
        let context = context(["a/b/x.txt", "a/b/y.md", "a/c/x.txt", "x.txt"])
        #expect(names(context, ContextSource(path: "a/b/x.txt", parents: true)) == ["a", "a/b", "a/b/x.txt"])
        #expect(names(context, ContextSource(path: "a/./b/x.txt", parents: true)) == ["b", "b/x.txt"])
        #expect(
            names(context, ContextSource(path: "**/x.txt", parents: true))
                == ["a", "a/b", "a/b/x.txt", "a/c", "a/c/x.txt", "x.txt"])
        #expect(
            names(context, ContextSource(path: "**/x.txt", excludes: ["a/b"], parents: true))
                == ["a", "a/c", "a/c/x.txt", "x.txt"])
        #expect(
            names(context, ContextSource(path: "a/b", parents: true)) == [
                "a", "a/b", "a/b/x.txt", "a/b/y.md",
            ])
        #expect(context.selection(of: ContextSource(path: "a/z", parents: true)).outcome == .missing)
        #expect(context.selection(of: ContextSource(path: "*/z", parents: true)).outcome == .nothing)
    }

    @Test func `a bind mount sees no wildcards`() {
        let context = context(["a.md"])
        #expect(
            context.selection(of: ContextSource(path: "*.md", allowsWildcards: false)).outcome == .missing)
        #expect(context.selection(of: ContextSource(path: "", allowsWildcards: false)).outcome == .found)
    }
}
