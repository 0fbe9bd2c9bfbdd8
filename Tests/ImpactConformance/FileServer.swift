import Foundation

/// What ADD takes from elsewhere, where the pairs expect it: files at `http://127.0.0.1:18763` and a git repository with
/// the tags `one` and `two` at `git://127.0.0.1:18764/repository.git`.
struct FileServer {
    private let folder: URL
    private let servers: [Process]

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "impact-served-\(UUID().uuidString)")
        for (path, text) in [
            "one/file": "one\n", "one/other": "one\n", "same/file": "one\n", "two/file": "two\n",
        ] {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        let work = folder.appending(path: "work").path
        let git = ["-C", work, "-c", "user.name=pairs", "-c", "user.email=pairs@example.org"]
        try await run("git", ["init", "--quiet", work])
        for text in ["one", "two"] {
            try FileManager.default.createDirectory(
                atPath: work + "/folder", withIntermediateDirectories: true)
            try text.write(toFile: work + "/folder/file", atomically: false, encoding: .utf8)
            try await run("git", git + ["add", "."])
            try await run("git", git + ["commit", "--quiet", "--message", text])
            try await run("git", git + ["tag", text])
        }
        try await run("git", ["clone", "--quiet", "--bare", work, folder.path + "/repository.git"])
        // `git daemon` itself would start it as a child, which is out of reach here.
        let programs = try await run("git", ["--exec-path"]).split(separator: "\n")[0]
        servers = try [
            ["python3", "-m", "http.server", "18763", "--bind", "127.0.0.1", "--directory", folder.path],
            [
                "\(programs)/git-daemon", "--base-path=\(folder.path)", "--export-all", "--listen=127.0.0.1",
                "--port=18764", "--reuseaddr",
            ],
        ].map { command in
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = command
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
    }

    func stop() {
        for process in servers {
            // It inherits the blocked signals of the thread that started it, SIGTERM among them.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: folder)
    }
}
