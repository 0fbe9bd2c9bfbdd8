import BuildRecords
import Diagnostics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A folder with one file for each build. Only this file writes there.
///
/// Any number of processes may read and write at one time, and be killed: a file is there as a whole or not at all, and is
/// never changed. No lock is held.
struct RecordStore {
    /// Absolute; need not exist.
    let path: String

    private static let keyName = "key"
    private static let keyBytes = 32

    /// What became of builds that were added.
    struct Added {
        var new = 0
        /// They were there, and are told better now.
        var replaced = 0
        var known = 0
        var tooOld = 0
        var tooLarge = 0
        /// They came with too many others that are newer.
        var tooMany = 0
        /// Files of older builds that went for them.
        var expired = 0
    }

    // MARK: The key

    /// The key of the hashes in this store; nil where there is none yet.
    func key() throws(CommandFailure) -> HashKey? {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        return try key(in: folder)
    }

    private func key(in folder: Int32) throws(CommandFailure) -> HashKey? {
        let file = openat(folder, Self.keyName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        if file < 0, errno == ENOENT { return nil }
        defer { if file >= 0 { close(file) } }
        var status = stat()
        var bytes = [UInt8](repeating: 0, count: Self.keyBytes)
        guard file >= 0, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size == Self.keyBytes, read(file, &bytes, bytes.count) == bytes.count
        else {
            throw .usage(
                "\(path)/\(Self.keyName) is not the key that clm-doctor made; delete it, and arguments of builds that are there "
                    + "already cannot be compared with those of new ones")
        }
        return HashKey(bytes)
    }

    /// The key, which is made where there is none: of two processes that make one, both use the first.
    private func makeKey(in folder: Int32) throws(CommandFailure) -> HashKey {
        if let key = try key(in: folder) { return key }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<Self.keyBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        do throws(WholeFile.Failure) {
            try WholeFile.make(Self.keyName, in: folder, with: bytes, mode: 0o600, places: [folder])
        } catch {
            if let key = try key(in: folder) { return key }
            throw .usage("\(path)/\(Self.keyName): \(error.reason)")
        }
        return HashKey(bytes)
    }

    // MARK: Reading

    /// - Parameters:
    ///   - key: of hashes of what is no file of a store, such as a `.dockerbuild`.
    /// - Returns: all builds that can be read, and why files cannot.
    func contents(key: HashKey) -> (records: [BuildRecord], problems: [String]) {
        RecordFiles.read(folder: path, key: key) ?? ([], [])
    }

    // MARK: Writing

    /// Adds builds, and takes away what is then too much.
    /// - Parameter read: gets the store's key and reads what is to be added.
    func add(_ read: (HashKey) throws(CommandFailure) -> [BuildRecord]) throws(CommandFailure) -> Added {
        let folder = try openFolder()
        defer { close(folder) }
        let key = try makeKey(in: folder)
        _ = Leftovers.find(in: path, isCleared: true)
        let retention = RecordRetention(now: time(nil))
        var added = Added()
        for record in Self.newestFirst(try read(key)) {
            let stored = StoredRecord(record, key: key)
            let text = stored.text
            if let started = record.started, retention.isTooOld(started / 1000) {
                added.tooOld += 1
            } else if text.utf8.count > Limits.storedRecordBytes {
                added.tooLarge += 1
            } else {
                try add(stored, text, in: folder, key: key, to: &added)
            }
        }
        for name in retention.expired(of: files(in: folder)) where unlinkat(folder, name, 0) == 0 {
            added.expired += 1
        }
        return added
    }

    /// Of builds that do not tell when they began, the last ones come first, before all others.
    private static func newestFirst(_ records: [BuildRecord]) -> [BuildRecord] {
        records.enumerated().sorted {
            ($0.element.started ?? .max, $0.offset) > ($1.element.started ?? .max, $1.offset)
        }.map(\.element)
    }

    private func add(
        _ stored: StoredRecord, _ text: String, in folder: Int32, key: HashKey, to added: inout Added
    ) throws(CommandFailure) {
        let name = stored.fileName
        let old = try? RecordFiles.read(file: "\(path)/\(name)", key: key, followingLinks: false).first
        if let old, !stored.tellsMore(than: old) {
            added.known += 1
            return
        }
        if old == nil, added.new == Limits.addedRecords {
            added.tooMany += 1
            return
        }
        do throws(WholeFile.Failure) {
            try WholeFile.replace(
                name, in: folder, with: text.utf8, like: nil, mode: 0o600, places: [folder])
        } catch {
            throw .usage("\(path)/\(name) cannot be written: \(error.reason)")
        }
        if let started = stored.record.started { date(name, in: folder, seconds: started / 1000) }
        if old == nil { added.new += 1 } else { added.replaced += 1 }
    }

    /// A file is as old as its build, so that its age is known without reading it.
    private func date(_ name: String, in folder: Int32, seconds: Int) {
        let now = time(nil)
        let times = [timespec(tv_sec: now, tv_nsec: 0), timespec(tv_sec: min(seconds, now), tv_nsec: 0)]
        utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW)
    }

    /// Deletes the builds that were added. Other files that lie there stay, and so does the key.
    /// - Returns: how many.
    func clear() throws(CommandFailure) -> Int {
        guard RecordFiles.names(in: path) != nil else { return 0 }
        let folder = try openFolder()
        defer { close(folder) }
        _ = Leftovers.find(in: path, isCleared: true)
        var count = 0
        for file in files(in: folder) {
            guard unlinkat(folder, file.name, 0) == 0 else {
                if errno == ENOENT { continue }
                throw .usage("\(path)/\(file.name) cannot be deleted: \(String(cString: strerror(errno)))")
            }
            count += 1
        }
        return count
    }

    /// How many builds `clear` would delete.
    var count: Int {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return 0 }
        defer { close(folder) }
        return files(in: folder).count
    }

    /// Makes the folder, and those above it, where they are not there; nobody else may read it.
    private func openFolder() throws(CommandFailure) -> Int32 {
        var end = path.utf8.startIndex
        while end < path.utf8.endIndex {
            let next = path.utf8.index(after: end)
            end = path.utf8[next...].firstIndex(of: UInt8(ascii: "/")) ?? path.utf8.endIndex
            mkdir(String(path[..<end]), 0o700)
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw .usage(
                "\(path) is no folder that can be written to: \(String(cString: strerror(errno))); --records names another"
            )
        }
        return folder
    }

    /// The files that were added, whatever is in them now.
    private func files(in folder: Int32) -> [RecordRetention.File] {
        (RecordFiles.names(in: path) ?? []).filter(StoredRecord.isFileName).compactMap { name in
            var status = stat()
            guard isOurs(name, in: folder), fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                return nil
            }
            return RecordRetention.File(
                name: name, time: status.st_mtim.tv_sec, bytes: Int(clamping: status.st_size))
        }
    }

    /// Whether a file of such a name was written by `add`: others may have such names too.
    private func isOurs(_ name: String, in folder: Int32) -> Bool {
        let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var start = [UInt8](repeating: 0, count: 128)
        let count = read(file, &start, start.count)
        return count > 0 && StoredRecord.isStored(start[..<count])
    }
}
