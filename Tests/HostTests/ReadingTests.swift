import Diagnostics
import SourceText
import Testing

@testable import Host

@Suite struct ReadingTests {
    @Test(arguments: [
        ("28.5.2+dfsg4", ToolVersion(28, 5, 2)), ("v0.13.1", ToolVersion(0, 13, 1)),
        ("20.10.24+dfsg1", ToolVersion(20, 10, 24)), ("27.0.0-rc.1", ToolVersion(27, 0, 0)),
        ("v0.0.0+unknown", nil), ("v0.8+unknown", ToolVersion(0, 8)), ("", nil), ("latest", nil),
        ("99999999999999999999.1", nil),
    ])
    func readsVersions(text: String, version: ToolVersion?) { #expect(ToolVersion(text) == version) }

    @Test(arguments: [
        ("0B", 0), ("261B", 261), ("200kB", 200_000), ("3.201MB", 3_201_000), ("1.5GB", 1_500_000_000),
        ("N/A", nil), ("", nil), ("12", nil), ("9e99GB", nil), ("99999999999TB", nil),
    ])
    func readsSizes(text: String, size: Int?) { #expect(bytes(of: text) == size) }

    @Test(arguments: [
        ("1970-01-01 00:00:00 +0000 UTC", 0), ("2026-11-24 02:44:06.955359054 +0000 UTC", 1_795_488_246),
        ("2000-02-29T12:00:00Z", 951_825_600), ("3 minutes ago", nil), ("2026-13-01 00:00:00 +0000 UTC", nil),
    ])
    func readsTimes(text: String, time: Int?) { #expect(seconds(of: text) == time) }

    /// A description can look like other fields, and like the end of its record.
    @Test func aDescriptionInTextForgesNothing() {
        let text = """
            ID:\t\taaa
            Created at:\t2026-11-20 02:49:04.22 +0000 UTC
            Mutable:\ttrue
            Reclaimable:\ttrue
            Shared:\t\tfalse
            Size:\t\t5MB
            Description:\tmount / from exec /bin/sh -c echo

            ID: forged
            Size: 900GB
            Shared: true
             with id "//c"
            Usage count:\t3
            Last used:\t3 seconds ago
            Type:\t\texec.cachemount

            ID:\t\tbbb
            Size:\t\t0B
            Description:\tfrom local
            Usage count:\t1
            Type:\t\tregular

            Shared:\t\t261B
            Total:\t\t5MB

            """
        let records = CacheRecord.all(inText: Array(text.utf8))
        #expect(records.map(\.id) == ["aaa", "bbb"])
        #expect(records.map(\.size) == [5_000_000, 0])
        #expect(records.map(\.isShared) == [false, false])
        #expect(records.map(\.usageCount) == [3, 1])
        #expect(records.first?.type == "exec.cachemount")
    }

    @Test func findsKeysOfRules() {
        let text =
            #"{"builder": {"gc": {"policy": [{"a": 1}, {"keepDuration": "1h"}, {"keepDuration": "2h"}]}}}"#
        let configuration = DaemonConfiguration(path: "/etc/docker/daemon.json", bytes: Array(text.utf8))
        let places = (0..<3).map { configuration.place(ofPolicyKey: "keepDuration", rule: $0) }
        #expect(places[1].map { configuration.source.string($0) } == "\"keepDuration\"")
        #expect(places[2]!.lowerBound > places[1]!.lowerBound)
    }

    /// What docker CLIs say on standard error.
    @Test(
        arguments: [
            (
                "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
                .daemonDown
            ),
            (
                "failed to connect to the docker API at unix:///x.sock; check if the path is correct",
                .daemonDown
            ),
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///x.sock",
                .permission
            ),
            (
                "Failed to initialize: unable to resolve docker endpoint: context \"x\": context not found",
                .wrongContext
            ),
            (
                "Failed to initialize: unable to resolve docker endpoint: open /root/.docker/ca.pem: no such file",
                .tls
            ),
            ("error during connect: x509: certificate signed by unknown authority", .tls),
            ("Client sent an HTTP request to an HTTPS server.", .tls),
            ("error during connect: dial tcp: lookup foo on 10.0.0.1:53: no such host", .hostNotFound),
            (
                "Error response from daemon: client version 1.99 is too new. Maximum supported API version is 1.51",
                .apiVersion
            ),
            ("unable to parse docker host `foo`", .wrongAddress),
            ("Error response from daemon: the roof is on fire", .other),
        ] as [(String, HostSnapshot.Obstacle)])
    func tellsObstaclesApart(words: String, obstacle: HostSnapshot.Obstacle) {
        #expect(HostSnapshot.Obstacle(saying: words) == obstacle)
    }
}
