import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Host

/// Which daemon.json is that of the engine that answers.
@Suite struct DaemonFileTests {
    #if os(Linux)
    /// Between fork and exec, a program that dockerd starts has its name, its command line and its root.
    @Test func aChildOfTheEngineIsNoSecondEngine() async throws {
        let folder = try ScratchFolder()
        try folder.write("{}", to: "daemon.json")
        try folder.write("", to: "docker.sock")
        try folder.write(
            """
            #!/bin/sh
            exec 3<&0
            (: >"$1"; read line <&3) &
            read line
            """, to: "dockerd", mode: 0o755)
        let engine = Process()
        engine.executableURL = URL(filePath: folder.path(of: "dockerd"))
        engine.arguments = [
            folder.path(of: "ready"), "--host=unix://\(folder.path(of: "docker.sock"))", "--config-file",
            folder.path(of: "daemon.json"),
        ]
        let input = Pipe()
        engine.standardInput = input
        try engine.run()
        defer {
            try? input.fileHandleForWriting.close()
            engine.waitUntilExit()
        }
        while engine.isRunning, !FileManager.default.fileExists(atPath: folder.path(of: "ready")) {
            try await Task.sleep(for: .milliseconds(5))
        }
        var host = HostSnapshot.notAsked
        host.endpoint = .known("unix://\(folder.path(of: "docker.sock"))")
        guard case .read(let path, let bytes) = DaemonFileSearch(environment: [:]).find(for: host).0 else {
            Issue.record("which daemon.json it is was not told")
            return
        }
        #expect(path == folder.path(of: "daemon.json"))
        #expect(bytes == Array("{}".utf8))
    }
    #endif
}
