import Foundation
import Processes

/// A git repository with two commits, and the trees of both on disk.
struct ScratchRepository: Sendable {
    let folder: URL
    /// Of the two commits.
    let base: String
    let head: String

    var repository: String { folder.appending(path: "repository").path }

    init(_ pair: Pair) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "impact-\(UUID().uuidString)")
        let repository = folder.appending(path: "repository").path
        try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
        _ = try await run("git", ["init", "-q", "-b", "main", repository])
        var stream: [UInt8] = []
        for (number, tree) in [pair.base, pair.head].enumerated() {
            stream += "commit refs/heads/main\nmark :\(number + 1)\ncommitter t <t@t> \(number) +0000\n".utf8
            stream += "data 1\nx\n\(number == 1 ? "from :1\n" : "")deleteall\n".utf8
            for (path, entry) in tree.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                if entry.mode == "160000" {
                    stream += "M 160000 ".utf8 + entry.bytes + " ".utf8 + Self.quoted(path) + "\n".utf8
                } else {
                    stream += "M \(entry.mode) inline ".utf8 + Self.quoted(path)
                    stream += "\ndata \(entry.bytes.count)\n".utf8 + entry.bytes + "\n".utf8
                }
            }
        }
        _ = try await run("git", ["-C", repository, "fast-import", "--quiet"], input: stream)
        let commits = try await run("git", ["-C", repository, "rev-parse", "main~1", "main"])
            .split(separator: "\n").map(String.init)
        (base, head) = (commits[0], commits[1])
        for (path, entry) in pair.head where entry.isCheckedOut {
            let place = "\(repository)/\(String(decoding: path, as: UTF8.self))"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try "gitdir: ../.git/modules/it\n".write(
                toFile: place + "/.git", atomically: false, encoding: .utf8)
        }
        try write(pair.base, commit: base, to: "base", time: 1_000_000_000)
        try write(pair.head, commit: head, to: "head", time: 1_000_000_001)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// The tree that a build of one side reads. Both have the same last path component, so that the engine sees one
    /// local source that changes.
    func context(_ side: String) -> String { folder.appending(path: "\(side)/tree").path }

    /// - Parameter time: of the files, in seconds since 1970. To an engine that has seen the other side, a file with the
    ///   same size and time has not changed, and a clock that ticks every 4 ms gives both sides one.
    private func write(_ tree: Pair.Tree, commit: String, to side: String, time: time_t) throws {
        let times = [timeval](repeating: timeval(tv_sec: time, tv_usec: 0), count: 2)
        let root = context(side)
        for (path, entry) in tree {
            let bytes = Array(root.utf8) + [UInt8(ascii: "/")] + path + [0]
            let parent = bytes.prefix(upTo: bytes.lastIndex(of: UInt8(ascii: "/"))!) + [0]
            makeFolders(Array(parent))
            try bytes.withUnsafeBufferPointer { pointer in
                try pointer.withMemoryRebound(to: CChar.self) { name in
                    let name = name.baseAddress!
                    switch entry.mode {
                    case "160000":
                        mkdir(name, 0o755)
                        guard entry.isCheckedOut else { break }
                        let place = String(cString: name)
                        try "gitdir: ../.git/modules/it\n".write(
                            toFile: place + "/.git", atomically: false, encoding: .utf8)
                        try String(decoding: entry.bytes, as: UTF8.self).write(
                            toFile: place + "/file", atomically: false, encoding: .utf8)
                        for file in ["/.git", "/file"] { utimes(place + file, times) }
                    case "120000": symlink(String(decoding: entry.bytes, as: UTF8.self), name)
                    default:
                        guard let file = fopen(name, "w") else { throw CocoaError(.fileWriteUnknown) }
                        fwrite(entry.bytes, 1, entry.bytes.count, file)
                        fclose(file)
                        chmod(name, entry.mode == "100755" ? 0o755 : 0o644)
                        utimes(name, times)
                    }
                }
            }
        }
        let git = root + "/.git"
        try FileManager.default.createDirectory(atPath: git, withIntermediateDirectories: true)
        try commit.write(toFile: git + "/HEAD", atomically: false, encoding: .utf8)
        utimes(git + "/HEAD", times)
    }

    private func makeFolders(_ path: [UInt8]) {
        for index in path.indices.dropFirst() where path[index] == UInt8(ascii: "/") || path[index] == 0 {
            var part = Array(path[..<index].map { CChar(bitPattern: $0) })
            part.append(0)
            mkdir(part, 0o755)
        }
    }

    private static func quoted(_ path: [UInt8]) -> [UInt8] {
        Array("\"".utf8) + path.flatMap { Array("\\\(String($0, radix: 8).leftPadded(to: 3))".utf8) }
            + Array("\"".utf8)
    }
}

extension String {
    fileprivate func leftPadded(to length: Int) -> String {
        String(repeating: "0", count: max(0, length - count)) + self
    }
}

/// Runs a program found on the search path.
/// - Returns: what it wrote to its standard output.
/// - Throws: `CommandFailed` where it does not end with 0.
@discardableResult
func run(
    _ program: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
) async throws -> String {
    let output = try await start(program, arguments, input: input, environment: environment)
    guard output.succeeded else {
        throw CommandFailed(
            command: ([program] + arguments).joined(separator: " "),
            message: String(decoding: output.standardError, as: UTF8.self))
    }
    return String(decoding: output.standardOutput, as: UTF8.self)
}

func start(
    _ program: String, _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:]
) async throws -> Command.Output {
    let inherited = ProcessInfo.processInfo.environment
    let path =
        program.hasPrefix("/")
        ? program
        : (inherited["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 } ?? program
    return try await Command(
        program: path, arguments: arguments,
        environment: inherited.merging(environment) { $1 }, input: input, timeLimit: .seconds(600),
        outputLimit: 64 << 20
    ).run()
}

struct CommandFailed: Error, CustomStringConvertible {
    let command: String
    let message: String
    var description: String { "\(command): \(message)" }
}
