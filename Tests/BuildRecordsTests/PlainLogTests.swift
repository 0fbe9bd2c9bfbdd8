import BuildRecords
import Testing

/// Logs of BuildKit 0.8 and 0.25 as engines 20.10 and 28.5 printed them, cut short.
struct PlainLogTests {
    private static let build = """
        #0 building with "default" instance using docker driver

        #1 [internal] load build definition from Dockerfile
        #1 transferring dockerfile: 334B done
        #1 DONE 0.1s

        #4 [deps 1/3] FROM docker.io/library/stub:1
        #4 DONE 0.0s

        #6 [internal] load build context
        #6 transferring context: 27.65kB 0.2s done
        #6 DONE 0.3s

        #7 [deps 2/3] COPY a.txt ./
        #7 CACHED

        #9 [deps 3/3] RUN make
        #9 0.111 stub ran: make
        #9 0.112 DONE 9.9s
        #9 0.112 CACHED
        #9 0.112 #3 CACHED
        #9 0.112 ERROR: none
        #9 0.112 progress 1\rprogress 2
        #9 ...

        #10 [final 2/2] COPY --from=deps /src /src
        #10 DONE 0.0s

        #9 [deps 3/3] RUN make
        #9 0.9 more
        no newline yet
        #9 DONE 12.3s

        #15 exporting to image
        #15 exporting layers 0.1s done
        #15 exporting attestation manifest sha256:32a3 0.2s done
        #15 DONE 0.4s

        """

