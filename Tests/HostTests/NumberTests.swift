import Diagnostics
import JSON
import Testing

@testable import Host

/// Whatever an engine reports: nothing that is counted with it overflows.
@Suite struct NumberTests {
    private func host(usage: String = "", builders: [String] = [], other: String = "") -> HostSnapshot {
        var answers = HostAnswers(hasDocker: true)
        func said(_ text: String) -> HostAnswers.Answer { .said(output: Array(text.utf8), error: []) }
        answers.answers[.info] = said(
            """
            {"ServerVersion": "29.4.0", "OSType": "linux", "SystemTime": "2026-11-24T02:45:12.5Z",
             "ClientInfo": {"Context": "default", "Plugins": [{"Name": "buildx", "Version": "0.31.0"}]}}
            """)
        answers.answers[.usage] = said(
            #"{"Images": [], "Containers": [], "Volumes": [], "BuildCache": [\#(usage)]}"#)
        answers.answers[.builders] = said(builders.joined(separator: "\n"))
        answers.usages["far"] = said(other)
        return HostSnapshot(reading: answers)
    }

    private static let builders = [
        #"{"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "running", "GCPolicy": [{"all": true, "reservedSpace": 9223372036854775807, "maxUsedSpace": 9223372036854775807, "minFreeSpace": -9223372036854775808}]}]}"#,
        #"{"Name": "far", "Driver": "remote", "Nodes": [{"Name": "far0", "Status": "running"}]}"#,
    ]

    @Test func sumsOfSizesThatNoDiskHas() {
        func records(_ separator: String) -> String {
            (0..<3000).map { #"{"ID": "r\#($0)", "CacheType": "exec.cachemount", "Size": "999PB"}"# }
                .joined(separator: separator)
        }
        let host = host(usage: records(","), builders: Self.builders, other: records("\n"))
        #expect(host.caches.map(\.records.count) == [3000, 3000])
        let all = host.caches.flatMap(\.records).reduce(0) { $0 + $1.size }
        // What is shown is ten times that, in tenths.
        #expect(all > 0 && !all.multipliedReportingOverflow(by: 10).overflow)
        for cache in host.caches {
            for goal in [CacheAdvice.Goal.size(1), .age(hours: 1)] {
                _ = CacheAdvice(for: goal, cache: cache, now: host.engine?.time)
            }
            let sum = cache.records.reduce(0) { $0 + $1.size }
            _ = CollectionPolicy(needed: sum, cache: sum, disk: Disk(total: Limits.cacheBytes, free: 0))
        }
        let rule = host.engineCollection.value?.first
        #expect(rule?.maxUsedSpace == Limits.cacheBytes)
        #expect(rule?.minFreeSpace == 0)
    }

    @Test func pastBuildsOfAnyLength() throws {
        let json = try JSON.parse(
            Array(
                #"{"ref": "a/b/c", "created_at": "0000-01-01T00:00:00Z", "completed_at": "9999-12-31T23:59:59Z"}"#
                    .utf8))
        let build = try #require(RecordedBuild(json, builder: "x"))
        #expect(build.started == nil && build.milliseconds == nil)
    }

    @Test func manyBuildersAreAllRead() {
        let many = (0..<20_000).map { #"{"Name": "b\#($0)", "Driver": "remote", "Nodes": []}"# }
        #expect(host(builders: many + many).builders.value?.count == 20_000)
    }
}
