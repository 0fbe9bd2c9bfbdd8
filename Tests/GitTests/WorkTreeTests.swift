import Git
import TestSupport
import Testing

@Suite struct WorkTreeTests {
    @Test func findsTheRoot() throws {
        let folder = try ScratchFolder()
        try folder.write("ref: refs/heads/main", to: "repo/.git/HEAD")
        try folder.write("", to: "repo/a/b/c")
        try folder.write("gitdir: ../x", to: "repo/tree/.git")
        try folder.makeFolder("plain/.git")
        #expect(WorkTree.holding(folder.path + "/repo/a/b")?.root == folder.path + "/repo")
        #expect(WorkTree.holding(folder.path + "/repo")?.root == folder.path + "/repo")
        #expect(WorkTree.holding(folder.path + "/repo/tree")?.root == folder.path + "/repo/tree")
        // A commit can hold what looks like a bare repository.
        for name in ["HEAD", "objects/x", "refs/x"] { try folder.write("", to: "repo/bare/\(name)") }
        #expect(WorkTree.holding(folder.path + "/repo/bare")?.root == folder.path + "/repo")
        #expect(WorkTree.holding(folder.path + "/plain")?.root != folder.path + "/plain")
    }
}
