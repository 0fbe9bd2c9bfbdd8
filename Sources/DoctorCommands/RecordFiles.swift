import BuildRecords
import Diagnostics
import Reports

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads records of builds from files and folders: logs, archives, and what a store holds.
enum RecordFiles {
    /// - Parameters:
    ///   - names: files, folders whose files are read, `-` for standard input, and builds that a builder remembers.
    ///   - remembered: what their builders told of these builds.
    ///   - key: the store's, where there is one.
    /// - Returns: at least one record, and whether all that was named could be read. What could not is told on standard error.
    /// - Throws: where none could.
    static func records(
        _ names: [String], _ remembered: RememberedBuilds, key: HashKey, in surroundings: Surroundings
    )
        throws(CommandFailure) -> (records: [BuildRecord], isWhole: Bool)
    {
        var records: [BuildRecord] = []
        var failures: [CommandFailure] = []
        for name in names {
            do throws(CommandFailure) {
                records += try self.records(of: name, remembered, key: key, in: surroundings)
            } catch {
                failures.append(error)
            }
        }
        if records.isEmpty, let first = failures.first { throw first }
        for failure in failures {
            surroundings.errorOutput(withoutWorkflowCommands("error: \(printable(failure.message))\n"))
        }
        if records.count > Limits.recordedBuilds { records.removeLast(records.count - Limits.recordedBuilds) }
        return (records, failures.isEmpty)
    }

    private static func records(
        of name: String, _ remembered: RememberedBuilds, key: HashKey, in surroundings: Surroundings
    ) throws(CommandFailure) -> [BuildRecord] {
        if let known = try remembered.records(name, key: key) { return known }
        guard !name.isEmpty else { throw .usage("a path is empty; is a variable not set?") }
        let path = name == "-" ? "-" : try surroundings.named(name)
        guard let (found, problems) = path == "-" ? nil : read(folder: path, key: key) else {
            do throws(RecordError) {
                return try read(file: path, key: key, followingLinks: true)
            } catch {
                throw .usage("\(name == "-" ? "standard input" : name): \(error)")
            }
        }
        guard !found.isEmpty else {
            throw .usage(
                problems.first.map { "\(name)/\($0)" } ?? "\(name): there is no file in this folder")
        }
        for problem in problems { surroundings.note("\(name)/\(problem)") }
        return found
    }

    /// - Returns: all builds in a folder's files, and why files cannot be read, each with its name; nil for what is no folder.
    static func read(folder path: String, key: HashKey) -> (records: [BuildRecord], problems: [String])? {
        guard let names = names(in: path) else { return nil }
        var records: [BuildRecord] = []
        var problems: [String] = []
        var bytes = 0
        var vertices = 0
        for (index, name) in names.enumerated() where records.count < Limits.recordedBuilds {
            bytes += size(of: path + "/" + name)
            guard bytes <= Limits.recordFolderBytes, vertices <= Limits.recordFolderVertices else {
                problems.append(
                    "\(name): too much is in this folder; \(names.count - index) files are not read")
                break
            }
            do throws(RecordError) {
                let found = try read(file: path + "/" + name, key: key, followingLinks: false)
                vertices += found.clampedSum(\.vertices.count)
                records += found
            } catch {
                problems.append("\(name): \(error)")
            }
        }
        return (records, problems)
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? min(Int(status.st_size), Limits.buildLogBytes) : 0
    }

    /// - Parameters:
    ///   - path: absolute, or `-` for standard input.
    ///   - isFollowing: whether a link at its end is followed, and pipes and devices are read.
    static func read(file path: String, key: HashKey, followingLinks isFollowing: Bool)
        throws(RecordError) -> [BuildRecord]
    {
        if path == "-" { return try read(STDIN_FILENO, key) }
        // O_NONBLOCK: opening a FIFO waits for its writer.
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (isFollowing ? 0 : O_NOFOLLOW)
        let file = try opened(path, flags | O_NONBLOCK)
        defer { close(file) }
        var status = stat()
        if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return try read(file, key) }
        guard isFollowing else { throw RecordError("it is no file") }
        let pipe = try opened(path, flags)
        defer { close(pipe) }
        return try read(pipe, key)
    }

    private static func opened(_ path: String, _ flags: Int32) throws(RecordError) -> Int32 {
        let file = open(path, flags)
        guard file >= 0 else {
            throw RecordError("the file cannot be read: \(String(cString: strerror(errno)))")
        }
        return file
    }

    /// To the end of an open file.
    private static func read(_ file: Int32, _ key: HashKey) throws(RecordError) -> [BuildRecord] {
        var reader = RecordReader(key: key)
        var stored: [UInt8]?
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var count = 0
        while true {
            let got = readBytes(file, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw RecordError("the file cannot be read: \(String(cString: strerror(errno)))")
            }
            if got == 0 { break }
            if count == 0, StoredRecord.isStored(buffer[..<got]) { stored = [] }
            count += got
            guard count <= (stored == nil ? Limits.buildLogBytes : Limits.storedRecordBytes) else {
                throw RecordError(
                    "it is larger than \((stored == nil ? Limits.buildLogBytes : Limits.storedRecordBytes) >> 20) MiB"
                )
            }
            if stored == nil { reader.add(buffer[..<got]) } else { stored? += buffer[..<got] }
        }
        if let stored { return [try StoredRecord.read(stored, key: key)] }
        return try reader.finished().map { $0.keyed(by: key) }
    }

    /// The names of a folder's files in order, without what is hidden, and without a store's key.
    /// - Returns: nil for what is no folder.
    static func names(in path: String) -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < Limits.recordFiles, let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            // What waits for a writer, and links to other places, are no records.
            guard !name.hasPrefix("."), name != "key", lstat(path + "/" + name, &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { continue }
            names.append(name)
        }
        return names.sorted()
    }
}

extension Surroundings {
    /// Prints what a reader of the output may want to know, on standard error.
    func note(_ text: String) { errorOutput(withoutWorkflowCommands("note: \(printable(text))\n")) }
}

/// `read(2)`, by a name that the type's own methods do not hide.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}
