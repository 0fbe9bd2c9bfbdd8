import BuildRecords
import Testing

struct RawJSONLogTests {
    private static func vertex(
        _ digest: String, _ name: String, _ times: (Double, Double?)? = nil, _ more: String = ""
    ) -> String {
        func time(_ seconds: Double) -> String { "2026-11-29T07:26:\(seconds < 10 ? "0" : "")\(seconds)Z" }
        var members = #""digest":"\#(digest)","name":"\#(name)""#
        if let (start, end) = times {
            members += #","started":"\#(time(start))""#
            if let end { members += #","completed":"\#(time(end))""# }
        }
        return #"{"vertexes":[{\#(members)\#(more)}]}"# + "\n"
    }

    @Test func outcomes() throws {
        let record = try record(
            Self.vertex("a", "[1/9] FROM stub") + Self.vertex("a", "[1/9] FROM stub", (1, 1.5))
                + Self.vertex("b", "[2/9] RUN cached", (2, 2.25), #","cached":true,"inputs":["a"]"#)
                + Self.vertex("c", "[3/9] RUN skipped", (2, 2), #","cached":true,"inputs":["b","nowhere"]"#)
                + Self.vertex("d", "[4/9] COPY pulled /", (3, 4), #","cached":true"#)
                + #"{"statuses":[{"id":"sha256:ff","vertex":"d","current":500,"total":500,"started":"2026-11-29T07:26:03Z","completed":"2026-11-29T07:26:04Z","timestamp":"0001-01-01T00:00:00Z"}]}"#
                + "\n" + Self.vertex("e", "[5/9] RUN ran", (4, 6)) + "WARNING: no JSON\n"
                + Self.vertex(
                    "f", "[6/9] RUN cancelled", (6, 7), #","error":"exit code: 137: context canceled""#)
                + Self.vertex("g", "[7/9] RUN failed", (6, 8), #","error":"exit code: 1""#)
                + Self.vertex("h", "[8/9] RUN open", (6, nil)) + Self.vertex("i", "[9/9] RUN never"))
        #expect(
            record.steps.map(\.outcome) == [
                .ran, .cached, .skipped, .pulled, .ran, .cancelled, .failed, .cancelled, .notReached,
            ])
        #expect(record.status == .failed)
        #expect(record.steps.map(\.milliseconds) == [500, 250, 0, 1000, 2000, 1000, 2000, nil, nil])
        #expect(try record.vertex("[4/9]").intervals == [2000..<3000])
        #expect(try record.vertex("[3/9]").inputs == [1])
        #expect(record.started == 1_795_937_161_000)
        #expect(record.milliseconds == 7000)
        // What was cached and took time, and what was pulled.
        let pulls = record.activities.filter { $0.category == .cachePull }
        #expect(pulls.map(\.milliseconds) == [250, 1000])
        #expect(pulls.map(\.bytes) == [nil, 500])
    }

    /// A bake tells a vertex once for each target, microseconds apart; a source has two intervals.
    @Test func intervalsAreMerged() throws {
        let record = try record(
            Self.vertex("a", "[web 1/2] RUN x", (1, 3))
                + Self.vertex("a", "[api 1/2] RUN x", (1.00003, 3.00003))
                + Self.vertex("a", "[web 1/2] RUN x", (5, 6)))
        #expect(record.steps.map(\.milliseconds) == [3000])
        #expect(record.steps[0].intervals == [0..<2000, 4000..<5000])
    }

    /// A step of several platforms is a vertex for each.
    @Test func digestsTellVerticesApart() throws {
        let record = try record(
            Self.vertex("a", "[host 2/2] RUN x", (1, 3))
                + Self.vertex("b", "[host 2/2] RUN x", (1, 1), #","cached":true"#))
        #expect(record.steps.map(\.outcome) == [.ran, .skipped])
    }

    /// Builds at the same time have one graph, and each is told what another one had run before it began.
    @Test func stepsOfAnotherBuild() throws {
        let record = try record(
            Self.vertex("l", "[internal] load build definition from Dockerfile", (5, 5.5))
                + Self.vertex("a", "[1/4] FROM stub", (1, 1.5))
                + Self.vertex("b", "[2/4] RUN before", (2, 4), #","inputs":["a"]"#)
                + Self.vertex("c", "[3/4] RUN meanwhile", (4, 7), #","inputs":["b"]"#)
                + Self.vertex("d", "[4/4] RUN own", (7, 9), #","inputs":["c"]"#))
        #expect(record.steps.map(\.outcome) == [.ran, .shared, .ran, .ran])
        #expect(record.steps.map(\.milliseconds) == [0, 0, 2000, 2000])
        #expect(record.started == 1_795_937_165_000)
        #expect(record.milliseconds == 4000)
        #expect(try record.vertex("[4/4]").intervals == [2000..<4000])
        #expect(BuildTimings(record).share(of: .step)?.milliseconds == 4000)
    }

    /// What two targets copy from their contexts is a vertex of each, and only one of them is worked on.
    @Test func commonStepsOfTargets() throws {
        let targets =
            Self.vertex("l", "[web internal] load build definition from Dockerfile", (1, 1.5))
            + Self.vertex("a", "[web common 1/1] COPY a /", (2, 3))
            + Self.vertex("b", "[api common 1/1] COPY a /")
        #expect(try record(targets).steps.map(\.outcome) == [.ran, .skipped])
        let failed = try record(
            targets + Self.vertex("c", "[web 2/2] RUN x", (3, 4), #","error":"exit code: 1""#))
        #expect(failed.steps.map(\.outcome) == [.ran, .failed, .notReached])
    }

    @Test func linkedCopyAndDownload() throws {
        let group = #","progressGroup":{"id":"g","name":"[2/3] COPY --link b /b""#
        let record = try record(
            Self.vertex("a", "[2/3] COPY --link b /b", (1, 2), group + #","weak":true}"#)
                + Self.vertex("b", "[2/3] LINK COPY --link b /b", (2, 3), group + #"},"inputs":["a"]"#)
                + Self.vertex("c", "[3/3] ADD http://x /f", (1, 2))
                + Self.vertex("d", "[3/3] ADD http://x /f", (3, 3), #","cached":true,"inputs":["b","c"]"#))
        #expect(record.summary == ["[2/3] COPY --link b /b: ran", "[3/3] ADD http://x /f: skipped"])
        #expect(
            record.activities.map(\.category).sorted { $0.rawValue < $1.rawValue } == [.download, .other])
    }

    /// A cache that could not be loaded: the step ran.
    @Test func cachedAndYetRun() throws {
        let record = try record(
            Self.vertex("a", "[2/3] RUN x", (1, 2), #","cached":true"#)
                + #"{"logs":[{"vertex":"a","stream":1,"data":"d2ViCg=="}]}"# + "\n"
                + Self.vertex("a", "[2/3] RUN x", (2, 4)))
        #expect(record.steps.map(\.outcome) == [.ran])
    }

    @Test func endOfTheClient() throws {
        let failed =
            Self.vertex("a", "[internal] load build definition from Dockerfile", (1, 2))
            + "ERROR: failed to solve: no\n"
        #expect(try record(failed).status == .failed)
        let cancelled = failed.replacing("solve: no", with: "solve: Canceled: context canceled")
        #expect(try record(cancelled).status == .cancelled)
        let next = Self.vertex("b", "[internal] load build definition from Dockerfile", (3, 4))
        #expect(try records(failed + next + next).count == 2)
    }

    @Test func cut() throws {
        let whole = Self.vertex("a", "[1/2] RUN x", (1, 2)) + Self.vertex("b", "[2/2] RUN y", (2, 3))
        let record = try record(String(whole.dropLast(20)))
        #expect(record.steps.count == 1)
        #expect(record.problems.count == 1)
        #expect(record.status == .unknown)
    }

    /// `>` of PowerShell writes it.
    @Test func utf16OfPowerShell() throws {
        let text = Self.vertex("a", "[1/2] RUN x", (1, 2))
        let bytes: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try RecordReader.read(bytes, key: .random()).map(\.steps.count) == [1])
    }
}
