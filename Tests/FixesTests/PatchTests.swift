import Fixes
import Processes
import TestSupport
import Testing

/// Patches are judged by git itself.
struct PatchTests {
    @Test(arguments: [
        ("one\ntwo\nthree\n", "one\n2\nthree\n"),
        ("one\r\ntwo\r\nthree\r\n", "one\r\ntwo\r\nnew\r\nthree\r\n"),
        ("one\ntwo", "one\n2"), ("one\ntwo", "one\ntwo\nthree\n"), ("one\ntwo\n", "one\ntwo"),
        ("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n", "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nK\n"),
        ("a\nb\nc\nd\ne\nf\ng\nh\ni\n", "A\nb\nc\nd\ne\nf\ng\nh\nI\n"),
        ("\u{FEFF}x\n\n\ny\n", "\u{FEFF}x\n\ny\n"), ("same\nsame\nsame\n", "same\nsame\n"),
    ])
    func gitAppliesIt(before: String, after: String) async throws {
        try await expectApplied("Dockerfile", Array(before.utf8), Array(after.utf8))
    }

    @Test(arguments: ["a b/Dockerfile", "ä/Dockerfile", "quote\"d", "back\\slash", "tab\there"])
    func namesAreQuoted(path: String) async throws {
        try await expectApplied(path, Array("one\n".utf8), Array("two\n".utf8))
    }

    @Test func bytesThatAreNoTextStay() async throws {
        try await expectApplied(
            "Dockerfile", [0x23, 0xE4, 0x0A, 0x41, 0x0A], [0x23, 0xE4, 0x0A, 0x42, 0x0A])
    }

    @Test func aFileIsMade() async throws {
        try await expectApplied(".dockerignore", nil, Array("**/.git\n".utf8))
    }

    /// `git apply` makes of the one file the other.
    private func expectApplied(_ path: String, _ before: [UInt8]?, _ after: [UInt8]) async throws {
        let (folder, wanted) = (try ScratchFolder(), try ScratchFolder())
        if let before { try folder.write(before, to: path) }
        try wanted.write(after, to: path)
        let patch = Patch(of: FixPlan.FixedFile(path: path, before: before, after: after))
        let text = String(decoding: patch.bytes, as: UTF8.self)
        let commands: [(arguments: [String], input: [UInt8])] = [
            (["git", "init", "-q"], []), (["git", "apply", "--check"], patch.bytes),
            (["git", "apply", "--whitespace=nowarn"], patch.bytes),
            (["cmp", folder.path(of: path), wanted.path(of: path)], []),
        ]
        for command in commands {
            let output = try await Command(
                program: "/usr/bin/env", arguments: command.arguments, workingDirectory: folder.path,
                environment: [
                    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent",
                    "GIT_CONFIG_NOSYSTEM": "1",
                ], input: command.input, timeLimit: .seconds(1200), outputLimit: 1 << 20
            ).run()
            #expect(
                output.succeeded,
                "\(command.arguments): \(String(decoding: output.standardError, as: UTF8.self))\n\(text)")
        }
    }
}
