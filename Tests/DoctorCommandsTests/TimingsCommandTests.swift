import DoctorCommands
import JSON
import TestSupport
import Testing

/// `clm-doctor timings`, on logs whose times are known.
@Suite struct TimingsCommandTests {
    /// A vertex as `--progress=rawjson` tells it.
    private struct Vertex {
        let name: String
        var inputs: [String] = []
        let start: Double
        let end: Double
        var isCached = false

        var line: String {
            func time(_ seconds: Double) -> String {
                let milliseconds = Int(seconds * 1000)
                func padded(_ number: Int, _ width: Int) -> String {
                    String(repeating: "0", count: width - String(number).count) + String(number)
                }
                return
                    "2026-11-28T14:\(padded(milliseconds / 60_000, 2)):\(padded(milliseconds / 1000 % 60, 2))."
                    + "\(padded(milliseconds % 1000, 3))Z"
            }
            let inputs = inputs.map { "\"\($0)\"" }.joined(separator: ",")
            return
                #"{"vertexes":[{"digest":"\#(name)","name":"\#(name)","inputs":[\#(inputs)],"started":"\#(time(start))","#
                + #""completed":"\#(time(end))"\#(isCached ? #","cached":true"# : "")}]}"# + "\n"
        }
    }

    /// Two stages side by side: the end waits for `npm`, not for the shorter `go`.
    private static let build = [
        Vertex(name: "[internal] load build definition from Dockerfile", start: 0, end: 0.5),
        Vertex(name: "[go 1/2] FROM golang", start: 0.5, end: 1),
        Vertex(name: "[npm 1/3] FROM node", start: 0.5, end: 1),
        Vertex(name: "[npm 2/3] RUN npm ci", inputs: ["[npm 1/3] FROM node"], start: 1, end: 101),
        Vertex(name: "[go 2/2] RUN go build", inputs: ["[go 1/2] FROM golang"], start: 1, end: 61),
        Vertex(
            name: "[npm 3/3] COPY --from=go /api /api",
            inputs: ["[npm 2/3] RUN npm ci", "[go 2/2] RUN go build"],
            start: 101, end: 102),
        Vertex(name: "exporting to image", start: 103, end: 110),
    ]

    private static func log(_ vertices: [Vertex]) -> String { vertices.map(\.line).joined() }

