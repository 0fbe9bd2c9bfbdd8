import DoctorCommands
import Foundation
import JSON
import TestSupport
import Testing

/// Builds that are named by their ids, over a docker program that says what it is told to say.
@Suite struct RememberedBuildTests {
    private static let id = "0a1b2c3d4e5f6g7h8i9j0k1l2"

    /// - Parameters:
    ///   - engine, buildx: their versions.
    ///   - status: of the builder's node.
    private func folder(
        engine: String = "29.4.0", buildx: String = "0.29.1", status: String = "running"
    ) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write(
            RecordArchiveFile(
                record: [
                    "Ref": .string(Self.id),
                    "CreatedAt": ["seconds": .integer(Int(Date().timeIntervalSince1970))],
                ],
                vertices: [("[1/2] FROM node", nil), ("[2/2] RUN make", nil)]
            ).bytes, to: "record")
        try folder.write(
            #"""
            #!/bin/sh
            case "$*" in *history*) echo "$*" >>\#(folder.path)/asked;; esac
            case "$*" in
            version*) echo '{"Client": {"Version": "28.5.2"}, "Server": {"Version": "\#(engine)"}}';;
            info*) echo '{"ServerVersion": "\#(engine)", "OSType": "linux", "Driver": "overlay2",
              "ClientInfo": {"Plugins": [{"Name": "buildx", "Version": "\#(buildx)"}]}}';;
            context*) echo '[{"Name": "default", "Endpoints": {"docker": {"Host": "tcp://192.0.2.1:2376"}}}]';;
            "buildx ls"*) echo '{"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "\#(status)"}]}';;
            "buildx history export --builder=default -- \#(Self.id)") cat \#(folder.path)/record;;
            "buildx history logs --builder=default --progress rawjson -- \#(Self.id)") cat >&2 <<'END'
            {"vertexes":[{"digest":"a","name":"[2/2] RUN make","started":"2026-01-03T02:04:05Z","completed":"2026-01-03T02:04:07Z"}]}
            END
            ;;
            *) echo "ERROR: no record found for ref" >&2; exit 1;;
            esac
            """#, to: "bin/docker", mode: 0o755)
        return folder
    }

    /// In a folder of its own: of a repository's own programs none is run.
    private func run(_ arguments: [String], in folder: ScratchFolder) async throws -> Session {
        let project = try ScratchFolder()
        return await Session.run(
            arguments + ["--host-timeout", "600"], in: project,
            environment: [
                "LANG": "C.UTF-8", "PATH": "\(folder.path)/bin:/usr/bin:/bin",
                "DOCKER_HOST": "tcp://192.0.2.1:2376", "XDG_CACHE_HOME": folder.path(of: "cache"),
            ])
    }

    private func asked(_ folder: ScratchFolder) throws -> [String] {
        guard folder.exists("asked") else { return [] }
        return String(decoding: try folder.read("asked"), as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    @Test(arguments: [id, "default/default/\(id)"])
    func theBuilderIsAskedForThatBuildAlone(name: String) async throws {
        let folder = try folder()
        let session = try await run(["timings", "--format", "json", name], in: folder)
        #expect(session.status == .clean, "\(session.errors)")
        let build = try #require(try session.json()["builds"]?[0])
        #expect(build["id"]?.string == Self.id)
        #expect(build["builder"]?.string == "default")
        #expect(build["steps"]?.array?.count == 2)
        #expect(try asked(folder) == ["buildx history export --builder=default -- \(Self.id)"])
        #expect(try await run(["records", "add", name], in: folder).output.contains("1 build added"))
        let why = try await run(["why", name, "--against", name], in: folder)
        #expect(why.output.contains("1 of 1 step ran"), "\(why.output) \(why.errors)")
    }

    @Test func anOlderBuildxTellsTheLog() async throws {
        let folder = try folder(buildx: "0.21.0")
        let session = try await run(["timings", "--format", "json", Self.id], in: folder)
        #expect(try session.json()["builds"]?[0]?["milliseconds"]?.integer == 2000)
        #expect(try session.json()["builds"]?[0]?["id"]?.string == Self.id)
    }

    @Test(arguments: [
        ("28.5.2", "0.29.1", "running", id, "listing past builds can stop Docker Engine 28.0 to 29.3"),
        ("29.4.0", "0.29.1", "stopped", id, "not all of its nodes run"),
        ("29.4.0", "0.19.0", "running", id, "buildx 0.19.0 cannot read past builds"),
        ("29.4.0", "0.29.1", "running", "other/node/\(id)", "there is no builder other"),
        ("29.4.0", "0.29.1", "running", String(id.reversed()), "no record found for ref"),
        // No id: as a file that is not there.
        ("29.4.0", "0.29.1", "running", "2" + id, "No such file"),
    ])
    func whyABuildCannotBeHad(
        engine: String, buildx: String, status: String, name: String, reason: String
    ) async throws {
        let folder = try folder(engine: engine, buildx: buildx, status: status)
        let record = folder.path(of: "record")
        for command in [["timings"], ["why"], ["records", "add"], ["why", record, "--against"]] {
            let arguments = command + [name]
            let session = try await run(arguments, in: folder)
            #expect(session.status == .usage, "\(arguments)")
            #expect(session.errors.contains(reason), "\(arguments): \(session.errors)")
        }
        let isAsked = reason.hasPrefix("no record")
        #expect(try asked(folder).isEmpty == !isAsked)
    }

    /// What is on the disk is no builder's.
    @Test func aFileOfThatNameIsRead() async throws {
        let folder = try folder()
        try folder.write("#1 [1/1] RUN x\n#1 DONE 3.0s\n", to: "work/\(Self.id)")
        let session = await Session.run(
            ["timings", Self.id], at: folder.path(of: "work"),
            environment: ["PATH": "\(folder.path)/bin:/usr/bin:/bin"])
        #expect(session.output.contains("RUN x"))
        #expect(try asked(folder).isEmpty)
    }
}
