#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The names that a file has for a moment before it takes another's place (`WholeFile`), and what is left of them where
/// the process was killed in that moment.
enum Leftovers {
    private static let prefix = ".clm-doctor-"
    private static let suffix = ".tmp"
    private static let digits = 16

    /// Tries names until one is free; they do not depend on the file's own, which may be as long as a name can be.
    /// - Parameters:
    ///   - folders: the first that takes it.
    ///   - make: makes it, or says by a negative number and `errno` why not.
    static func withFreeName(
        in folders: [Int32], _ make: (_ folder: Int32, _ name: String) -> Int32
    ) throws(WholeFile.Failure) -> (folder: Int32, name: String, result: Int32) {
        for folder in folders {
            for _ in 0..<100 {
                let random = String(UInt64.random(in: 0...UInt64.max), radix: 16)
                let name =
                    prefix + String(repeating: "0", count: digits - random.utf8.count) + random + suffix
                let result = make(folder, name)
                if result >= 0 { return (folder, name, result) }
                if errno != EEXIST { break }
            }
        }
        throw .system("no file can be made beside it")
    }

    /// Whether a name is one of these.
    static func isLeftover(_ name: String) -> Bool {
        name.utf8.count == prefix.utf8.count + digits + suffix.utf8.count && name.hasPrefix(prefix)
            && name.hasSuffix(suffix)
            && name.utf8.dropFirst(prefix.utf8.count).prefix(digits).allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    /// The names that are left in a folder; those of a run that still goes on are locked and none of them.
    /// - Parameter isCleared: whether they are taken away.
    static func find(in folder: String, isCleared: Bool) -> [String] {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if isLeftover(name), isAbandoned(name, in: descriptor) { names.append(name) }
        }
        names.sort()
        if isCleared { for name in names { unlinkat(descriptor, name, 0) } }
        return names
    }

    /// A regular file of ours that no process holds.
    private static func isAbandoned(_ name: String, in folder: Int32) -> Bool {
        let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else { return false }
        defer { close(file) }
        var status = stat()
        return fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_uid == geteuid() && flock(file, LOCK_EX | LOCK_NB) == 0
    }
}