    private func folder(_ files: [String: String]) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        for (path, text) in files { try folder.write(text, to: path) }
        return folder
    }

    @Test func tellsWhatTheEndWaitedFor() async throws {
        let folder = try folder(["build.log": Self.log(Self.build)])
        let json = try await Session.run("timings", "--format", "json", "build.log", in: folder).json()
        let build = try #require(json["builds"]?[0])
        #expect(build["milliseconds"]?.integer == 110_000)
        #expect(
            build["criticalPath"]?.array?.compactMap(\.string) == [
                "[internal] load build definition from Dockerfile", "[npm 1/3] FROM node",
                "[npm 2/3] RUN npm ci",
                "[npm 3/3] COPY --from=go /api /api", "exporting to image",
            ])
        // 0.5 s before, 0.5 s of FROM, 1 s until the export begins, and its 7 s.
        #expect(build["allCached"]?.integer == 9000)
        #expect(build["idle"]?.integer == 1000)
        // npm and go run side by side, from 1 to 102 s.
        let steps = build["shares"]?.array?.first { $0["category"]?.string == "step" }
        #expect(steps?["milliseconds"]?.integer == 101_000)
    }

    @Test(arguments: [60, 80, 120])
    func theChartFits(_ width: Int) async throws {
        let folder = try folder(["build.log": Self.log(Self.build)])
        let session = await Session.run(
            "timings", "--color", "never", "build.log", in: folder, terminalWidth: width)
        #expect(session.status == .clean)
        for line in session.output.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        let line = try #require(session.output.split(separator: "\n").first { $0.contains("npm ci") })
        #expect(line.contains("◀") && line.contains("100 s"))
        let other = try #require(session.output.split(separator: "\n").first { $0.contains("go build") })
        #expect(!other.contains("◀"))
    }

    @Test func aCachedBuildCostsNothing() async throws {
        let cached = Self.build.map { vertex in
            var vertex = Vertex(name: vertex.name, inputs: vertex.inputs, start: 0.5, end: 0.51)
            vertex.isCached = vertex.name.contains("RUN") || vertex.name.contains("COPY")
            return vertex
        }
        let folder = try folder(["a.log": Self.log(cached), "b.log": Self.log(Self.build)])
        let session = await Session.run("timings", "a.log", in: folder)
        #expect(session.output.contains("3 steps: 3 cached"))
        #expect(!session.output.contains("With every step"))
        let compared = await Session.run("timings", "--compare", "a.log", "b.log", in: folder)
        let first = try #require(compared.output.split(separator: "\n").first { $0.contains("+") })
        #expect(first.contains("npm ci") && first.contains("cached 10 ms → 100 s"))
    }

    @Test func severalBuildsAreASeries() async throws {
        let slower = Self.build.map { vertex in
            Vertex(
                name: vertex.name, inputs: vertex.inputs, start: vertex.start,
                end: vertex.name.contains("npm ci") ? vertex.end - 20 : vertex.end)
        }
        let folder = try folder([
            "logs/a.log": Self.log(Self.build), "logs/b.log": Self.log(slower), "logs/c.txt": "x",
        ])
        let session = await Session.run("timings", "--format", "json", "logs", in: folder)
        let step = try #require(try session.json()["steps"]?[0])
        #expect(step["text"]?.string == "RUN npm ci")
        #expect(step["ran"]?.integer == 2)
        #expect(step["median"]?.integer == 90_000)
        #expect(step["cost"]?.integer == 180_000)
        #expect(session.errors.contains("logs/c.txt: no build is in it"))
    }

    @Test(arguments: [
        ("2min", DoctorCommands.ExitStatus.clean), ("110s", .clean), ("1m49s", .findings), ("90s", .findings),
    ])
    func gates(_ limit: String, _ status: DoctorCommands.ExitStatus) async throws {
        let folder = try folder(["build.log": Self.log(Self.build)])
        #expect(await Session.run("timings", "--fail-above", limit, "build.log", in: folder).status == status)
    }

    @Test(arguments: [
        (["timings"], "name a folder with --records"),
        (["timings", "nothing.log"], "nothing.log: the file cannot be read"),
        (["timings", "text"], "text: no build is in it"),
        (["timings", "empty"], "there is no file in this folder"),
        (["timings", "--compare", "build.log"], "--compare takes two builds, and there is one"),
        (["timings", "--fail-above", "5x", "build.log"], "--fail-above takes a duration"),
        (["timings", "--fail-above", "5min", "plain.log"], "does not tell how long it took"),
        (["timings", "stepless.log"], "there is no step of a Dockerfile in it"),
    ])
    func saysWhatIsWrong(_ call: [String], _ text: String) async throws {
        let folder = try folder([
            "build.log": Self.log(Self.build), "text": "nothing here\n", "empty/.hidden": "",
            "plain.log": "#1 [build 2/2] RUN x\n#1 DONE 1.5s\n",
            "stepless.log": "#1 [internal] load build definition from Dockerfile\n",
        ])
        let session = await Session.run(call, in: folder)
        #expect(session.status == .usage)
        #expect(session.errors.contains(text), "\(session.errors)")
    }

    @Test func whatCanBeReadIsShown() async throws {
        let folder = try folder(["build.log": Self.log(Self.build), "text": "nothing here\n"])
        let alone = await Session.run("timings", "build.log", in: folder)
        let session = await Session.run(
            "timings", "text", "build.log", "none", "--fail-above", "1s", in: folder)
        #expect(session.output == alone.output)
        #expect(session.status == .usage)
        #expect(session.errors.contains("error: text: no build is in it"))
        #expect(session.errors.contains("error: none: the file cannot be read"))
    }

    @Test func theSourceCannotForge() async throws {
        let name = #"[build 2/2] RUN \u001b[31m</i><script>x</script>\n::error::x ##[error] | `x` @me"#
        let vertex = Vertex(name: name, start: 0, end: 100)
        let folder = try folder(["build.log": Self.log([vertex])])
        for format in ["text", "concise", "json", "markdown", "html"] {
            let session = await Session.run("timings", "--format", format, "build.log", in: folder)
            #expect(session.status == .clean)
            #expect(!session.output.contains("\u{1B}[31m"))
            #expect(!session.output.contains("\n::error"))
            #expect(!session.output.contains("##[error]"))
            if format == "html" { #expect(!session.output.contains("<script>")) }
        }
    }
}
