import DoctorCommands
import Foundation
import Testing
import TestSupport

/// Nothing that a repository's own configuration names is run, whatever it is called and wherever it stands.
@Suite struct GitConfigurationTests {
    /// How a repository names a filter.
    struct Naming: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What stands in `.git/config`, `RUN` for a command that leaves a mark.
        var configuration: [UInt8]
        var attributes: [UInt8]
        /// Other files below `.git`.
        var files: [String: String] = [:]
        /// `.gitattributes`, or another file that git reads attributes from.
        var attributesFile = ".gitattributes"
        /// git itself takes it for a filter that is to be run.
        var isLive = true

        init(_ name: String, _ configuration: String, attributes: String = "*.txt filter=x\n") {
            testDescription = name
            self.configuration = Array(configuration.utf8)
            self.attributes = Array(attributes.utf8)
        }

        /// `[filter "NAME"] clean` for a name in bytes.
        static func named(_ name: [UInt8], written: [UInt8]? = nil, _ title: String) -> Naming {
            var naming = Naming(title, "", attributes: "")
            naming.configuration =
                Array("[filter \"".utf8) + (written ?? name) + Array("\"]\n\tclean = \"RUN\"\n".utf8)
            naming.attributes = Array("*.txt filter=".utf8) + name + Array("\n".utf8)
            return naming
        }

        static func named(_ name: String, written: String? = nil) -> Naming {
            named(Array(name.utf8), written: written.map { Array($0.utf8) }, "named \(name)")
        }

        func with(_ change: (inout Naming) -> Void) -> Naming {
            var copy = self
            change(&copy)
            return copy
        }
    }

    static let namings: [Naming] = [
        .named("x"), .named("a=b"), .named("=clean="), .named(Array("a".utf8) + [0xFF, 0x62], "not UTF-8"),
        .named([0xC3], "half a character"), .named("a.b.c"), .named("a.clean"), .named("UPPER"), .named("ü"),
        .named("-c"), .named("--"), .named("..", written: ".."), .named("a#b;c"), .named("a]b"),
        .named("a\\b", written: "a\\\\b"), .named("a\"b", written: "a\\\"b"), .named("filter.x.clean"),
        .named(String(repeating: "n", count: 300)), .named("1"), .named("true"), .named("a/../b"),
        .named("*"),
        Naming("keys in upper case", "[FILTER \"x\"]\n\tCLEAN = RUN\n\tREQUIRED\n"),
        Naming("a section of old", "[filter.x]\n\tclean = RUN\n"),
        Naming("a process", "[filter \"x\"]\n\tprocess = RUN\n\trequired = true\n"),
        Naming("a value over lines", "[filter \"x\"]\n\tclean = \\\nRUN\n"),
        Naming("an include", "[include]\n\tpath = more\n").with {
            $0.files["more"] = "[filter \"x\"]\n\tclean = RUN\n"
        },
        Naming("an include that depends", "[includeIf \"gitdir:**\"]\n\tpath = more\n").with {
            $0.files["more"] = "[filter \"x\"]\n\tclean = RUN\n"
        },
        Naming("the work tree's configuration", "[extensions]\n\tworktreeConfig = true\n").with {
            $0.files["config.worktree"] = "[filter \"x\"]\n\tclean = RUN\n"
        },
        Naming("attributes in .git", "[filter \"x\"]\n\tclean = RUN\n").with {
            $0.attributesFile = ".git/info/attributes"
        },
        Naming("a macro", "[filter \"x\"]\n\tclean = RUN\n", attributes: "[attr]m filter=x\n*.txt m\n"),
        Naming("a file-system monitor", "[core]\n\tfsmonitor = RUN\n", attributes: ""),
        Naming(
            "what else runs programs",
            """
            [core]
            \tpager = RUN
            \tsshCommand = RUN
            \teditor = RUN
            \tgitProxy = RUN
            \taskPass = RUN
            \talternateRefsCommand = RUN
            [diff]
            \texternal = RUN
            [diff "x"]
            \tcommand = RUN
            \ttextconv = RUN
            [merge "x"]
            \tdriver = RUN
            [gpg]
            \tprogram = RUN
            [credential]
            \thelper = !RUN
            [alias]
            \tstatus = !RUN
            \tcat-file = !RUN
            [pager]
            \tstatus = RUN
            \tdiff = RUN
            [remote "origin"]
            \tvcs = x
            \tpromisor = true
            \turl = ext::RUN
            [extensions]
            \tpartialClone = origin
            """, attributes: "*.txt diff=x merge=x\n"
        ).with { $0.isLive = false },
    ]

    @Test(arguments: namings) func isNotRun(_ naming: Naming) async throws {
        let outside = try ScratchFolder()
        let mark = outside.path(of: "ran")
        func isMarked() -> Bool { FileManager.default.fileExists(atPath: mark) }
        func text(_ bytes: [UInt8]) -> [UInt8] {
            var result: [UInt8] = []
            var rest = bytes[...]
            while let place = rest.firstRange(of: Array("RUN".utf8)) {
                result += rest[..<place.lowerBound] + Array(outside.path(of: "run.sh").utf8)
                rest = rest[place.upperBound...]
            }
            return result + rest
        }
        try outside.write("#!/bin/sh\ntouch '\(mark)'\ncat\n", to: "run.sh", mode: 0o755)
        let folder = try ScratchFolder()
        try folder.write("FROM debian:12\nCOPY a.txt /\n", to: "Dockerfile")
        try folder.write("one\n", to: "a.txt")
        try await folder.git("init", "-q", "-b", "main", ".")
        try await folder.git("config", "user.name", "t")
        try await folder.git("config", "user.email", "t@t")
        try folder.write(naming.attributes, to: naming.attributesFile)
        try await folder.git("add", "-A")
        try await folder.git("commit", "-q", "-m", "x")
        try folder.write("two\n", to: "a.txt")
        try await folder.git("commit", "-q", "-a", "-m", "y")
        let configuration = try folder.read(".git/config")
        try folder.write(configuration + text(naming.configuration), to: ".git/config")
        for (path, content) in naming.files {
            try folder.write(text(Array(content.utf8)), to: ".git/\(path)")
        }
        // Of the same size, so that git has to look into it.
        try folder.write("six\n", to: "a.txt")
        if naming.isLive {
            // The program is none that ends well.
            try await folder.git("-c", "alias.look=!git status || true", "look")
            #expect(isMarked(), "git itself runs it")
            try? FileManager.default.removeItem(atPath: mark)
        }
        try folder.write("ten\n", to: "a.txt")
        for arguments in [
            ["impact", "--no-host"], ["impact", "--no-host", "--base", "HEAD"],
            ["impact", "--no-host", "--staged", "--base", "HEAD"],
            ["impact", "--no-host", "--base", "HEAD~1", "--head", "HEAD"],
            ["check", "--no-host", "--new-since", "HEAD"], ["check", "--no-host"], ["builds", "--no-host"],
            ["context", "--no-host"],
        ] {
            let session = await Session.run(
                arguments, in: folder,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"])
            #expect(session.status != .usage, "\(arguments): \(session.errors)")
            #expect(!isMarked(), "\(arguments)")
            try? FileManager.default.removeItem(atPath: mark)
        }
    }
}
