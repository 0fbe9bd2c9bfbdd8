import Diagnostics
import Host
import Processes
import TestSupport
import Testing

/// A docker CLI that answers what it should not: each fault ends in one clear line, within the time limit, and what the
/// other commands said still counts.
@Suite struct FaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        /// Shell lines; `$*` are docker's arguments. Where none of them ends it, the answers are those of a host that is
        /// well.
        let script: String
        /// What is left of the connection; nil for any other than `answered`.
        var connection: HostSnapshot.Obstacle?
        /// Part of the note, or of what stands for the silence; nil where nothing is to be said.
        var line: String?

        var hangs: Bool { line?.hasPrefix("took longer") == true }
        var testDescription: String { name }
    }

    static let answering: [Fault] = [
        Fault(name: "well", script: ""),
        Fault(
            name: "truncated", script: #"case "$*" in system*) printf '{"Images": [{"Repo'; exit;; esac"#,
            line: "the text ends too early"),
        Fault(
            name: "closed in the middle",
            script: #"case "$*" in system*) printf '{"Images"'; echo 'unexpected EOF' >&2; exit 1;; esac"#,
            line: "the text ends too early"),
        Fault(
            name: "gigantic", script: #"case "$*" in system*) exec yes '{"Images": []}';; esac"#,
            line: "wrote more than"),
        Fault(
            name: "gigantic on standard error", script: #"case "$*" in system*) yes no >&2;; esac"#,
            line: "wrote more than"),
        Fault(
            name: "one of them hangs", script: #"case "$*" in system*) sleep 600;; esac"#,
            line: "took longer than"),
        Fault(
            name: "a child keeps the pipe open", script: #"case "$*" in system*) sleep 600 & exit;; esac"#,
            line: "told nothing"),
        Fault(
            name: "HTTP 500",
            script: #"case "$*" in system*) echo 'Error response from daemon: boom' >&2; exit 1;; esac"#,
            line: "Error response from daemon: boom"),
        Fault(
            name: "no JSON", script: #"case "$*" in system*) echo '<html>'; exit;; esac"#,
            line: "cannot be read"),
        Fault(
            name: "no text", script: #"case "$*" in system*) head -c 4000 /dev/urandom; exit;; esac"#,
            line: "cannot be read"),
        Fault(
            name: "deep",
            script: #"case "$*" in system*) head -c 100000 /dev/zero | tr '\0' '['; exit;; esac"#,
            line: "inside each other"),
        Fault(
            name: "a key twice",
            script: #"case "$*" in system*) echo '{"Images": [], "Images": []}'; exit;; esac"#,
            line: "duplicate key"),
        Fault(
            name: "wrong types",
            script:
                #"case "$*" in system*) echo '{"Images": {}, "Volumes": [1], "BuildCache": [{"ID": 1, "Size": []}, null, "x"]}'; exit;; esac"#
        ),
        Fault(
            name: "wrong types of engine",
            script:
                #"case "$*" in info*) echo '{"ServerVersion": "28.1.1", "Driver": 7, "DriverStatus": [[1], {}], "SecurityOptions": "x", "SystemTime": [], "ClientInfo": []}'; exit;; esac"#
        ),
        Fault(
            name: "wrong types of builders",
            script:
                #"case "$*" in "buildx ls"*) echo '{"Name": 5, "Nodes": {"a": 1}, "Current": "yes"}'; exit;; esac"#
        ),
        Fault(
            name: "a list in place of an object", script: #"case "$*" in system*) echo '[1, 2]'; exit;; esac"#
        ),
        Fault(
            name: "a number in place of an object", script: #"case "$*" in system*) echo 5; exit;; esac"#,
            line: "neither object nor array"),
        Fault(
            name: "numbers out of all bounds",
            script:
                #"case "$*" in system*) echo '{"BuildCache": [{"ID": "a", "Size": "99999999999999999999999TB", "UsageCount": "-99999999999999999999"}]}'; exit;; esac"#
        ),
        Fault(
            name: "unknown members of a newer API",
            script:
                #"case "$*" in version*) echo '{"Client": {"Version": "99.0.0", "ApiVersion": "9.99"}, "Server": {"Version": "99.0.0"}, "Quantum": {}}'; exit;; esac"#
        ),
        Fault(
            name: "no buildx ls",
            script: #"case "$*" in "buildx ls"*) echo 'unknown flag: --format' >&2; exit 125;; esac"#,
            line: "unknown flag"),
        Fault(
            name: "a builder's cache hangs",
            script:
                #"case "$*" in "buildx ls"*) echo '{"Name": "far", "Driver": "remote", "Nodes": [{"Name": "far0", "Status": "running"}]}'; exit;; "buildx du"*) sleep 600;; esac"#,
            line: "took longer than"),
        Fault(
            name: "a builder that is named like an option",
            script:
                #"case "$*" in "buildx ls"*) echo '{"Name": "--help", "Driver": "remote", "Nodes": [{"Name": "n", "Status": "running"}]}'; exit;; "buildx du --builder=--help "*) echo '{"ID": "a", "Type": "regular", "Size": "1B"}'; exit;; "buildx du"*) echo injected >&2; exit 1;; esac"#
        ),
        Fault(
            name: "a thousand builders",
            script:
                #"case "$*" in "buildx ls"*) for i in $(seq 1000); do echo "{\"Name\": \"b$i\", \"Driver\": \"remote\", \"Nodes\": [{\"Name\": \"n\", \"Status\": \"running\"}]}"; done; exit;; "buildx du"*) exit;; esac"#
        ),
    ]

    static let silent: [Fault] = [
        Fault(name: "all hang", script: "sleep 600", connection: .tooSlow, line: "took longer than 1 s"),
        Fault(
            name: "all say nothing", script: "exit 0", connection: .other, line: "nothing that can be read"),
        Fault(name: "killed", script: "kill -9 $$", connection: .other, line: "nothing that can be read"),
        Fault(
            name: "no program after all", script: "exit 127", connection: .other,
            line: "nothing that can be read"),
        Fault(
            name: "permission",
            script: "echo 'permission denied while trying to connect to unix:///x' >&2; exit 1",
            connection: .permission, line: "permission denied"),
        Fault(
            name: "TLS", script: "echo 'Client sent an HTTP request to an HTTPS server.' >&2; exit 1",
            connection: .tls,
            line: "HTTPS"),
        Fault(
            name: "context", script: #"echo 'context "x": context not found' >&2; exit 1"#,
            connection: .wrongContext,
            line: "context not found"),
        Fault(
            name: "down", script: "echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1",
            connection: .daemonDown, line: "Cannot connect"),
        Fault(
            name: "gigantic", script: "exec yes", connection: .other, line: "wrote more than"),
        Fault(
            name: "several lines",
            script: "printf 'Warning: old\\nError response from daemon: boom\\nmore\\n' >&2; exit 1",
            connection: .other,
            line: "(Error response from daemon: boom)"),
    ]

    private static let well = #"""
        case "$*" in
        version*) echo '{"Client": {"Version": "28.5.2"}, "Server": {"Version": "28.5.2"}}';;
        info*) echo '{"ServerVersion": "28.5.2", "OSType": "linux", "Driver": "overlay2", "ClientInfo": {"Version": "28.5.2", "Plugins": [{"Name": "buildx", "Version": "0.29.1"}]}}';;
        system*) echo '{"Images": [], "Containers": [], "Volumes": [], "BuildCache": []}';;
        context*) echo '[{"Name": "default", "Endpoints": {"docker": {"Host": "tcp://192.0.2.1:2376"}}}]';;
        "buildx ls"*) echo '{"Name": "default", "Current": true, "Driver": "docker", "Nodes": [{"Name": "default", "Status": "running"}]}';;
        esac
        """#

    private func ask(_ fault: Fault) async throws -> HostSnapshot {
        let folder = try ScratchFolder()
        try folder.write("#!/bin/sh\n\(fault.script)\n\(Self.well)\n", to: "docker", mode: 0o755)
        return await HostProbe(
            environment: ["PATH": "\(folder.path):/usr/bin:/bin", "DOCKER_HOST": "tcp://192.0.2.1:2376"],
            outside: "/nonexistent",
            // Long where nothing hangs: these tests share their few threads with all others, and may wait for minutes.
            timeLimit: .seconds(fault.connection == .tooSlow ? 1 : fault.hangs ? 3 : 1200)
        ).ask(Set(HostQuestion.allCases))
    }

    @Test(arguments: answering)
    func theRestIsHeard(_ fault: Fault) async throws {
        let host = try await ask(fault)
        // On a machine that is very busy the other answers too may come too late: then that is what is said.
        if fault.hangs, case .unreachable(.tooSlow, _) = host.connection { return }
        #expect(host.connection == .answered)
        let notes =
            fault.hangs ? Array(host.notes.filter { $0.contains("took longer") }.prefix(1)) : host.notes
        #expect(notes.count == (fault.line == nil ? 0 : 1), "\(host.notes)")
        if let line = fault.line {
            #expect(host.notes.first?.contains(line) == true, "\(host.notes)")
            #expect(host.notes.first?.contains("`docker ") == true)
            #expect(host.notes.first?.contains("\n") == false)
        }
        #expect(host.clientVersion.value != nil)
    }

    @Test(arguments: silent)
    func oneLineTellsWhyThereIsNothing(_ fault: Fault) async throws {
        let host = try await ask(fault)
        guard case .unreachable(let obstacle, _) = host.connection else {
            Issue.record("\(host.connection)")
            return
        }
        #expect(obstacle == fault.connection)
        #expect(host.notes.isEmpty)
        let reason = try #require(host.reasonForSilence)
        #expect(reason.contains(fault.line!), "\(reason)")
        #expect(!reason.contains("\n"))
    }

    @Test func aProgramInTheRepositoryIsNotRun() async throws {
        let folder = try ScratchFolder()
        try folder.write("#!/bin/sh\ntouch \(folder.path)/ran\n", to: "bin/docker", mode: 0o755)
        let host = await HostProbe(
            environment: ["PATH": "\(folder.path)/bin"], outside: folder.path, timeLimit: .seconds(10)
        ).ask(Set(HostQuestion.allCases))
        #expect(host.connection == .missing)
        #expect(findProgram("ran", path: folder.path, outside: nil) == nil)
    }

    @Test func manyBuildersAreAskedWithinALimit() async throws {
        let fault = try #require(Self.answering.first { $0.name == "a thousand builders" })
        let host = try await ask(fault)
        #expect(host.builders.value?.count == 1000)
        #expect(host.builderCaches.count == 16)
    }
}
