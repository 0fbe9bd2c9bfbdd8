import Diagnostics
import JSON
import Testing

@testable import Host

/// daemon.json with another `builder.gc`: the same JSON but for that, and no line changed that need not be.
@Suite struct EditingTests {
    private static let value: JSON = ["enabled": true, "policy": [["all": true]]]

    @Test(arguments: [
        "", "{}", "{ }\n", "{\n}\n", #"{"debug": true}"#,
        "{\n    \"debug\": true,\n    \"hosts\": [\"a,b}\"]\n}\n",
        "{\n\t\"builder\": {\n\t\t\"entitlements\": {}\n\t},\n\t\"debug\": true\n}\n",
        #"{"builder": {}}"#, #"{"builder": null, "debug": true}"#,
        #"{"builder": {"gc": {"policy": [{"filter": ["a\"}b"]}], "enabled": true}, "history": {}}, "debug": false}"#,
        "{\n  \"builder\": {\n    \"gc\": {\n      \"enabled\": false\n    }\n  }\n}\n",
        "{\"builder\": {\"gc\": null\n}}",
    ])
    func onlyTheCollectionChanges(text: String) throws {
        let configuration = DaemonConfiguration(path: "/etc/docker/daemon.json", bytes: Array(text.utf8))
        let edited = try #require(configuration.text(settingCollection: Self.value))
        let new = try JSON.parse(Array(edited.utf8))
        #expect(new["builder"]?["gc"] == Self.value)
        let old = text.isEmpty ? [:] : try JSON.parse(Array(text.utf8))
        for (key, value) in old.object?.members.map({ $0 }) ?? [] where key != "builder" {
            #expect(new[key] == value)
        }
        for (key, value) in old["builder"]?.object?.members.map({ $0 }) ?? [] where key != "gc" {
            #expect(new["builder"]?[key] == value)
        }
        #expect(
            DaemonConfiguration(path: "/x", bytes: Array(edited.utf8)).text(settingCollection: Self.value)
                != nil)
    }

    @Test(arguments: ["[]", "{", "7"])
    func whatIsNoObjectIsLeftAlone(text: String) {
        let configuration = DaemonConfiguration(path: "/x", bytes: Array(text.utf8))
        #expect(configuration.text(settingCollection: Self.value) == nil)
    }

    /// `docker buildx ls` of 0.11.
    @Test func readsBuildersInText() {
        let listing = """
            NAME/NODE    DRIVER/ENDPOINT             STATUS   BUILDKIT PLATFORMS
            big *        docker-container
              big0       unix:///var/run/docker.sock running  v0.11.6  linux/amd64, linux/386
              big1       tcp://10.0.0.2:2376         inactive
            default      docker
              default    default                     running  23.0.1   linux/amd64

            """
        let inspection = """
            Name:   big
            Driver: docker-container

            Nodes:
            Name:      big0
            Endpoint:  unix:///var/run/docker.sock
            Status:    running
            GC Policy rule#0:
             All:           false
             Filters:       type==source.local type==exec.cachemount
             Keep Duration: 48h0m0s
             Keep Bytes:    488.3MiB
            GC Policy rule#1:
             All:           true
             Keep Bytes:    9.313GiB

            Name:      big1
            Status:    inactive

            """
        let builders = HostSnapshot.Builder.all(
            inText: Array(listing.utf8),
            inspections: ["big": .said(output: Array(inspection.utf8), error: [])])
        #expect(builders.map(\.name) == ["big", "default"])
        #expect(builders.map(\.driver) == ["docker-container", "docker"])
        #expect(builders.map(\.isCurrent) == [true, false])
        #expect(builders[0].nodes.map(\.status) == ["running", "inactive"])
        #expect(builders[0].nodes[0].version.value == ToolVersion(0, 11, 6))
        let rules = builders[0].nodes[0].collection.value
        #expect(rules?.map(\.all) == [false, true])
        #expect(rules?[0].filters == ["type==source.local", "type==exec.cachemount"])
        #expect(rules?[0].keepDuration == 172_800)
        #expect(rules?[0].reservedSpace == 512_019_660)
        #expect(builders[1].nodes[0].collection.value == nil)
    }

    @Test(arguments: [
        ("Less than a second ago", 0), ("55 seconds ago", 55), ("About a minute ago", 60),
        ("About an hour ago", 3600), ("3 weeks ago", 1_814_400), ("yesterday", nil), ("-3 days ago", nil),
        ("9999999999999 years ago", nil), ("ago", nil), ("3 lightyears ago", nil),
    ])
    func readsAges(text: String, seconds: Int?) { #expect(age(of: text) == seconds) }

    @Test(arguments: [
        (["docker", "rmi", "a/b:1"], "docker rmi a/b:1"), (["id=x; rm -rf ~"], "'id=x; rm -rf ~'"),
        (["it's"], #"'it'\''s'"#), ([""], "''"), (["$(x)", "é"], "'$(x)' 'é'"),
    ])
    func commandsAreForAShell(words: [String], text: String) { #expect(shellText(words) == text) }
}
