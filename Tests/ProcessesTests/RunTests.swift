import Processes
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

private func shell(
    _ script: String, input: [UInt8] = [], timeLimit: Duration = .seconds(1200), outputLimit: Int = 1 << 20,
    environment: [String: String] = ["PATH": "/usr/bin:/bin"], workingDirectory: String? = nil
) -> Command {
    Command(
        program: "/bin/sh", arguments: ["-c", script], workingDirectory: workingDirectory,
        environment: environment, input: input, timeLimit: timeLimit, outputLimit: outputLimit)
}

@Suite struct RunTests {
    #if os(Linux)
    @Test func `has no more memory than it may have`() async throws {
        // It is limited once it runs.
        let wait = "while resource.getrlimit(resource.RLIMIT_DATA)[0] < 0: pass"
        for (limit, start) in [(nil, "pass"), (100 << 20, wait)] {
            var command = Command(
                program: "/usr/bin/env",
                arguments: ["python3", "-c", "import resource\n\(start)\nprint(len(bytearray(200 << 20)))"],
                environment: ["PATH": "/usr/bin:/bin"], timeLimit: .seconds(1200), outputLimit: 1 << 20)
            command.memoryLimit = limit
            let output = try await command.run()
            #expect(output.succeeded == (limit == nil))
            let errors = String(decoding: output.standardError, as: UTF8.self)
            #expect(limit == nil || errors.contains("MemoryError"))
        }
    }
    #endif

    @Test func outputAndStatus() async throws {
        let output = try await shell("cat; echo err >&2; exit 3", input: Array("in".utf8)).run()
        #expect(output.status == .exited(3))
        #expect(!output.succeeded)
        #expect(output.standardOutput == Array("in".utf8))
        #expect(output.standardError == Array("err\n".utf8))
        #expect(try await shell("kill -9 $$").run().status == .signalled(9))
    }

    @Test func argumentsAreNotExpanded() async throws {
        let command = Command(
            program: "/usr/bin/printf", arguments: ["%s|", "$HOME", "*", "a b", "", ";"], environment: [:],
            timeLimit: .seconds(1200), outputLimit: 100)
        #expect(try await command.run().standardOutput == Array("$HOME|*|a b||;|".utf8))
    }

    @Test func environmentAndFolderAreAsGiven() async throws {
        let output = try await shell("pwd; echo $A-$HOME", environment: ["A": "1"], workingDirectory: "/usr")
            .run()
        #expect(output.standardOutput == Array("/usr\n1-\n".utf8))
    }

    @Test func muchInputThatIsNotRead() async throws {
        let output = try await shell("exit 0", input: [UInt8](repeating: 0x61, count: 1 << 20)).run()
        #expect(output.succeeded)
    }

    @Test func allOfALongOutputArrives() async throws {
        let output = try await shell("head -c 900000 /dev/zero; head -c 900000 /dev/zero >&2").run()
        #expect(output.standardOutput.count == 900_000)
        #expect(output.standardError.count == 900_000)
    }

