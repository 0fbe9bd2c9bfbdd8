import BuildRecords
import Foundation
import Testing

/// `.dockerbuild` archives: two that engine 28.5 made, and hostile ones.
struct ArchiveTests {
    private static func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "Fixtures/\(name).dockerbuild")))
    }

    private static func read(_ bytes: [UInt8]) throws(RecordError) -> [BuildRecord] {
        try RecordReader.read(bytes, key: HashKey([1]))
    }

    /// Built with a cache of type `local` from an empty builder, containerd's image store.
    @Test func imported() throws {
        let record = try #require(try Self.read(Self.fixture("imported")).first)
        #expect(record.source == .archive)
        #expect(record.status == .completed)
        #expect(record.id == "bmiri1qtaede8ylafhz25iiv8")
        #expect(record.name == "app")
        #expect(record.platforms == ["linux/amd64"])
        #expect(record.milliseconds == 1395)
        #expect(record.cacheImports.map(\.type) == ["local"])
        #expect(record.images.map(\.reference) == ["docker.io/library/stub:1"])
        #expect(record.images[0].digest?.hasPrefix("sha256:72c32f157cd3") == true)
        #expect(record.problems.isEmpty)
        #expect(
            Set(record.summary) == [
                "[deps 1/5] FROM docker.io/library/stub:1@sha256:72c32f157cd395822c918d17523145f223eb926b9b967e11a3f9ceb06cd7ac57: ran",
                "[deps 2/5] WORKDIR /src: skipped", "[deps 3/5] COPY a.txt ./: skipped",
                "[deps 4/5] RUN sleep=200 write=/src/deps: skipped",
                "[deps 5/5] RUN echo 1 trick write=/src/ver: skipped",
                "[final 2/6] COPY --from=deps /src /src: pulled", "[final 3/6] COPY --link b.txt /b: ran",
                "[final 4/6] ADD b.txt /c: ran", "[final 5/6] RUN <<EOF (heredoc2 write=/h): ran",
                "[final 6/6] RUN echo last halfline: ran",
            ])
        #expect(record.steps.count == 10)
    }

    /// Each vertex by its digest: no name is compared.
    @Test func lines() throws {
        let record = try #require(try Self.read(Self.fixture("imported")).first)
        let dockerfile = try #require(record.dockerfile)
        let lines = String(decoding: dockerfile.text, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        for step in record.steps {
            let range = try #require(step.lines)
            let keyword = try #require(step.step?.keyword)
            #expect(lines[range.lowerBound - 1].hasPrefix(keyword), "\(step.name)")
            #expect(step.definition != nil)
        }
        #expect(try record.vertex("[final 5/6]").lines == 13...15)
        #expect(Set(record.steps.map(\.definition)).count == record.steps.count)
        #expect(try record.vertex("[internal] load .dockerignore").lines == nil)
    }

    @Test func criticalPath() throws {
        let record = try #require(try Self.read(Self.fixture("imported")).first)
        let last = try record.vertex("[final 6/6]")
        #expect(last.inputs.map { record.vertices[$0].step?.label } == ["[final 5/6]"])
        let copy = try record.vertex("[final 4/6] ADD")
        #expect(copy.inputs.contains { record.vertices[$0].category == .contextTransfer })
        #expect(record.vertices.allSatisfy { $0.intervals.allSatisfy { $0.upperBound <= 1395 } })
    }

    @Test func failed() throws {
        let record = try #require(try Self.read(Self.fixture("failed")).first)
        #expect(record.status == .failed)
        #expect(record.errors.first?.contains("exit code: 7") == true)
        #expect(record.dockerfile == nil)
        #expect(try record.vertex("[stage-1 3/4]").outcome == .failed)
        #expect(try record.vertex("[stage-1 4/4]").outcome == .notReached)
    }

    /// However it is packed, and whatever it is called.
    @Test func packing() throws {
        let bytes = try Self.fixture("failed")
        let zip = Archives.zip([("readme.txt", Array("hello".utf8)), ("a.dockerbuild", bytes)])
        #expect(try Self.read(zip).map(\.id) == Self.read(bytes).map(\.id))
        #expect(try Self.read(Archives.deflated(zip)).count == 1)
        let log = Array("#1 [1/1] RUN x\n#1 DONE 1.0s\n".utf8)
        #expect(try Self.read(Archives.deflated(log)).map(\.source) == [.plain])
        #expect(
            try Self.read(Archives.zip([("0_build.txt", log), ("b.dockerbuild", bytes)])).map(\.source) == [
                .plain, .archive,
            ])
    }

    // MARK: Made here

    private static let config =
        #"{"Ref":"abc","FrontendAttrs":{"build-arg:TOKEN":"secret","build-arg:A":"1","target":"t","cache-imports":"[{\"Type\":\"gha\",\"Attrs\":{\"scope\":\"x\"}}]","vcs:revision":"1785c46","vcs:source":"https://example.com/o/shop.git","platform":"linux/amd64,linux/arm64"},"CreatedAt":{"seconds":1000,"nanos":500000000},"CompletedAt":{"seconds":1003}}"#
    private static let statusType = "application/vnd.buildkit.status.v0"

    /// Of `digest`, from 1001 to 1002 seconds since 1970.
    private static func vertex(_ digest: String, _ name: String, isCached: Bool = false) -> [UInt8] {
        Archives.field(
            1,
            Archives.field(1, digest) + Archives.field(3, name) + (isCached ? Archives.field(4, 1) : [])
                + Archives.field(5, Archives.field(1, 1001)) + Archives.field(6, Archives.field(1, 1002)))
    }

    private static func layout(_ status: [UInt8], _ more: [(type: String, content: [UInt8])] = []) -> [UInt8]
    {
        Archives.layout([(config, [(statusType, status)] + more)])
    }

    @Test func attributes() throws {
        let record = try #require(
            try Self.read(Self.layout(Archives.status(Self.vertex("a", "[1/1] RUN x")))).first)
        #expect(record.target == "t")
        #expect(record.name == "shop (t)")
        #expect(record.revision == "1785c46")
        #expect(record.platforms == ["linux/amd64", "linux/arm64"])
        #expect(record.cacheImports == [CacheLocation(type: "gha", place: "x")])
        #expect(record.arguments.map(\.name) == ["A", "TOKEN"])
        #expect(!"\(record)".contains("secret"))
        #expect(record.arguments[1].hash == HashKey([1]).hash(of: "secret"))
        #expect(record.arguments[1].hash != HashKey([2]).hash(of: "secret"))
        #expect(record.milliseconds == 2500)
        #expect(record.steps.map(\.intervals) == [[500..<1500]])
    }

    /// RFC 4231, test case 2.
    @Test func keyedHash() {
        #expect(
            HashKey(Array("Jefe".utf8)).hash(of: "what do ya want for nothing?")
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func severalRecords() throws {
        let status = Archives.status(Self.vertex("a", "[1/1] RUN x"))
        let bytes = Archives.layout(
            ["one", "two"].map { (#"{"Ref":"\#($0)"}"#, [(Self.statusType, status)]) })
        #expect(try Self.read(Archives.deflated(bytes)).map(\.id) == ["one", "two"])
    }

    @Test func traceDecides() throws {
        let status = Archives.status(
            Self.vertex("a", "[1/1] RUN x", isCached: true) + Archives.field(3, Archives.field(1, "a")))
        func span(_ name: String) -> [(type: String, content: [UInt8])] {
            let text =
                "{\n  \"Name\": \"\(name)\",\n  \"Attributes\": [{\"Key\": \"vertex\", \"Value\": {\"Type\": \"STRING\", \"Value\": \"a\"}}]\n}\n"
            return [("application/vnd.buildkit.otlp.json.v0", Array((text + text).utf8))]
        }
        #expect(try Self.read(Self.layout(status, span("[1/1] RUN x")))[0].steps[0].outcome == .ran)
        #expect(
            try Self.read(Self.layout(status, span("load cache: [1/1] RUN x")))[0].steps[0].outcome == .cached
        )
    }

    /// SLSA v1, as BuildKit writes it from 0.28 on, in an in-toto statement; v0.2 is in the fixture.
    @Test func provenance1() throws {
        let text = """
            {"predicateType": "https://slsa.dev/provenance/v1", "predicate": {
              "buildDefinition": {
                "externalParameters": {"request": {"args": {"build-arg:B": "2"}}},
                "internalParameters": {"buildConfig": {
                  "llbDefinition": [{"id": "step0", "op": {"Op": {"exec": {}}, "constraints": {"x": 1}}},
                                    {"id": "step1", "op": {"Op": {"exec": {}}}}],
                  "digestMapping": {"a": "step0", "b": "step1"}}},
                "resolvedDependencies": [{"uri": "pkg:docker/alpine@3.20?platform=linux%2Farm64", "digest": {"sha256": "ff"}},
                                         {"uri": "https://example.com/x"}]},
              "runDetails": {"metadata": {"buildkit_metadata": {
                "vcs": {"revision": "r"},
                "source": {
                  "infos": [{"filename": "api/Dockerfile", "data": "RlJPTSBhCg=="}],
                  "locations": {"step0": {"locations": [{"ranges": [{"start": {"line": 9}, "end": {"line": 11}}]},
                                                        {"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]}]}}}}}}}}
            """
        let status = Archives.status(Self.vertex("a", "[1/2] RUN x") + Self.vertex("b", "[2/2] RUN y"))
        let record = try Self.read(Self.layout(status, [("application/vnd.in-toto+json", Array(text.utf8))]))[
            0]
        #expect(record.vertices.map(\.lines) == [2...2, nil])
        // The constraints are no part of a definition.
        #expect(record.vertices[0].definition == record.vertices[1].definition)
        #expect(record.dockerfile == RecordedDockerfile(path: "api/Dockerfile", text: Array("FROM a\n".utf8)))
        #expect(
            record.images == [
                PinnedImage(reference: "alpine:3.20", digest: "sha256:ff", platform: "linux/arm64")
            ])
        // What the record itself tells counts more.
        #expect(record.revision == "1785c46")
        #expect(record.arguments.map(\.name) == ["A", "TOKEN"])
    }

    @Test func metadataFile() throws {
        let one =
            #"{"buildx.build.ref": "default/node/abc", "buildx.build.provenance": {"buildType": "x", "materials": [{"uri": "pkg:docker/a@1", "digest": {"sha256": "ff"}}]}}"#
        let record = try #require(try records(one).first)
        #expect(record.source == .metadata && record.id == "abc" && record.builder == "default")
        #expect(record.images == [PinnedImage(reference: "a:1", digest: "sha256:ff")])
        let several =
            #"{"api": \#(one), "web": {"buildx.build.ref": "default/node/def"}, "buildx.build.warnings": {}}"#
        #expect(try records(several).map(\.name) == ["api", "web"])
    }

    // MARK: Hostile

    @Test func wrongDigest() throws {
        var bytes = Self.layout(Archives.status(Self.vertex("a", "[1/1] RUN x")))
        let place = try #require(bytes.firstRange(of: Array("RUN x".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "B")
        let record = try #require(try Self.read(bytes).first)
        #expect(record.vertices.isEmpty)
        #expect(record.problems == ["a part of the archive does not have the digest that it should"])
    }

    @Test func bomb() {
        let megabyte = [UInt8](repeating: 0, count: 1 << 20)
        let bomb = Array(repeatElement(Archives.deflated(megabyte), count: 257).joined())
        #expect(throws: RecordError("the archive holds more than 268435456 bytes when it is unpacked")) {
            try Self.read(bomb)
        }
        // Of a zip, all members together.
        let zip = Archives.zip((0..<257).map { ("\($0)", megabyte) })
        #expect(throws: RecordError.self) { try Self.read(zip) }
    }

    /// A log of equal lines packs to a thousandth.
    @Test func aLogThatPacksWell() throws {
        let log = "#1 [1/1] RUN x\n" + String(repeating: "#1 1.0 the same line again\n", count: 1_500_000)
        let packed = Archives.deflated(Array((log + "#1 DONE 2.0s\n").utf8))
        #expect(packed.count * 200 < log.utf8.count)
        #expect(try Self.read(packed).map(\.summary) == [["[1/1] RUN x: ran"]])
    }

    /// One part that is named over and over is not read each time, nor is one place of a zip.
    @Test func repetition() throws {
        let status = (0..<500).flatMap { _ in Archives.status(Self.vertex("a", "[1/1] RUN x")) }
        let many = [(type: String, content: [UInt8])](repeating: (Self.statusType, status), count: 1000)
        let record = try #require(
            try Self.read(Archives.layout([(Self.config, many)], storesEachOnce: true)).first)
        #expect(record.steps.count == 1)
        #expect(record.problems == ["the archive names its parts too often"])
    }

    @Test func archivesInArchives() {
        var bytes = Array("#1 [1/1] RUN x\n#1 DONE 1.0s\n".utf8)
        for _ in 0..<6 { bytes = Archives.deflated(bytes) }
        #expect(throws: RecordError.self) { try Self.read(bytes) }
    }

    /// Cut anywhere it is an error or a part, and never a crash.
    @Test func cut() throws {
        let gzip = try Self.fixture("failed")
        for count in stride(from: 1, to: gzip.count, by: 97) {
            #expect(throws: RecordError.self) { try Self.read(Array(gzip[..<count])) }
        }
        let tar = Self.layout(Archives.status(Self.vertex("a", "[1/1] RUN x")))
        for count in stride(from: 1, to: tar.count, by: 61) { _ = try? Self.read(Array(tar[..<count])) }
        let zip = Archives.zip([("a.dockerbuild", gzip)])
        for count in stride(from: 1, to: zip.count, by: 61) {
            #expect(throws: RecordError.self) { try Self.read(Array(zip[..<count])) }
        }
    }

    /// Lengths and numbers that lie.
    @Test func brokenStatus() throws {
        let good = Self.vertex("a", "[1/1] RUN x")
        let broken: [[UInt8]] = [
            [0xFF, 0xFF, 0xFF, 0xFF], [9, 0, 0, 0, 1], Archives.status([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
            Archives.status([0x0B]), Archives.status([UInt8](repeating: 0xFF, count: 12)),
        ]
        for bytes in broken {
            let record = try #require(try Self.read(Self.layout(Archives.status(good) + bytes)).first)
            #expect(record.steps.count == 1)
            #expect(record.problems == ["the record of its progress ends too early"], "\(bytes)")
        }
        let far = Archives.field(
            1,
            Archives.field(1, "a") + Archives.field(3, "[1/1] RUN x")
                + Archives.field(5, [8] + [UInt8](repeating: 0xFF, count: 9) + [1]))
        #expect(try Self.read(Self.layout(Archives.status(far)))[0].steps.map(\.outcome) == [.notReached])
    }

    @Test func image() {
        #expect(
            throws: RecordError(
                "the archive holds no record of a build; `docker buildx history export` writes one")
        ) {
            try Self.read(Archives.tar([("manifest.json", Array("[]".utf8))]))
        }
        #expect(throws: RecordError("the archive holds no record of a build: is it an image?")) {
            try Self.read(Archives.tar([("index.json", Array(#"{"manifests":[]}"#.utf8))]))
        }
    }
}
