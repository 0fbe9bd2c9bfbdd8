import Foundation
import Git
import TestSupport
import Testing

private func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct CommitReaderTests {
    private func history(_ repository: TestRepository) async throws -> GitHistory {
        try await GitHistory(
            holding: repository.folder.path, environment: ProcessInfo.processInfo.environment)
    }

    /// A raw tree object: what git itself would not write.
    private func writeTree(
        _ repository: TestRepository, _ entries: [(mode: String, name: String, id: String)]
    )
        async throws -> String
    {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) \(entry.name)".utf8) + [0]
            bytes += stride(from: 0, to: entry.id.count, by: 2).map { index in
                let start = entry.id.index(entry.id.startIndex, offsetBy: index)
                return UInt8(entry.id[start...].prefix(2), radix: 16)!
            }
        }
        return try await writeTree(repository, bytes)
    }

    private func writeTree(_ repository: TestRepository, _ bytes: [UInt8]) async throws -> String {
        try await repository.git(
            ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], input: bytes)
    }

    private func expectRefusal(
        of commit: String, in repository: TestRepository, saying text: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let history = try await history(repository)
        await #expect(sourceLocation: location) {
            try await history.read([commit])
        } throws: { error in "\(error)".contains(text) }
    }

    private func commit(_ repository: TestRepository, tree: String) async throws -> String {
        try await repository.git(["commit-tree", "-m", "x", tree])
    }

    @Test(arguments: ["sha1", "sha256"]) func allFilesAsGitListsThem(_ format: String) async throws {
        let repository = try await TestRepository(
            [
                "a": "1", "b-c": "1", "b.c": "2", "b/c": "3", "b0": "4", "d/e/f": "5", "d/e-f": "6",
                "d/e0": "7",
                "x/y/z": "8", "run.sh": "9",
            ], arguments: ["--object-format=\(format)"])
        try FileManager.default.createSymbolicLink(
            atPath: repository.folder.path(of: "d/link"), withDestinationPath: "../a")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: repository.folder.path(of: "run.sh"))
        let head = try await repository.git(["rev-parse", "HEAD"])
        try await repository.git(["update-index", "--add", "--cacheinfo", "160000,\(head),sub/module"])
        try repository.folder.write([], toName: Array("x/\u{1}\n".utf8) + [0xFF])
        try await repository.git(["add", "d", "run.sh", "x"])
        try await repository.git(["commit", "-q", "-m", "x"])

        let read = try await history(repository).read(["HEAD", "HEAD~1"], contentLimit: 100)
        #expect(try await read.commits.map(\.description) == [repository.git(["rev-parse", "HEAD"]), head])
        var files: [[UInt8]] = []
        var lines: [String] = []
        read.tree.visitFiles { path, entry in
            files.append(path)
            let mode =
                switch entry.kind {
                case .file: "100644 blob"
                case .executable: "100755 blob"
                case .symlink: "120000 blob"
                case .submodule: "160000 commit"
                }
            lines.append("\(mode) \(entry.id!)\t\(text(path))\0")
            #expect(read.tree.entry(path) == entry)
            return true
        }
        #expect(try await lines.joined() == repository.git(["ls-tree", "-r", "-z", "HEAD"]))
        #expect(lines.count == 13)
        #expect(files.contains(Array("x/\u{1}\n".utf8) + [0xFF]))
        for path in ["b", "d", "d/e", "", "c", "a/b", "d/e/f/g", "d/", "D/e/f"] {
            #expect(read.tree.entry(Array(path.utf8)) == nil, "\(path)")
        }
        for (path, isOne) in [("", true), ("b", true), ("d/e", true), ("a", false), ("d/f", false)] {
            #expect(read.tree.isFolder(Array(path.utf8)) == isOne, "\(path)")
        }
        let folder = try #require(read.tree.folder(named: Array("d".utf8)[...], in: read.tree.root))
        #expect(read.tree.children(of: folder).map { text($0.name) } == ["e-f", "e", "e0", "link"])
        #expect(read.tree.folder(named: Array("a".utf8)[...], in: read.tree.root) == nil)
        #expect(read.symlinks.map { text($0.path) } == ["d/link"])
        #expect(read.symlinks.first.map { read.contents[$0.id] } == Array("../a".utf8))
        #expect(read.submodules.map { text($0.path) } == ["sub/module"])
        var below: [String] = []
        read.tree.visitFiles(below: Array("d/e".utf8)) { path, _ in
            below.append(text(path))
            return true
        }
        #expect(below == ["d/e/f"])
    }

    /// Git keeps equal folders and files once; each of their paths counts.
    @Test func equalFolders() async throws {
        let repository = try await TestRepository([
            "a/x/Dockerfile": "FROM a", "b/x/Dockerfile": "FROM a", "c/d/x/Dockerfile": "FROM a",
            "x/Dockerfile": "FROM a",
            "big/Dockerfile": String(repeating: "#", count: 100),
        ])
        let read = try await history(repository).read(["HEAD"], contentLimit: 50) { name, folder in
            name.elementsEqual("Dockerfile".utf8) && !folder.elementsEqual("b/x".utf8)
        }
        #expect(
            read.noted.map { text($0.path) }.sorted()
                == ["a/x/Dockerfile", "big/Dockerfile", "c/d/x/Dockerfile", "x/Dockerfile"])
        #expect(read.contents.values.compactMap { $0 } == [Array("FROM a".utf8)])
        #expect(read.contents.count == 2)
        #expect(read.tree.entry(Array("b/x/Dockerfile".utf8)) != nil)
    }

    @Test func unknownCommits() async throws {
        let repository = try await TestRepository(["a": "1"])
        let history = try await history(repository)
        for names in [["nope"], ["HEAD", "nope"], ["HEAD", "HEAD:a"], ["HEAD", "a\nb"], ["HEAD", ""]] {
            await #expect("\(names)") {
                try await history.read(names)
            } throws: { error in
                if case GitError.unknownRevision(names.last!, _) = error { true } else { false }
            }
        }
    }

    @Test func folderThatIsMissing() async throws {
        let repository = try await TestRepository(["a/b/c": "1"])
        let id = try await repository.git(["rev-parse", "HEAD:a/b"])
        try FileManager.default.removeItem(
            atPath: repository.folder.path(of: ".git/objects/\(id.prefix(2))/\(id.dropFirst(2))"))
        try await expectRefusal(of: "HEAD", in: repository, saying: "tree object of a/b is missing")
    }

    @Test func treeThatCannotBeRead() async throws {
        let repository = try await TestRepository(["a": "1"])
        let broken = try await writeTree(repository, Array("100644 a\0short".utf8))
        let commit = try await commit(repository, tree: broken)
        try await expectRefusal(of: commit, in: repository, saying: "cannot be read")
    }

    @Test func modes() async throws {
        let repository = try await TestRepository(["a": "1"])
        let file = try await repository.git(["rev-parse", "HEAD:a"])
        let folder = try await repository.git(["rev-parse", "HEAD^{tree}"])
        let tree = try await writeTree(
            repository,
            [
                ("100664", "a", file), ("100775", "b", file), ("140000", "c", file), ("040000", "d", folder),
                ("0", "e", file),
            ])
        let read = try await history(repository).read([commit(repository, tree: tree)])
        let kinds = ["a", "b", "c", "d/a", "e"].map { read.tree.entry(Array($0.utf8))?.kind }
        #expect(kinds == [.file, .executable, nil, .file, nil])
    }

    /// A few objects that stand for ten thousand million files.
    @Test func treesThatMultiply() async throws {
        let repository = try await TestRepository(["Dockerfile": "FROM a"])
        var tree = try await repository.git(["rev-parse", "HEAD^{tree}"])
        for _ in 0..<10 {
            let level = tree
            tree = try await writeTree(repository, (0..<10).map { ("40000", "d\($0)", level) })
        }
        let commit = try await commit(repository, tree: tree)
        try await expectRefusal(
            of: commit, in: repository, saying: "files and folders, most of them repeated")
    }

    @Test func pathWithoutEnd() async throws {
        let repository = try await TestRepository(["a": "1"])
        let path = Array(repeating: "d", count: 3000).joined(separator: "/")
        let stream =
            "commit refs/heads/deep\ncommitter t <t@t> 1 +0000\ndata 1\nx\nM 100644 inline \(path)/f\ndata 1\nx\n"
        try await repository.git(["fast-import", "--quiet"], input: Array(stream.utf8))
        try await expectRefusal(of: "deep", in: repository, saying: "path of more than 4096 bytes")
    }
}
