import BuildContext
import Project
import SourceText
import TestSupport
import Testing

@Suite struct HostileTests {
    @Test func whatIsNoReadableFile() async throws {
        let outside = try tree(["secret": "FROM secret\n"])
        let folder = try tree(["ok/Dockerfile": "FROM a\n", "d/Dockerfile/x": "", "big/Dockerfile": ""])
        try folder.makeFolder("fifo")
        try folder.makeFIFO("fifo/Dockerfile")
        try folder.makeFIFO("fifo/compose.yaml")
        try folder.symlink("Dockerfile.dangling", to: "nowhere")
        try folder.symlink("Dockerfile.out", to: outside.path + "/secret")
        try folder.symlink("Dockerfile.device", to: "/dev/zero")
        try folder.symlink("Dockerfile.loop", to: "Dockerfile.loop")
        try folder.symlink("Dockerfile.link", to: "ok/Dockerfile")
        try folder.symlink("Dockerfile.folder", to: "ok")
        try folder.symlink("loop", to: ".")
        try folder.symlink("away", to: outside.path)
        try folder.symlink("compose.yaml", to: outside.path + "/secret")
        try folder.write([0x46, 0x52, 0x4F, 0x4D, 0x20, 0x00, 0xFF], to: "Dockerfile.binary")
        try folder.write([0xFF, 0xFE, 0x0A], to: "invalid/Dockerfile")
        try folder.write("", to: "empty/Dockerfile")
        try folder.write([UInt8](repeating: 0x61, count: 4 << 20 | 1), to: "big/Dockerfile")
        let project = try await Project.load([folder.path])
        #expect(
            project.dockerfiles.keys.sorted()
                == ["empty/Dockerfile", "invalid/Dockerfile", "ok/Dockerfile"])
        #expect(
            project.notes.map { summary($0) } == [
                "Dockerfile.binary: is a binary file; it is not examined",
                "Dockerfile.dangling: is a link to a file that does not exist; it is not examined",
                "Dockerfile.device: is a link that leads out of the repository; it is not examined",
                "Dockerfile.folder: is a folder, not a file; it is not examined",
                "Dockerfile.loop: is a link that leads back to itself; it is not examined",
                "Dockerfile.out: is a link that leads out of the repository; it is not examined",
                "big/Dockerfile: is larger than 4194304 bytes; it is not examined",
                "compose.yaml: is a link that leads out of the repository; it is not read",
                "d/Dockerfile: is a folder, not a file; it is not examined",
                "fifo/Dockerfile: is not a regular file and is not examined",
                "fifo/compose.yaml: is not a regular file and is not examined",
            ])
        await #expect(throws: Never.self) { try await Project.load([folder.path + "/fifo/Dockerfile"]) }
    }

    @Test(arguments: [
        // Nine levels of nine aliases each.
        (0..<9).reduce("a: &a [x,x,x,x,x,x,x,x,x]\n") { text, level in
            let names = "abcdefghijk".map(String.init)
            let list = Array(repeating: "*\(names[level])", count: 9).joined(separator: ",")
            return text + "\(names[level + 1]): &\(names[level + 1]) [\(list)]\n"
        },
        // As a key.
        (0..<9).reduce("a: &a [x,x,x,x,x,x,x,x,x]\n") { text, level in
            let names = "abcdefghijk".map(String.init)
            let list = Array(repeating: "*\(names[level])", count: 9).joined(separator: ",")
            return text + "\(names[level + 1]): &\(names[level + 1]) [\(list)]\n"
        } + "? *j\n: y\n",
        // One text of half a megabyte, twenty times.
        "a: &a \(String(repeating: "x", count: 500_000))\nb: [\(String(repeating: "*a,", count: 20))]\n",
        String(repeating: "[", count: 500) + String(repeating: "]", count: 500),
        String(repeating: "[", count: 100_000), "a: *nowhere", "\u{1}", "a: &a [*a]", "%YAML 9.9\n---\na",
        "- &a " + String(repeating: "x\n- *a\n", count: 150_000),
    ])
    func yaml(text: String) async throws {
        let folder = try tree(["compose.yaml": text, "Dockerfile": "FROM a\n"])
        let project = try await Project.load([folder.path])
        #expect(project.builds.count == 1)
        #expect(project.notes.count == 1)
        #expect(project.notes.first?.path == "compose.yaml")
        try folder.write(text, to: ".clm-doctor.yaml")
        await #expect(throws: LoadError.self) { try await Project.load([folder.path]) }
    }

    /// Aliases in keys, and what looks like one: all of it is YAML.
    @Test(arguments: [
        "x-a: &a [x]\n? *a\n: y\n", "x-a: &a [x]\nx-b: {*a : y}\n", "x-a: &a [x]\nx-b: {[*a, *a]: y}\n",
        "x-a: &a k\n*a : y\n", "x-a: &a {b: 1}\nx-c: {<<: *a, ? d : e}\n",
        "x-a: &a 1\nx-b: [*a]\n# a: *b: c\n",
        "x-a: &a 1\nx-b: '*c: d'\nx-e: *a\n", "x-a: &a 1\nx-b: |\n  ? *a :\n  }: *a\nx-c: *a\n",
        "x-a: &a 1\nx-on: {tags: ['*']}\nx-b: \"}\" \nx-c: {a: {}} \n",
    ])
    func aliasesInKeys(_ text: String) async throws {
        let folder = try tree([
            "compose.yaml": text + "services: {s: {build: {context: .}}}\n", "Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(project.notes.map { summary($0) } == [])
        #expect(project.builds.map(\.name) == ["s"])
    }

    /// Where a value stands, behind characters of several bytes and on a line of its own.
    @Test func placesOfYAML() async throws {
        let folder = try tree([
            ".github/workflows/a.yml": """
            # ä
            jobs: {"ü": {steps: [{name: "日本", uses: docker/build-push-action@v6, with: {context: .}}]}}
            """, "Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        let workflow = try #require(project.pipelines.first)
        let step = try #require(workflow.jobs.first?.steps.first)
        #expect(workflow.source.string(step.bytes) == "docker/build-push-action@v6")
        #expect(step.inputs.map { workflow.source.string($0.bytes) } == ["context: ."])
    }

    @Test func foldersThatAreNestedDeeply() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM a\n", to: (0..<100).map { _ in "d" }.joined(separator: "/") + "/Dockerfile")
        try folder.write("FROM a\n", to: (0..<110).map { _ in "e" }.joined(separator: "/") + "/Dockerfile")
        let project = try await Project.load([folder.path])
        #expect(project.dockerfiles.count == 1)
        #expect(project.notes.count == 1)
    }

    @Test func extendsInACircle() async throws {
        let folder = try tree([
            "compose.yaml": """
            include: [compose.yaml, other.yaml]
            services:
              a: {extends: b}
              b: {extends: a, build: .}
              c: {extends: {file: compose.yaml, service: c}}
            """,
            "other.yaml": "include: [compose.yaml]\n", "Dockerfile": "FROM a\n",
        ])
        let project = try await Project.load([folder.path])
        #expect(project.builds.count == 1)
    }
}

/// Whether something is there outside of the repository cannot be told from what is said.
struct ExistenceTests {
    @Test(arguments: ["etc/passwd", "etc/nothing", "etc/pass*", "etc/zz*"])
    func contextsAreInferredWithoutALookOutside(path: String) async throws {
        let folder = try ScratchFolder()
        try folder.symlink("a/root", to: "/")
        try folder.write("FROM a\nCOPY root/\(path) /x\n", to: "a/b/Dockerfile")
        let project = try await Project.load([folder.path])
        #expect(project.builds.map(\.context) == [.directory("a/b")])
    }

    @Test(arguments: ["Dockerfile", "compose.yaml"])
    func aLinkOutIsToldAlike(name: String) async throws {
        var notes: [[String]] = []
        for target in ["/etc/passwd", "/etc/nothing", "/nothing/at/all", "../../../../../../../etc/nothing"] {
            let folder = try ScratchFolder()
            try folder.symlink(name, to: target)
            try folder.write("FROM a\n", to: "x.Dockerfile")
            notes.append(try await Project.load([folder.path]).notes.map(\.message))
        }
        #expect(Set(notes).count == 1, "\(notes)")
        #expect(notes[0].contains { $0.contains("is a link that leads out of the repository") })
    }

    @Test func aLinkInsideIsFollowedAndADanglingOneTold() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM a\n", to: "real/Dockerfile.real")
        try folder.symlink("Dockerfile", to: folder.path(of: "real/../real/Dockerfile.real"))
        try folder.symlink("b/Dockerfile", to: "../nowhere")
        try folder.symlink("c/Dockerfile", to: "Dockerfile")
        let project = try await Project.load([folder.path])
        #expect(project.builds.map(\.dockerfile) == ["real/Dockerfile.real"])
        let notes = project.notes.map { "\($0.path ?? "") \($0.message)" }
        #expect(
            notes.contains { $0.hasPrefix("b/Dockerfile is a link to a file that does not exist") },
            "\(notes)")
        #expect(
            notes.contains { $0.hasPrefix("c/Dockerfile is a link that leads back to itself") }, "\(notes)")
    }

    @Test func aContextThatIsALinkIsToldAlike() async throws {
        var messages: [String] = []
        for target in ["/etc", "/nothing"] {
            let folder = try ScratchFolder()
            try folder.symlink("context", to: target)
            do throws(ContextError) { _ = try DiskTree(inside: folder.path, directory: "context") } catch {
                messages.append(error.message)
            }
        }
        #expect(messages == Array(repeating: ContextError.outside("").message, count: 2))
    }
}