    @Test func largeOutput() async throws {
        var command = shell("echo one; echo two >&2; head -c 900000 /dev/zero; exit 3")
        command.isOutputLarge = true
        let output = try await command.run()
        #expect(output.status == .exited(3))
        #expect(output.standardOutput == Array("one\n".utf8) + [UInt8](repeating: 0, count: 900_000))
        #expect(output.standardError == Array("two\n".utf8))
        for script in ["yes", "head -c 2000000 /dev/zero"] {
            var command = shell(script, outputLimit: 1_000_000)
            command.isOutputLarge = true
            await #expect(throws: Command.Failure.tooMuchOutput(program: "/bin/sh", limit: 1_000_000)) {
                try await command.run()
            }
        }
    }

    @Test func conversation() async throws {
        let script = "while read -r line; do echo \"<$line>\"; done; echo over"
        let output = try await shell(script, input: Array("one\n".utf8)).run { written in
            switch written.count(where: { $0 == UInt8(ascii: "\n") }) {
            case 0: Command.Words([])
            case 1: Command.Words(Array("two\nthree\n".utf8))
            case 3: nil
            default: Command.Words([], isAwaited: false)
            }
        }
        #expect(output.standardOutput == Array("<one>\n<two>\n<three>\nover\n".utf8))
        #expect(output.succeeded)
    }

    @Test func conversationWithWhoDoesNotListen() async throws {
        let words = [UInt8](repeating: 0x61, count: 1 << 20)
        let output = try await shell("echo 1; sleep 0.1; echo 2; exit 3", input: words).run { _ in
            Command.Words(words)
        }
        #expect(output.status == .exited(3))
        #expect(output.standardOutput == Array("1\n2\n".utf8))
        await #expect(throws: Command.Failure.tooMuchOutput(program: "/bin/sh", limit: 1000)) {
            try await shell("yes", outputLimit: 1000).run { _ in Command.Words(words) }
        }
        await #expect(throws: Command.Failure.timedOut(program: "/bin/sh", limit: .milliseconds(200))) {
            try await shell("sleep 1000", timeLimit: .milliseconds(200)).run { _ in nil }
        }
        await #expect(throws: Command.Failure.notFound(program: "/nonexistent/x")) {
            try await Command(
                program: "/nonexistent/x", arguments: [], environment: [:], input: words,
                timeLimit: .seconds(1200), outputLimit: 9
            ).run { _ in nil }
        }
    }

    @Test func failures() async {
        let missing = Command(
            program: "/nonexistent/x", arguments: [], environment: [:], timeLimit: .seconds(9), outputLimit: 9
        )
        await #expect(throws: Command.Failure.notFound(program: "/nonexistent/x")) { try await missing.run() }
        await #expect(throws: Command.Failure.tooMuchOutput(program: "/bin/sh", limit: 1000)) {
            try await shell("yes", outputLimit: 1000).run()
        }
        await #expect(throws: Command.Failure.self) {
            try await shell("", workingDirectory: "/nonexistent").run()
        }
    }

    @Test func timeOutEndsTheWholeGroup() async throws {
        var template = Array("/tmp/clm-doctor-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let fifo = folder + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        let reader = open(fifo, O_RDONLY | O_NONBLOCK)
        defer {
            close(reader)
            unlink(fifo)
            rmdir(folder)
        }
        let script = "trap '' TERM INT; exec 3>'\(fifo)'; echo x >&3; sleep 1000 & sleep 1000; echo"
        var byte: UInt8 = 0
        // A busy machine may not have come to the shell's first line when the time is over.
        for seconds in [1, 8, 64] {
            let command = shell(script, timeLimit: .seconds(seconds))
            await #expect(throws: Command.Failure.timedOut(program: "/bin/sh", limit: .seconds(seconds))) {
                try await command.run()
            }
            if read(reader, &byte, 1) == 1 { break }
        }
        try #require(byte == UInt8(ascii: "x"))
        // The end of the file shows that no process holds the other end any more; an error (EAGAIN) that one does, as a
        // killed one may for a moment.
        _ = read(reader, &byte, 1)
        for _ in 0..<500 where read(reader, &byte, 1) != 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(read(reader, &byte, 1) == 0)
    }

    /// - Parameter escape: how a program starts something that its group does not hold.
    @Test(arguments: ["setsid sleep 1000", "setsid setsid sleep 1000", "(setsid sleep 1000 &) ; sleep 1000"])
    func timeOutEndsWhatHasLeftTheGroup(escape: String) async throws {
        var template = Array("/tmp/clm-doctor-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        let fifo = folder + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        let reader = open(fifo, O_RDONLY | O_NONBLOCK)
        defer {
            close(reader)
            unlink(fifo)
            rmdir(folder)
        }
        var byte: UInt8 = 0
        for seconds in [1, 8, 64] {
            let command = shell(
                "exec 3>'\(fifo)'; \(escape) & echo x >&3; sleep 1000", timeLimit: .seconds(seconds))
            await #expect(throws: Command.Failure.timedOut(program: "/bin/sh", limit: .seconds(seconds))) {
                try await command.run()
            }
            if read(reader, &byte, 1) == 1 { break }
        }
        try #require(byte == UInt8(ascii: "x"))
        _ = read(reader, &byte, 1)
        for _ in 0..<500 where read(reader, &byte, 1) != 0 { try await Task.sleep(for: .milliseconds(20)) }
        #expect(read(reader, &byte, 1) == 0)
    }

    @Test func cancellation() async throws {
        let task = Task { try await shell("sleep 1000").run() }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: Command.Failure.cancelled(program: "/bin/sh")) { try await task.value }
    }

    @Test func aGrandchildThatKeepsThePipeOpenDoesNotHoldUs() async throws {
        let output = try await shell("sleep 1000 & echo $!").run()
        let id = Int32(String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")[0])
        if let id { kill(id, SIGKILL) }
        #expect(output.succeeded)
    }
}