    @Test func outcomesAndTimes() throws {
        let record = try record(Self.build)
        #expect(record.source == .plain)
        #expect(record.status == .completed)
        #expect(
            record.summary == [
                "[deps 1/3] FROM docker.io/library/stub:1: ran", "[deps 2/3] COPY a.txt ./: cached",
                "[deps 3/3] RUN make: ran", "[final 2/2] COPY --from=deps /src /src: ran",
            ])
        #expect(try record.vertex("[deps 3/3]").milliseconds == 12_300)
        #expect(try record.vertex("[deps 2/3]").milliseconds == nil)
        #expect(record.vertices.allSatisfy { $0.intervals.isEmpty && $0.inputs.isEmpty })
        #expect(record.images.map(\.reference) == ["docker.io/library/stub:1"])
        #expect(record.errors.isEmpty && record.problems.isEmpty)
    }

    @Test func activities() throws {
        let activities = try record(Self.build).activities
        func only(_ category: TimeCategory) throws -> BuildActivity {
            try #require(activities.filter { $0.category == category }.count == 1)
            return activities.first { $0.category == category }!
        }
        #expect(try only(.contextTransfer).milliseconds == 300)
        #expect(try only(.contextTransfer).bytes == 27_650)
        #expect(try only(.attestation).milliseconds == 200)
        // Without the attestation.
        #expect(try only(.resultExport).milliseconds == 200)
        #expect(try only(.preparation).bytes == 334)
    }

    /// What a cache restored is never printed as CACHED.
    @Test func pulledLayers() throws {
        let record = try record(
            """
            #4 importing cache manifest from gha:123
            #4 inferred cache manifest type: application/vnd.oci.image.manifest.v1+json done
            #4 DONE 0.2s
            #5 importing cache manifest from registry.test/app:cache
            #5 ERROR: failed to configure registry cache importer: not found
            #6 [deps 1/3] FROM docker.io/library/stub:1@sha256:72c3
            #6 resolve docker.io/library/stub:1@sha256:72c3 0.1s done
            #6 sha256:5cc56da2 1.20MB / 3.40MB 0.5s
            #6 sha256:5cc56da2 3.40MB / 3.40MB 0.7s done
            #6 extracting sha256:5cc56da2 2.1s done
            #6 DONE 3.0s
            #11 [deps 2/3] COPY . .
            #11 sha256:aaaa 225B / 225B done
            #11 extracting sha256:aaaa 0.0s done
            #11 DONE 0.4s
            #12 [deps 3/3] RUN make
            #12 0.1 sha256:aaaa
            #12 DONE 0.5s
            #16 exporting cache to GitHub Actions Cache
            #16 preparing build cache for export 0.5s done
            #16 DONE 0.6s

            """)
        #expect(record.summary.map { $0.split(separator: " ").last } == ["ran", "pulled", "ran"])
        #expect(record.cacheImports.map(\.type) == ["gha", "registry"])
        #expect(record.cacheImports[1].place == "registry.test/app:cache")
        #expect(record.cacheImports[1].error?.hasPrefix("failed to configure") == true)
        #expect(record.cacheExports.map(\.type) == ["gha"])
        // A cache that cannot be read does not end the build.
        #expect(record.status == .completed)
        #expect(record.images == [PinnedImage(reference: "docker.io/library/stub:1", digest: "sha256:72c3")])
        let pulls = record.activities.filter { $0.category == .basePull || $0.category == .cachePull }
        #expect(pulls.map(\.category) == [.basePull, .cachePull])
        #expect(pulls.map(\.milliseconds) == [3000, 400])
        #expect(pulls.map(\.bytes) == [3_400_000, 225])
    }

    @Test func failure() throws {
        let record = try record(
            """
            #5 [a 2/2] RUN echo one
            #5 DONE 0.1s
            #6 [stage-1 2/4] RUN sleep 100
            #6 CANCELED
            #7 [stage-1 3/4] RUN halfline fail
            #7 0.092 no newline yet
            #7 ERROR: process "/bin/sh -c halfline fail" did not complete successfully: exit code: 7
            ------
             > [stage-1 3/4] RUN halfline fail:
            #99 [a 1/1] RUN no step at all
            0.092 no newline yet
            ------
            ERROR: failed to build: failed to solve: process "/bin/sh -c halfline fail" did not complete: exit code: 7

            """)
        #expect(record.status == .failed)
        #expect(record.steps.map(\.outcome) == [.ran, .cancelled, .failed])
        #expect(record.errors.count == 2)
        #expect(record.errors.last == #"process "/bin/sh -c halfline fail" did not complete: exit code: 7"#)
    }

    /// Docker 20.10 prints digests, and goes on in a line that a program did not end.
    @Test func buildKit08() throws {
        let digest = String(repeating: "ab", count: 32)
        let record = try record(
            """
            #4 [build 1/4] FROM docker.io/library/stub:1
            #4 sha256:\(digest)
            #4 DONE 0.0s

            #6 [internal] load build context
            #6 sha256:9e0e6ef0b1312c679ae90ce0edddf66202c8d51b3939d44cb2eaaf6ab701294d
            #6 DONE 0.0s

            #10 [3/3] RUN last trick halfline
            #10 sha256:dd963c61cc3cb9c88742946979ef150c386503890827cae61afa143fb3bc724f
            #10 0.075 stub ran: last trick halfline
            #10 0.075 no newline yet#10 DONE 0.4s

            #11 exporting to image
            #11 sha256:e8c613e07b0b7ff33893b694f7759a10d42e180f2b4dc349fb57dc6b71dcab00
            #11 DONE 0.0s

            """)
        #expect(record.summary.last == "[3/3] RUN last trick halfline: ran")
        #expect(try record.vertex("[3/3]").milliseconds == 400)
        #expect(record.vertices[0].digest == "sha256:" + digest)
        #expect(record.status == .completed)
    }

    /// A target's word is no part of a step, and a vertex's name may come with either target's.
    @Test func targets() throws {
        let record = try record(
            """
            #1 [internal] load local bake definitions
            #1 DONE 0.0s
            #2 [api internal] load build definition from Dockerfile
            #2 DONE 0.0s
            #4 [web linux/amd64 internal] load metadata for docker.io/library/stub:1
            #4 DONE 0.0s
            #7 [api common 1/3] FROM docker.io/library/stub:1
            #7 DONE 0.1s
            #7 [web common 1/3] FROM docker.io/library/stub:1
            #7 CACHED
            #9 [web linux/arm64 common 2/3] COPY a.txt /a
            #9 DONE 0.0s
            #10 [web 3/3] RUN make
            #10 CACHED
            #16 [web] exporting to image
            #16 DONE 0.2s

            """)
        #expect(
            record.summary == [
                "[common 1/3] FROM docker.io/library/stub:1: cached",
                "linux/arm64 [common 2/3] COPY a.txt /a: ran", "[3/3] RUN make: cached",
            ])
        #expect(record.steps.map(\.target) == ["api", "web", "web"])
        #expect(record.vertices.filter { $0.category == .preparation }.count == 3)
        #expect(record.vertices.last?.category == .resultExport)
    }

    /// Platforms stand where targets might.
    @Test func platforms() throws {
        let record = try record(
            """
            #2 [linux/amd64 internal] load metadata for docker.io/library/stub:1
            #2 DONE 0.0s
            #5 [linux/amd64 host 1/2] FROM docker.io/library/stub:1
            #5 CACHED
            #7 [linux/arm64 2/2] COPY --from=host /tool /tool
            #7 DONE 0.1s

            """)
        #expect(record.vertices.map(\.target) == [nil, nil, nil])
        #expect(record.steps.map(\.step?.platform) == ["linux/amd64", "linux/arm64"])
        #expect(record.steps.map(\.step?.stage) == ["host", nil])
    }

    @Test func severalBuilds() throws {
        let records = try records(Self.build + Self.build.replacing("#7 CACHED", with: "#7 DONE 0.1s"))
        #expect(records.map { $0.steps[1].outcome } == [.cached, .ran])
        // Of an engine without the header, by numbers that begin again.
        let bare = Self.build.replacing(
            "#0 building with \"default\" instance using docker driver\n", with: "")
        #expect(try BuildRecordsTests.records(bare + bare).count == 2)
        // One that was killed has no end.
        let killed = bare.firstRange(of: "#9 DONE")!.lowerBound
        #expect(
            try BuildRecordsTests.records(bare[..<killed] + bare).map(\.status) == [.unknown, .completed])
        // A vertex may be told twice in one build.
        let twice = bare.replacing(
            "#4 [deps", with: "#1 [internal] load build definition from Dockerfile\n#1 DONE 0.2s\n#4 [deps")
        #expect(try record(twice).vertices[0].milliseconds == 200)
        // What failed ends.
        let failed =
            "#1 [internal] load build definition from Dockerfile\n#1 ERROR: no\nERROR: failed to solve: no\n"
        #expect(try BuildRecordsTests.records(failed + failed).map(\.status) == [.failed, .failed])
    }

    /// BuildKit 0.8 counts no triggers of ONBUILD.
    @Test func triggers() throws {
        #expect(try record("#7 [stage-1 2/1] RUN x\n#7 CACHED\n").summary == ["[stage-1 2/1] RUN x: cached"])
    }

    /// An ADD of an address is a download and a copy of one name.
    @Test(arguments: [
        (
            "#6 [2/2] ADD http://a/b /f\n#6 DONE 0.3s\n#7 [2/2] ADD http://a/b /f\n#7 CACHED\n",
            StepOutcome.cached
        ),
        ("#6 [2/2] ADD http://a/b /f\n#6 DONE 0.3s\n#7 [2/2] ADD http://a/b /f\n#7 DONE 0.1s\n", .ran),
        ("#6 [2/2] ADD http://a/b /f\n#6 CACHED\n#7 [2/2] ADD http://a/b /f\n#7 DONE 0.1s\n", .cached),
    ])
    func downloads(_ text: String, _ outcome: StepOutcome) throws {
        let record = try record(text)
        #expect(record.steps.map(\.outcome) == [outcome])
        #expect(record.vertices.count { $0.category == .download } == 1)
    }

    @Test func half() throws {
        let middle = Self.build.firstRange(of: "#9 0.112 #3")!.lowerBound
        let tail = try record(String(Self.build[middle...]))
        #expect(tail.problems == ["the log begins in the middle of a build"])
        #expect(tail.summary == ["[final 2/2] COPY --from=deps /src /src: ran", "[deps 3/3] RUN make: ran"])
        let head = try record(String(Self.build[..<middle]))
        #expect(head.status == .unknown)
        #expect(head.summary.last == "[deps 3/3] RUN make: notReached")
    }

    @Test(arguments: [
        "", "hello\n", "#12 fixed it\n", "{\n", "[1/2\n", "#x y\n", "{}", "[]", "Step by step\n",
    ])
    func noBuild(_ text: String) {
        #expect(throws: RecordError.self) { try records(text) }
    }
}
