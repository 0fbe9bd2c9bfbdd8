import DoctorCommands
import Foundation
import JSON
import TestSupport
import Testing

/// `clm-doctor records`, and `timings` of what it keeps.
@Suite struct RecordsCommandTests {
    private let folder: ScratchFolder
    private let environment: [String: String]

    init() throws {
        folder = try ScratchFolder()
        environment = ["LANG": "C.UTF-8", "XDG_CACHE_HOME": folder.path(of: "cache")]
    }

    private static let store = "cache/clm-doctor/records"

    private func run(_ arguments: String..., ask: (@Sendable (String) -> String?)? = nil) async -> Session {
        await Session.run(arguments, in: folder, environment: environment, ask: ask)
    }

    /// A log of a build today.
    /// - Parameter hour: makes it another build.
    private func log(_ hour: Int, seconds: Int = 9, text: String = "RUN npm ci", daysAgo: Double = 0)
        -> String
    {
        let day = Date(timeIntervalSinceNow: -86_400 * (daysAgo + 1)).formatted(.iso8601.year().month().day())
        let time = "\(day)T\(hour < 10 ? "0" : "")\(hour):00:"
        return
            #"{"vertexes":[{"digest":"a","name":"[1/2] FROM node","started":"\#(time)00Z","completed":"\#(time)01Z"}]}"#
            + "\n"
            + #"{"vertexes":[{"digest":"b","inputs":["a"],"name":"[2/2] \#(text)","started":"\#(time)01Z","#
            + #""completed":"\#(time)1\#(seconds)Z"}]}"# + "\n"
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path(of: Self.store)).sorted()
    }

    private func storedFiles(orNone: Bool = false) throws -> [String] {
        if orNone, !folder.exists(Self.store) { return [] }
        return try files().filter { $0.hasSuffix(".json") }
    }

    @Test func oneBuildIsKeptOnce() async throws {
        try folder.write(log(1), to: "logs/a.log")
        try folder.write(log(1), to: "logs/the same.log")
        try folder.write(log(2), to: "logs/b.log")
        let first = await run("records", "add", "logs")
        #expect(first.status == .clean, "\(first.errors)")
        #expect(first.output.contains("2 builds added to \(folder.path(of: Self.store)), 1 already there"))
        #expect(await run("records", "add", "logs/b.log").output.contains("0 builds added"))
        #expect(try storedFiles().count == 2)
        let list = try await run("records", "list", "--format", "json").json()
        #expect(list["builds"]?.array?.map { $0["milliseconds"]?.integer } == [19_000, 19_000])
        #expect(await run("records", "list", "--format", "concise").output.split(separator: "\n").count == 2)
    }

    @Test func aStoredBuildTellsWhatItsLogTold() async throws {
        try folder.write(log(3), to: "a.log")
        _ = await run("records", "add", "a.log")
        let told = try await run("timings", "--format", "json", "a.log").json()
        let kept = try await run("timings", "--format", "json").json()
        #expect(kept == told)
        #expect(told["builds"]?[0]?["steps"]?.array?.count == 2)
    }

    /// One log cannot take the place of all that is there: the newest of its builds are added.
    @Test func oneFileDoesNotFillTheStore() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        try folder.write(
            (0..<600).map { "#1 [1/1] RUN build \($0)\n#1 DONE 1.0s\n\n" }.joined(), to: "many.log")
        let session = await run("records", "add", "many.log")
        #expect(session.output.contains("500 builds added"), "\(session.output)")
        #expect(session.output.contains("100 more not added: the newest 500 of one run are"))
        #expect(try storedFiles().count == 501)
        let list = await run("records", "export", "--format", "jsonl").output
        #expect(list.contains("RUN build 599") && list.contains("RUN build 100\""))
        #expect(!list.contains("RUN build 99\""))
    }

    /// The id is the identity, and what tells more of a build takes the place of what tells less.
    @Test func theBetterSourceIsKept() async throws {
        try folder.write(#"{"buildx.build.ref": "b/n/id1"}"#, to: "a.json")
        #expect(await run("records", "add", "a.json").output.contains("1 build added"))
        let name = try #require(try storedFiles().first)
        let metadata = try String(decoding: folder.read("\(Self.store)/\(name)"), as: UTF8.self)
        // As an archive of the same build would be stored.
        let archive = metadata.replacing(#""source":"metadata""#, with: #""source":"archive""#)
        try folder.write(archive, to: "\(Self.store)/\(name)")
        #expect(await run("records", "add", "a.json").output.contains("0 builds added"))
        #expect(try String(decoding: folder.read("\(Self.store)/\(name)"), as: UTF8.self) == archive)
        try folder.write(archive, to: "better.json")
        try folder.write(metadata, to: "\(Self.store)/\(name)")
        #expect(await run("records", "add", "better.json").output.contains("1 told better than before"))
        #expect(try storedFiles() == [name])
    }

    @Test func nobodyElseMayReadIt() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        func mode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(of: path))
            return try #require(attributes[.posixPermissions] as? Int)
        }
        #expect(try mode(Self.store) == 0o700)
        for name in try files() { #expect(try mode("\(Self.store)/\(name)") == 0o600, "\(name)") }
        let key = try folder.read("\(Self.store)/key")
        #expect(key.count == 32)
        try folder.write(log(2), to: "b.log")
        _ = await run("records", "add", "b.log")
        #expect(try folder.read("\(Self.store)/key") == key)
    }

    @Test func buildsOfNinetyDaysAreKept() async throws {
        try folder.write(log(1, daysAgo: 88), to: "a.log")
        try folder.write(log(1, daysAgo: 91), to: "b.log")
        let session = await run("records", "add", "a.log", "b.log")
        #expect(session.output.contains("1 build added"))
        #expect(session.output.contains("1 older than 90 days and not kept"))
        // Three days later.
        let name = try #require(try storedFiles().first)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -86_400 * 92)],
            ofItemAtPath: folder.path(of: "\(Self.store)/\(name)"))
        try folder.write(log(2), to: "c.log")
        #expect(await run("records", "add", "c.log").output.contains("1 of the oldest deleted for them"))
        #expect(try storedFiles().count == 1)
    }

    @Test func writersDoNotDisturbEachOther() async throws {
        for hour in 0..<16 { try folder.write(log(hour), to: "logs/\(hour).log") }
        await withTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    for hour in 0..<16 where hour % 4 != writer {
                        let session = await run("records", "add", "logs/\(hour).log")
                        #expect(session.status == .clean, "\(session.errors)")
                    }
                }
                // Who reads meanwhile meets whole files alone.
                group.addTask {
                    let list = await run("records", "list")
                    #expect(!list.errors.contains("note:"), "\(list.errors)")
                }
            }
        }
        #expect(try files().count == 17)
        let list = await run("records", "list", "--format", "json")
        #expect(try list.json()["builds"]?.array?.count == 16)
        #expect(list.errors == "")
        // All of them began without a key.
        let keys = try storedFiles().map { try JSON.parse(folder.read("\(Self.store)/\($0)"))["key"] }
        #expect(Set(keys).count == 1)
    }

    /// A writer that was killed between two system calls leaves a file with a name of its own.
    @Test func whatAKilledWriterLeavesIsCleared() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        let left = "\(Self.store)/.clm-doctor-0123456789abcdef.tmp"
        try folder.write(#"{"schema":"clm-doctor/record/1","#, to: left)
        let list = await run("records", "list")
        #expect(list.output.contains("1 build in") && list.errors == "")
        _ = await run("records", "add", "a.log")
        #expect(!folder.exists(left))
        #expect(try files().count == 2)
    }

    @Test func hostileFilesInTheStoreAreToldAndPassedOver() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        let good = try String(
            decoding: folder.read("\(Self.store)/\(try #require(try storedFiles().first))"), as: UTF8.self)
        func name(_ digit: Character) -> String {
            "\(Self.store)/\(String(repeating: digit, count: 32)).json"
        }
        try folder.write(#"{"schema":"clm-doctor/record/1","#, to: name("0"))
        try folder.write(#"{"schema":"clm-doctor/record/2"}"#, to: name("1"))
        try folder.write(good + String(repeating: " ", count: 9 << 20), to: name("2"))
        try folder.symlink(name("3"), to: "/etc/passwd")
        try folder.makeFIFO(name("4"))
        try folder.write(
            good.replacing(#""inputs":[0]"#, with: #""inputs":[7,-1,1e99,"x",1]"#)
                .replacing(#"[[0,1000]]"#, with: #"[[9223372036854775807,-9223372036854775808],[5,4],[1,2]]"#)
                .replacing(#""started":1"#, with: #""started":9223372036854775807,"x":1"#),
            to: name("5"))
        try folder.write(good.replacing(#""outcome":"ran""#, with: #""outcome":"flown""#), to: name("6"))
        try folder.makeFolder(name("7"))
        let list = await run("records", "list")
        #expect(list.status == .clean)
        #expect(list.output.contains("2 builds in"), "\(list.output)")
        let notes = list.errors.split(separator: "\n")
        #expect(notes.count == 4, "\(list.errors)")
        #expect(list.errors.contains("ends too early"))
        #expect(list.errors.contains("of another version of clm-doctor"))
        #expect(list.errors.contains("larger than 8 MiB"))
        #expect(list.errors.contains("the stored record is damaged"))
        for format in ["jsonl", "openmetrics", "otlp"] {
            #expect(await run("records", "export", "--format", format).status == .clean)
        }
        #expect(await run("timings").status == .clean)
        // What was stored is deleted, whatever it is now; where a link leads is not.
        #expect(await run("records", "clear", "--yes").output.hasPrefix("6 builds deleted"))
    }

    @Test func theStoreIsNotWrittenThroughLinks() async throws {
        try folder.write("mine", to: "victim")
        try folder.makeFolder(Self.store)
        try folder.symlink("\(Self.store)/key", to: folder.path(of: "victim"))
        try folder.write(log(1), to: "a.log")
        let session = await run("records", "add", "a.log")
        #expect(session.status == .usage)
        #expect(session.errors.contains("is not the key that clm-doctor made; delete it"))
        #expect(try folder.read("victim") == Array("mine".utf8))
    }

    @Test func namesOfSecretsAreNotKept() async throws {
        try folder.write(
            log(1, text: "RUN --mount=type=secret,id=npm_token,env=NPM --mount=type=cache,target=/x npm ci"),
            to: "a.log")
        _ = await run("records", "add", "--repository", "https://ci:t0ken@github.com/acme/shop", "a.log")
        for name in try storedFiles() {
            let text = String(decoding: try folder.read("\(Self.store)/\(name)"), as: UTF8.self)
            #expect(!text.contains("npm_token") && !text.contains("NPM") && !text.contains("t0ken"))
            #expect(text.contains("RUN --mount=type=secret --mount=type=cache,target=/x npm ci"))
            #expect(text.contains("https://github.com/acme/shop"))
        }
        for arguments in [
            ["timings", "--format", "json", "a.log"], ["timings", "--format", "html", "a.log"],
            ["records", "export", "--format", "jsonl"],
        ] {
            let session = await Session.run(arguments, in: folder, environment: environment)
            #expect(session.output.contains("npm ci") && !session.output.contains("npm_token"))
        }
    }

    /// A build with an argument, as docker records it: it expands variables in what it writes of a step.
    private func archive(_ id: String, token: String) -> RecordArchiveFile {
        RecordArchiveFile(
            record: [
                "Ref": .string(id), "CreatedAt": ["seconds": .integer(Int(Date().timeIntervalSince1970))],
                "FrontendAttrs": ["build-arg:TOKEN": .string(token), "build-arg:LEVEL": "2"],
                "error": ["code": 2, "message": .string("deploy \(token) failed")],
            ],
            vertices: [
                ("[1/2] FROM node", nil),
                ("[2/2] RUN deploy --level 2 --key=\(token)/x", "exit code of \(token)"),
                ("docker-image://docker.io/library/\(token)@sha256:1", nil),
            ],
            provenance: [
                "buildType": "x",
                "buildConfig": [
                    "llbDefinition": [
                        [
                            "id": "step1",
                            "op": ["Op": ["exec": ["meta": ["env": [.string("TOKEN=\(token)")]]]]],
                        ]
                    ],
                    "digestMapping": ["sha256:1": "step1"],
                ],
            ])
    }

    @Test func valuesOfArgumentsAreNotKept() async throws {
        var stored: [JSON] = []
        for (id, token) in [("id1", "s3cr3t-value"), ("id2", "s3cr3t-value"), ("id3", "another-value")] {
            try folder.write(archive(id, token: token).bytes, to: "\(id).dockerbuild")
            let known = Set(try storedFiles(orNone: true))
            #expect(await run("records", "add", "\(id).dockerbuild").output.hasPrefix("1 build added"))
            let name = try #require(try storedFiles().first { !known.contains($0) })
            let text = try String(decoding: folder.read("\(Self.store)/\(name)"), as: UTF8.self)
            #expect(!text.contains(token))
            stored.append(try JSON.parse(text))
            for arguments in [
                ["timings", "\(id).dockerbuild"], ["timings", "--format", "json", "\(id).dockerbuild"],
            ] {
                let session = await Session.run(arguments, in: folder, environment: environment)
                #expect(session.output.contains("deploy") && !session.output.contains(token))
            }
        }
        #expect(
            stored[0]["vertices"]?[1]?["name"]?.string == "[2/2] RUN deploy --level ${LEVEL} --key=${TOKEN}/x"
        )
        #expect(stored[0]["vertices"]?[1]?["error"]?.string == "exit code of ${TOKEN}")
        #expect(stored[0]["errors"]?.array?.first?.string == "deploy ${TOKEN} failed")
        // Hashes tell that a value changed, and what a step does with it.
        for path in [\JSON.tokenHash, \JSON.definition] {
            let values = try stored.map { try #require($0[keyPath: path]) }
            #expect(values[0] == values[1] && values[0] != values[2])
            #expect(values.allSatisfy { $0.count == 64 })
        }
        // Of another key they are another.
        _ = await run("records", "add", "--records", "other", "id1.dockerbuild")
        let other = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "other")).first {
                $0 != "key"
            })
        let json = try JSON.parse(folder.read("other/\(other)"))
        #expect(json.tokenHash != stored[0].tokenHash && json.definition != stored[0].definition)
        // And where the key is lost, nothing is told.
        try FileManager.default.removeItem(atPath: folder.path(of: "other/key"))
        let lost = try await run("timings", "--format", "json", "--records", "other").json()
        #expect(lost["builds"]?[0]?["problems"]?[0]?.string?.contains("another key") == true)
    }

    /// `2` stands in texts by chance; the Dockerfile tells where it is the argument's.
    @Test func shortValuesAreNotKept() async throws {
        var file = archive("id1", token: "s3cr3t-value")
        file.record["error"] = nil
        file.vertices = [("[2 1/2] RUN sleep 2", nil), ("[2 2/2] RUN make -j 2 o2", nil)]
        file.provenance?["buildConfig"]?["digestMapping"] = ["sha256:0": "step0", "sha256:1": "step1"]
        let dockerfile = "RUN sleep 2\nRUN make -j $LEVEL o2\n"
        func place(_ line: Int) -> JSON {
            [
                "locations": [
                    ["ranges": [["start": ["line": .integer(line)], "end": ["line": .integer(line)]]]]
                ]
            ]
        }
        file.provenance?["metadata"] = [
            "https://mobyproject.org/buildkit@v1#metadata": [
                "source": [
                    "infos": [
                        [
                            "filename": "Dockerfile",
                            "data": .string(Data(dockerfile.utf8).base64EncodedString()),
                        ]
                    ],
                    "locations": ["step0": place(1), "step1": place(2)],
                ]
            ]
        ]
        try folder.write(file.bytes, to: "a.dockerbuild")
        _ = await run("records", "add", "a.dockerbuild")
        let stored = try JSON.parse(folder.read("\(Self.store)/\(try #require(try storedFiles().first))"))
        #expect(
            stored["vertices"]?.array?.map { $0["name"]?.string } == [
                "[2 1/2] RUN sleep 2", "[2 2/2] RUN make -j ${LEVEL} o2",
            ])
    }

    @Test func aThousandBuildsAreKept() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        let bytes = try folder.read("\(Self.store)/\(try #require(try storedFiles().first))")
        for number in 0..<1000 {
            let digits = String(number + 1 << 20, radix: 16)
            let path = "\(Self.store)/\(String(repeating: "0", count: 32 - digits.count))\(digits).json"
            try folder.write(bytes, to: path)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -1_000_000 - 10 * Double(number))],
                ofItemAtPath: folder.path(of: path))
        }
        let oldest = try storedFiles()[999]
        try folder.write(log(2), to: "b.log")
        let session = await run("records", "add", "b.log")
        #expect(session.output.contains("2 of the oldest deleted for them"), "\(session.output)")
        #expect(try storedFiles().count == 1000)
        #expect(try !storedFiles().contains(oldest))
    }

    @Test func clearAsks() async throws {
        try folder.write(log(1), to: "a.log")
        _ = await run("records", "add", "a.log")
        try folder.write("not the doctor's", to: "\(Self.store)/other.dockerbuild")
        let nobody = await run("records", "clear")
        #expect(nobody.status == .usage && nobody.errors.contains("--yes is not given"))
        #expect(await run("records", "clear", ask: { _ in "n" }).output == "Nothing was deleted.\n")
        #expect(try storedFiles().count == 1)
        let asked = await run("records", "clear", ask: { $0.contains("Delete 1 build from") ? "y" : nil })
        #expect(asked.output.hasPrefix("1 build deleted"))
        #expect(try files() == ["key", "other.dockerbuild"])
        #expect(await run("records", "clear").output.hasPrefix("0 builds deleted"))
    }

    /// Other programs name their files by hashes too.
    @Test func filesOfOthersStay() async throws {
        let other = "shared/0123456789abcdef0123456789abcdef.json"
        try folder.write(#"{"mine": 1}"#, to: other)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -86_400 * 200)],
            ofItemAtPath: folder.path(of: other))
        try folder.write(log(1), to: "a.log")
        let added = await run("records", "add", "--records", "shared", "a.log")
        #expect(added.status == .clean, "\(added.errors)")
        #expect(await run("records", "clear", "--yes", "--records", "shared").status == .clean)
        #expect(folder.exists(other))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path(of: "shared")).count {
                $0.hasSuffix(".json")
            } == 1)
    }

    /// `--records "$UNSET"` is not the working directory.
    @Test func anEmptyPathIsAnError() async throws {
        try folder.write(log(1), to: "a.log")
        for call in [["records", "add", "--records", "", "a.log"], ["timings", ""]] {
            let session = await Session.run(call, in: folder, environment: environment)
            #expect(session.status == .usage)
            #expect(session.errors.contains("is a variable not set?"))
        }
    }

    /// In CI there are logs only: the last one like it is what `why` compares with.
    @Test func whyComparesWithTheStore() async throws {
        try folder.write(log(1), to: "a.log")
        try folder.write(log(2), to: "b.log")
        _ = await run("records", "add", "a.log")
        let session = await run("why", "b.log")
        #expect(
            session.output.contains("Compared with the stored build"), "\(session.output)\(session.errors)")
        // What had not ended then is a build beside it, or the same one from another source.
        let beside = log(1).replacing(":00:00Z", with: ":00:05Z")
        try folder.write(beside, to: "c.log")
        #expect(!(await run("why", "c.log").output.contains("Compared with")))
    }

    @Test func timingsTakesTheBuildsOfThisRepository() async throws {
        try await folder.git("init", "-q", "here")
        try await folder.git("-C", "here", "remote", "add", "origin", "git@github.com:Acme/shop.git")
        for (hour, repository) in [
            (1, "https://github.com/acme/shop"), (2, "https://github.com/acme/other.git"),
        ] {
            try folder.write(log(hour), to: "here/\(hour).log")
            _ = await Session.run(
                ["records", "add", "--repository", repository, "\(hour).log"], at: folder.path(of: "here"),
                environment: environment)
        }
        func timings(_ arguments: String...) async throws -> Session {
            await Session.run(
                ["timings", "--format", "json"] + arguments, at: folder.path(of: "here"),
                environment: environment)
        }
        let builds = try await timings().json()["builds"]?.array
        #expect(builds?.compactMap { $0["repository"]?.string } == ["https://github.com/acme/shop"])
        // A log tells no repository.
        try folder.write(log(3), to: "here/3.log")
        _ = await Session.run(
            ["records", "add", "3.log"], at: folder.path(of: "here"), environment: environment)
        let silent = try await timings()
        #expect(try silent.json()["builds"]?.array?.count == 1)
        #expect(silent.errors.contains("left out: 1 build that names no repository"))
        let named = try await timings("--records", folder.path(of: Self.store))
        #expect(try named.json()["builds"]?.array?.count == 2)
        _ = await Session.run(
            ["records", "add", "--repository", ".", "--records", "own", "3.log"], at: folder.path(of: "here"),
            environment: environment)
        #expect(
            try await timings("--records", "own").json()["builds"]?[0]?["repository"]?.string
                == "git@github.com:Acme/shop.git")
    }

    @Test func saysWhatToDo() async throws {
        try folder.write("x", to: "file")
        try folder.makeFolder("empty")
        try folder.write("nothing", to: "bad/file")
        for (arguments, text) in [
            (
                ["timings"],
                "there is no build in \(folder.path(of: Self.store)); `clm-doctor records add FILE` adds one"
            ),
            (["records"], "there is no build in"),
            (["records", "add"], "name a log or a record"),
            (["records", "add", "file"], "file: no build is in it"),
            (["records", "add", "--records", "file", "file"], "is no folder that can be written to"),
            (["records", "export", "--format", "jsonl", "--records", "empty"], "there is no build in"),
            (["records", "list", "--records", "bad"], "no build in \(folder.path(of: "bad")) can be read"),
            (["timings", "--records", "empty", "file"], "--records names what is read in place of files"),
            (["records", "export"], "--format"),
            (["records", "add", "--repository", "nowhere", "file"], "there is no nowhere"),
        ] {
            let session = await Session.run(arguments, in: folder, environment: environment)
            #expect(session.status == .usage)
            #expect(session.errors.contains(text), "\(session.errors)")
        }
        let nowhere = await Session.run(["timings"], in: folder, environment: ["HOME": "relative"])
        #expect(nowhere.errors.contains("name a folder with --records"))
        let home = await Session.run(["timings"], in: folder, environment: ["HOME": folder.path])
        #expect(home.errors.contains("there is no build in \(folder.path(of: ".cache/clm-doctor/records"))"))
    }

    @Test func whatCanBeReadIsAdded() async throws {
        try folder.write(log(1), to: "a.log")
        try folder.write("x", to: "file")
        let session = await run("records", "add", "file", "a.log")
        #expect(session.status == .usage)
        #expect(session.output.hasPrefix("1 build added"))
        #expect(session.errors.contains("error: file: no build is in it"))
    }

    @Test func theSourceCannotForge() async throws {
        let text = #"RUN \u001b[31m\"}\n::error::x\n# EOF\n ##[error] \\"#
        try folder.write(log(1, text: text), to: "a.log")
        _ = await run("records", "add", "--repository", "https://x/\"}\u{1B}[31m\n::error::y", "a.log")
        for arguments in [
            ["records", "list"], ["records", "list", "--format", "concise"],
            ["records", "list", "--format", "json"],
            ["records", "export", "--format", "jsonl"], ["records", "export", "--format", "openmetrics"],
            ["records", "export", "--format", "otlp"],
        ] {
            let session = await Session.run(arguments, in: folder, environment: environment)
            #expect(session.status == .clean, "\(session.errors)")
            #expect(!session.output.contains("\u{1B}"))
            #expect(!session.output.contains("\n::error"))
            #expect(!session.output.contains("##[error]"))
            #expect(session.output.split(separator: "\n").count { $0.hasPrefix("# EOF") } <= 1)
        }
    }
}

extension JSON {
    fileprivate var tokenHash: String? {
        self["arguments"]?.array?.first { $0["name"]?.string == "TOKEN" }?["hash"]?.string
    }
    fileprivate var definition: String? { self["vertices"]?[1]?["definition"]?.string }
}
