import BuildContext
import Git
import Repository
import TestSupport
import Testing

@Suite struct SnapshotTests {
    private func text(_ snapshot: Snapshot, _ path: String) -> String? {
        (try? snapshot.read(path, limit: 1000)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func names(_ snapshot: Snapshot, _ folder: ContextPath) -> [String] {
        (snapshot.entries(of: folder) ?? []).map { String(decoding: $0.name, as: UTF8.self) }
    }

    @Test func anOverlayOfTheDiskHasItsOwnTextsAndFiles() throws {
        let folder = try ScratchFolder()
        try folder.write("one", to: "a/one")
        try folder.write("two", to: "a/two")
        let disk = Snapshot(onDisk: folder.path)
        let overlay = disk.replacing(["a/one": Array("other".utf8), "a/new/three": Array("3".utf8)])
        #expect(text(overlay, "a/one") == "other")
        #expect(text(overlay, "a/two") == "two")
        #expect(text(overlay, "a/new/three") == "3")
        #expect(names(overlay, "a") == ["new", "one", "two"])
        #expect(overlay.kind(of: "a/new") == .folder)
        #expect(overlay.fileTreeEntry("a/one")?.size == 5)
        #expect(text(disk, "a/one") == "one")
        #expect(disk.kind(of: "a/new") == nil)
    }

    /// Names and contents of a context are those of the overlay, whichever folder it is.
    @Test func aContextOfAnOverlayHasWhatIsReplaced() throws {
        let folder = try ScratchFolder()
        try folder.write("one", to: "a/one")
        let overlay = Snapshot(onDisk: folder.path).replacing(["a/.dockerignore": Array("x\n".utf8)])
        for (directory, path) in [(".", "a/.dockerignore"), ("a", ".dockerignore")] {
            let tree = try overlay.tree(of: directory)
            #expect(tree.contents(of: ContextPath(path), limit: 100) == Array("x\n".utf8))
            #expect(tree.entry(at: ContextPath(path))?.size == 2)
        }
        #expect(throws: ContextError.noFolder("b")) { try overlay.tree(of: "b") }
    }

    /// Folders that an overlay leaves as they are keep their identity; those on the way to an edit do not.
    @Test func foldersOfAnOverlayAreSharedWhereNothingDiffers() throws {
        let folder = try ScratchFolder()
        try folder.write("1", to: "a/b/one")
        try folder.write("2", to: "a/c/two")
        let disk = Snapshot(onDisk: folder.path)
        let overlay = disk.replacing(["a/b/one": Array("3".utf8)])
        #expect(overlay.folder("a/c") == disk.folder("a/c"))
        #expect(overlay.folder("a/b") != disk.folder("a/b"))
        #expect(overlay.folder("a") != disk.folder("a"))
        #expect(overlay.entry("a/b/one")?.id != disk.entry("a/b/one")?.id)
        #expect(overlay.entry("a/c/two") == disk.entry("a/c/two"))
    }

    @Test func noSnapshotIsReadOutsideOfItsRoot() async throws {
        let folder = try ScratchFolder()
        try folder.write("secret", to: "secret")
        try folder.write("a", to: "root/a")
        try folder.symlink("root/out", to: "../secret")
        let disk = Snapshot(onDisk: folder.path + "/root")
        for snapshot in [disk, disk.replacing(["a": []])] {
            #expect(text(snapshot, "out") == nil)
            #expect(snapshot.kind(of: "out") == nil)
            #expect(!snapshot.isFolder(".."))
        }
    }

    /// What git ignores and `.git` are as on disk, for they belong to no commit.
    @Test func aCommitIsReadWithoutACheckout() async throws {
        let repository = try await TestRepository([
            "Dockerfile": "FROM a\n", ".gitignore": "ignored\n", "src/a": "1",
        ])
        try repository.write(["src/a": "22", "ignored/b": "3", "new": "4"])
        let history = try await GitHistory(
            holding: repository.folder.path, environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"])
        let head = try await history.commit("HEAD")
        let snapshot = try await Snapshot.commit(head, of: history) { _, _ in false }
        #expect(text(snapshot, "src/a") == "1")
        #expect(snapshot.fileTreeEntry("src/a")?.size == 1)
        #expect(text(snapshot, "ignored/b") == "3")
        #expect(snapshot.kind(of: "new") == nil)
        #expect(names(snapshot, .root) == [".git", ".gitignore", "Dockerfile", "ignored", "src"])
        #expect(snapshot.exists(".git/HEAD"))
        #expect(try snapshot.tree(of: "src").contents(of: "a", limit: 10) == Array("1".utf8))
    }
}
