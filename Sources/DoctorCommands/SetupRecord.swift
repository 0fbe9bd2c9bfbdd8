import Diagnostics
import JSON

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What `clm-doctor init` wrote: a file in the repository's git folder. There it is of this clone alone, no commit and no
/// pull request can change it, and it goes with the clone.
struct SetupRecord {
    struct Entry: Hashable {
        /// Relative to the repository's root.
        let path: String
        /// SHA-256 of what was written, in hexadecimal.
        let digest: String

        init(path: String, digest: String) {
            self.path = path
            self.digest = digest
        }

        init(_ file: Setup.File) {
            self.init(path: file.path, digest: Self.digest(of: Array(file.text.utf8)))
        }

        /// Whether a file holds what was written, but for the line ends that git makes in a checkout, and for the repository
        /// that a person named in place of the placeholder, as `init` told them to.
        func isHeld(by bytes: [UInt8]) -> Bool {
            if Self.digest(of: bytes) == digest { return true }
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let unix = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
                .joined(separator: [UInt8(ascii: "\n")])
            var text = String(decoding: Array(unix), as: UTF8.self)
            if Self.digest(of: Array(text.utf8)) == digest { return true }
            guard let source = Setup.source(in: text) else { return false }
            text.replaceSubrange(source, with: Setup.unknownSource)
            return Self.digest(of: Array(text.utf8)) == digest
        }

        private static func digest(of bytes: [UInt8]) -> String { hexadecimal(SHA256.digest(of: bytes)) }
    }

    /// Absolute.
    let path: String
    private(set) var entries: [Entry] = []

    private static let schema = "clm-doctor/init/1"

    /// - Parameter folder: the repository's git folder, an absolute path.
    /// - Throws: `CommandFailure` for a file that is no such record.
    init(in folder: String) throws(CommandFailure) {
        path = folder + "/clm-doctor-init.json"
        let bytes: [UInt8]?
        do { bytes = try FileWriting.read(path, limit: Limits.textFileBytes) } catch {
            throw .usage(error.description)
        }
        guard let bytes else { return }
        guard let json = try? JSON.parse(bytes), json["schema"]?.string == Self.schema,
            let files = json["files"]?.array
        else { throw .usage("\(path) is no record of what init wrote; delete it") }
        for file in files {
            guard let path = file["path"]?.string, let digest = file["sha256"]?.string else { continue }
            entries.append(Entry(path: path, digest: digest))
        }
    }

    /// Remembers files, of which the record may know earlier contents.
    mutating func add(_ files: [Setup.File]) throws(CommandFailure) {
        let new = files.map(Entry.init)
        let paths = Set(new.map(\.path))
        try keep(entries.filter { !paths.contains($0.path) } + new)
    }

    /// Remembers these alone; no file is left where there are none.
    mutating func keep(_ entries: [Entry]) throws(CommandFailure) {
        self.entries = entries
        if entries.isEmpty {
            unlink(path)
            return
        }
        let json: JSON = [
            "schema": .string(Self.schema),
            "files": .array(entries.map { ["path": .string($0.path), "sha256": .string($0.digest)] }),
        ]
        do { try FileWriting.replace(path, with: json.text(.pretty) + "\n") } catch {
            throw .usage(error.description)
        }
    }
}
