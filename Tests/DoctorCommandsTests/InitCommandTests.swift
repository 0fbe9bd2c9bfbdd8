import DoctorCommands
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct InitCommandTests {
    private static let written = [
        ".clm-doctor-baseline.json", ".clm-doctor.yaml", ".dockerignore", ".github/workflows/clm-doctor.yml",
        ".pre-commit-config.yaml",
    ]

    /// A repository with findings, none of them about an ignore file once there is one.
    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write("FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", to: "Dockerfile")
        try folder.write("{}", to: "package.json")
        try folder.write("{}", to: "package-lock.json")
        try folder.write("on: push\njobs: {}\n", to: ".github/workflows/build.yml")
        try await folder.git("init", "-q", "-b", "main")
        try await folder.git("add", "-A")
        try await folder.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t")
        return folder
    }

    private func run(
        _ arguments: String..., in folder: ScratchFolder, ask: (@Sendable (String) -> String?)? = nil
    ) async -> Session {
        await Session.run(
            ["init"] + arguments, in: folder,
            environment: ["LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"], ask: ask)
    }

    private func changes(_ folder: ScratchFolder) async throws -> [String] {
        try await folder.git("status", "--porcelain", "-uall").split(separator: "\n").map {
            String($0.dropFirst(3))
        }.sorted()
    }

    @Test func itShowsAndWritesNothingUnasked() async throws {
        let folder = try await repository()
        let nobody = await run(in: folder)
        #expect(nobody.status == .usage)
        #expect(
            nobody.errors
                == "error: nothing was written: there is nobody to ask here, and --yes is not given\n")
        for path in Self.written { #expect(nobody.output.contains("\n\(path): "), "\(path)") }
        let no = await run(in: folder) { _ in "n" }
        #expect(no.status == .clean)
        #expect(no.output.hasSuffix("Nothing was written.\n"))
        #expect(try await changes(folder) == [])
        #expect(!folder.exists(".git/clm-doctor-init.json"))
    }

    @Test func whatItWritesHoldsAndIsTakenBack() async throws {
        let folder = try await repository()
        #expect(await Session.run("--no-host", in: folder).status == .findings)
        let session = await run("--from", "acme/clm-doctor", in: folder) { _ in "yes" }
        #expect(session.status == .clean, "\(session.errors)")
        #expect(try await changes(folder) == Self.written)
        let workflow = String(decoding: try folder.read(".github/workflows/clm-doctor.yml"), as: UTF8.self)
        #expect(workflow.contains("uses: acme/clm-doctor/.github/actions/clm-doctor@v"))
        // What was found is known, and all that is known is still found.
        let after = await Session.run("--no-host", in: folder)
        #expect(after.status == .clean, "\(after.output)")
        #expect(!after.output.contains("--update-baseline takes it out"), "\(after.output)")

        let again = await run("--yes", in: folder)
        #expect(again.status == .clean)
        #expect(again.output.hasPrefix("There is nothing to write"))

        let undo = await run("--undo", in: folder)
        #expect(undo.status == .clean, "\(undo.errors)")
        #expect(try await changes(folder) == [])
        #expect(!folder.exists(".git/clm-doctor-init.json"))
        #expect(await run("--undo", in: folder).output.contains("nothing"))
    }

    @Test func whatChangedSinceStays() async throws {
        let folder = try await repository()
        #expect(await run("--yes", in: folder).output.contains("in place of OWNER/clm-doctor"))
        try folder.write("fail-on: error\n", to: ".clm-doctor.yaml")
        try FileManager.default.removeItem(atPath: folder.path(of: ".dockerignore"))
        // A link in a file's place is not what was written, whatever it leads to.
        try FileManager.default.moveItem(
            atPath: folder.path(of: ".pre-commit-config.yaml"), toPath: folder.path(of: "hooks"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(of: ".pre-commit-config.yaml"), withDestinationPath: "hooks")
        let undo = await run("--undo", in: folder)
        #expect(undo.status == .usage)
        #expect(undo.errors.contains("error: .clm-doctor.yaml stays: it has changed since it was written\n"))
        #expect(undo.errors.contains("error: .pre-commit-config.yaml stays: "))
        #expect(try await changes(folder) == [".clm-doctor.yaml", ".pre-commit-config.yaml", "hooks"])
    }

    /// What the user was told to write, and what git does to line ends, is no change.
    @Test func whatInitAskedForIsTakenBack() async throws {
        let folder = try await repository()
        _ = await run("--yes", in: folder)
        for path in [".pre-commit-config.yaml", ".github/workflows/clm-doctor.yml"] {
            let text = String(decoding: try folder.read(path), as: UTF8.self)
            #expect(text.contains("OWNER/clm-doctor"))
            try folder.write(
                text.replacing("OWNER/clm-doctor", with: "acme/tools").replacing("\n", with: "\r\n"), to: path
            )
        }
        let undo = await run("--undo", in: folder)
        #expect(undo.status == .clean, "\(undo.errors)")
        #expect(try await changes(folder) == [])
        // More than that is.
        _ = await run("--yes", in: folder)
        let path = ".github/workflows/clm-doctor.yml"
        let text = String(decoding: try folder.read(path), as: UTF8.self)
        try folder.write(text.replacing("OWNER/", with: "acme/") + "# mine\n", to: path)
        #expect(await run("--undo", in: folder).errors.contains("clm-doctor.yml stays: it has changed"))
    }

    /// Without the baseline that it names, a configuration lets nothing be examined.
    @Test func aNamedBaselineIsThere() async throws {
        let folder = try await repository()
        _ = await run("--yes", in: folder)
        let text = String(decoding: try folder.read(".clm-doctor.yaml"), as: UTF8.self)
        try folder.write(text + "# mine\n", to: ".clm-doctor.yaml")
        let undo = await run("--undo", in: folder)
        #expect(undo.status == .usage)
        #expect(undo.errors.contains("error: .clm-doctor-baseline.json stays: .clm-doctor.yaml names it\n"))
        #expect(await Session.run("--no-host", in: folder).status == .findings)

        try FileManager.default.removeItem(atPath: folder.path(of: ".clm-doctor-baseline.json"))
        #expect(await Session.run("--no-host", in: folder).status == .usage)
        #expect(await run("--yes", in: folder).status == .clean)
        #expect(await Session.run("--no-host", in: folder).status == .clean)

        try folder.write("baseline: known.json\n", to: ".clm-doctor.yaml")
        let named = await run("--yes", in: folder)
        #expect(named.output.contains(".clm-doctor.yaml, known.json, does not exist. Write it:\n"))
        // A file of that name which no configuration names may be anybody's.
        try FileManager.default.removeItem(atPath: folder.path(of: ".clm-doctor.yaml"))
        try folder.write("{}", to: ".clm-doctor-baseline.json")
        #expect(await run("--yes", in: folder).output.contains("left as it is: .clm-doctor-baseline.json, "))
        #expect(await Session.run("--no-host", in: folder).status == .findings)
    }

    /// What a program of the image may open stays in the context.
    @Test func onlyWhatIsCertainIsIgnored() async throws {
        let folder = try await repository()
        let session = await run("--yes", in: folder)
        #expect(
            String(decoding: try folder.read(".dockerignore"), as: UTF8.self)
                == ".git\n.clm-doctor*\n.pre-commit-config.yaml\n")
        #expect(
            session.output.contains("Where none does, add to .dockerignore:\n    node_modules\n"),
            "\(session.output)")
    }

    @Test(arguments: [
        ("job: {script: x}\n", "Add to .gitlab-ci.yml:\n    include:", false),
        (
            "stages: [build, 'deploy']\ninclude: a.yml\nvariables: {A: b}\n",
            "Add to .gitlab-ci.yml, below the `include:` and `variables:` that are there:\n", true
        ),
        (
            "stages:\n- test # x\n- build\nvariables:\n  A: b\n", "below the `variables:` that is there:\n",
            false
        ),
    ])
    func linesForGitLabFitTheFile(_ text: String, _ title: String, _ hasStage: Bool) async throws {
        let folder = try await repository()
        try folder.write(text, to: ".gitlab-ci.yml")
        let output = await run(in: folder).output
        #expect(output.contains(title), "\(output)")
        #expect(output.contains("    clm-doctor:\n      stage: build\n") == hasStage, "\(output)")
    }

    @Test func whatIsThereStays() async throws {
        let folder = try await repository()
        try folder.write("checks: {ci: off}\n", to: ".clm-doctor.yaml")
        try folder.write("stages: [test]\n", to: ".gitlab-ci.yml")
        try folder.write("repos: []\n", to: ".pre-commit-config.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(of: ".github/workflows/clm-doctor.yml"), withDestinationPath: "nowhere")
        let session = await run("--yes", in: folder)
        #expect(session.status == .clean, "\(session.errors)")
        #expect(
            session.output.contains(
                "left as it is: .clm-doctor.yaml, .github/workflows/clm-doctor.yml, .pre-commit-config.yaml\n"
            ),
            "\(session.output)")
        for text in ["baseline: .clm-doctor-baseline.json", "file: /.gitlab/clm-doctor", "- id: clm-doctor"] {
            #expect(session.output.contains("  " + text), "\(text)")
        }
        #expect(try folder.read(".clm-doctor.yaml") == Array("checks: {ci: off}\n".utf8))
        #expect(try folder.read(".pre-commit-config.yaml") == Array("repos: []\n".utf8))
        #expect(!folder.exists(".github/workflows/nowhere"))
        _ = await run("--undo", in: folder)
        #expect(!folder.exists(".clm-doctor-baseline.json"))
        #expect(folder.exists(".pre-commit-config.yaml"))
    }

    @Test func nothingIsWrittenOutside() async throws {
        let folder = try await repository()
        let outside = try ScratchFolder()
        try outside.write("", to: "workflows/x")
        try FileManager.default.removeItem(atPath: folder.path(of: ".github"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(of: ".github"), withDestinationPath: outside.path)
        let session = await run("--yes", in: folder)
        #expect(session.status == .usage)
        #expect(
            session.errors.contains(
                "error: .github/workflows/clm-doctor.yml is not written: it is a link that leads out"),
            "\(session.errors)")
        #expect(!outside.exists("workflows/clm-doctor.yml"))
    }

    /// An archive may bring a record of somebody else's making.
    @Test func aForgedRecordDeletesNothing() async throws {
        let folder = try await repository()
        let outside = try ScratchFolder()
        try outside.write("{}", to: ".dockerignore")
        try folder.write("{}", to: "a/package.json")
        // SHA-256 of `{}`.
        let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        let paths = [
            "package.json", "a/package.json",
            "../\(URL(filePath: outside.path).lastPathComponent)/.dockerignore",
            "\(outside.path)/.dockerignore", ".git/.dockerignore", "",
        ]
        let files = paths.map { "{\"path\": \"\($0)\", \"sha256\": \"\(digest)\"}" }.joined(separator: ", ")
        try folder.write("{}", to: ".git/.dockerignore")
        try folder.write(
            "{\"schema\": \"clm-doctor/init/1\", \"files\": [\(files)]}", to: ".git/clm-doctor-init.json")
        _ = await run("--undo", in: folder)
        for path in ["package.json", "a/package.json", ".git/.dockerignore"] {
            #expect(folder.exists(path), "\(path)")
        }
        #expect(outside.exists(".dockerignore"))
        // The same entry of a file that init may have written is one.
        try folder.write("{}", to: ".dockerignore")
        try folder.write(
            "{\"schema\": \"clm-doctor/init/1\", \"files\": [{\"path\": \".dockerignore\", \"sha256\": \"\(digest)\"}]}",
            to: ".git/clm-doctor-init.json")
        _ = await run("--undo", in: folder)
        #expect(!folder.exists(".dockerignore"))
        try folder.write("noise", to: ".git/clm-doctor-init.json")
        #expect(await run("--undo", in: folder).errors.contains("is no record of what init wrote; delete it"))
    }

    @Test func whereThereIsNothingToSetUp() async throws {
        let folder = try ScratchFolder()
        try folder.write("FROM a\n", to: "Dockerfile")
        #expect(await run("--yes", in: folder).errors.contains("run `git init` first"))
        let empty = try ScratchFolder()
        try await empty.git("init", "-q")
        let session = await run("--yes", in: empty)
        #expect(session.status == .nothingToCheck)
        #expect(session.errors.contains("no Dockerfile was found"))
    }
}
