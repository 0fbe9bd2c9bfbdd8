import BuildContext
import Diagnostics
import SourceText
import Testing

/// One budget for the patterns of all contexts of a run.
struct ContextWorkTests {
    private func context(patterns: Int, files: Int, _ work: ContextWork) -> BuildContext {
        let lines = (0..<patterns).map { "**/*a*\($0)*b*c\n" }.joined()
        let tree = MemoryTree(
            (0..<files).map { number in
                let name = Array("\(String(repeating: "a", count: 100))\(number)".utf8)
                return (
                    path: ContextPath(bytes: name), entry: FileTreeEntry(name: name, kind: .file, size: 1)
                )
            })
        return BuildContext(
            tree: tree,
            ignoreFile: IgnoreFile(
                source: SourceText(path: ".dockerignore", text: lines), kind: .ofContext), work: work)
    }

    @Test func contextsTakeFromOneBudget() {
        let work = ContextWork(100_000)
        var complete = 0
        for _ in 0..<20 where context(patterns: 100, files: 100, work).listing.isComplete { complete += 1 }
        #expect(complete > 0 && complete < 20 && work.isSpent)
    }

    @Test func whatIsNotLookedAtIsUnknown() {
        let work = ContextWork(1000)
        let context = context(patterns: 100, files: 1000, work)
        #expect(!context.listing.isComplete && !context.listing.notes.isEmpty)
        #expect(context.selection(of: ContextSource(path: "*zz")).outcome == .unknown)
        // Nothing is said to be left out.
        guard case .readable = context.status(of: ContextPath(String(repeating: "a", count: 100) + "7"))
        else {
            return #expect(Bool(false))
        }
        #expect(!context.leftOut.isComplete && context.leftOut.deadPatterns.isEmpty)
    }

    @Test func onePatternAgainstOnePathIsBounded() {
        let pattern = String(repeating: "**/", count: 2000) + "b"
        let name = Array(String(repeating: "a", count: 4000).utf8)
        let tree = MemoryTree([
            (path: ContextPath(bytes: name), entry: FileTreeEntry(name: name, kind: .file))
        ])
        let work = ContextWork(10_000)
        let context = BuildContext(
            tree: tree,
            ignoreFile: IgnoreFile(
                source: SourceText(path: ".dockerignore", text: pattern + "?\n"), kind: .ofContext),
            work: work)
        #expect(!context.listing.isComplete && work.isSpent)
    }
}
