#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
#if os(Linux)
import CLinux
#endif

/// Writes files whole or not at all: who reads one meets the old content or the new one.
///
/// The content goes to a file without a name (`O_TMPFILE`, open(2)), which nothing can leave behind. To take the place of
/// another file it needs a name between two system calls, as linkat(2) replaces nothing: signals that would end the
/// process wait so long, and what a SIGKILL leaves there, `Leftovers` finds. Where the file system has no files without
/// a name, it has one from the start.
enum WholeFile {
    /// Why a file was not written; the text continues the file's name in a sentence.
    struct Failure: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }

        /// What the system call before said.
        static func system(_ what: String) -> Failure {
            Failure("\(what): \(String(cString: strerror(errno)))")
        }
    }

    /// An open file whose owner, mode and extended attributes the new one gets.
    struct Model {
        let descriptor: Int32
        let status: stat
    }

    /// Puts a file in place of another.
    /// - Parameters:
    ///   - name: in the folder.
    ///   - folder: a descriptor.
    ///   - mode: where there is no model; nil for what the umask leaves of 666.
    ///   - places: folders of the same file system where a name for a moment may stand, the best first.
    ///   - check: the last look at what is replaced.
    static func replace(
        _ name: String, in folder: Int32, with bytes: some Collection<UInt8>, like model: Model?,
        mode: mode_t? = nil, places: [Int32], check: () throws(Failure) -> Void = { () throws(Failure) in }
    ) throws(Failure) {
        let file = try Unnamed(in: folder, or: places)
        defer { close(file.descriptor) }
        try withoutEndingSignals { () throws(Failure) in
            defer { file.removeName() }
            try fill(file.descriptor, with: bytes, like: model, mode: mode)
            try check()
            let named = try file.named(places)
            guard renameat(named.folder, named.name, folder, name) == 0 else {
                let failure = Failure.system("it cannot be replaced")
                unlinkat(named.folder, named.name, 0)
                throw failure
            }
        }
        fsync(folder)
    }

    /// Makes a file that is not there.
    /// - Parameter mode: nil for what the umask leaves of 666.
    static func make(
        _ name: String, in folder: Int32, with bytes: some Collection<UInt8>, mode: mode_t? = nil,
        places: [Int32]
    ) throws(Failure) {
        let file = try Unnamed(in: folder, or: places)
        defer { close(file.descriptor) }
        try withoutEndingSignals { () throws(Failure) in
            defer { file.removeName() }
            try fill(file.descriptor, with: bytes, like: nil, mode: mode)
            guard file.link(to: name, in: folder) else {
                throw errno == EEXIST ? Failure("it is there meanwhile") : .system("it cannot be made")
            }
        }
        fsync(folder)
    }

    private static func fill(
        _ file: Int32, with bytes: some Collection<UInt8>, like model: Model?, mode: mode_t?
    ) throws(Failure) {
        guard writeAll(bytes, to: file) else { throw .system("it cannot be written") }
        if let model {
            let old = model.status
            let isOwn = old.st_uid == geteuid() && old.st_gid == getegid()
            guard isOwn || fchown(file, old.st_uid, old.st_gid) == 0 else {
                throw Failure("it belongs to somebody else")
            }
            try copyAttributes(from: model.descriptor, to: file)
            guard fchmod(file, old.st_mode & 0o7777) == 0 else { throw .system("its mode cannot be kept") }
        } else {
            let mask = umask(0)
            umask(mask)
            guard fchmod(file, mode ?? 0o666 & ~mask) == 0 else { throw .system("its mode cannot be set") }
        }
        guard fsync(file) == 0 else { throw .system("it cannot be written") }
    }

    /// What security.ima and security.evm hold are sums of the old content, which the kernel makes itself
    /// (docs.kernel.org, ABI/testing/ima_policy).
    private static let ofContent: Set<String> = ["security.ima", "security.evm"]

    private static func copyAttributes(from old: Int32, to new: Int32) throws(Failure) {
        #if os(Linux)
        var names = [CChar](repeating: 0, count: 1 << 16)
        let size = flistxattr(old, &names, names.count)
        if size < 0, errno == ENOTSUP { return }
        guard size >= 0 else { throw .system("its extended attributes cannot be read") }
        var value = [UInt8](repeating: 0, count: 1 << 16)
        for name in names[..<size].split(separator: 0) {
            let text = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if ofContent.contains(text) { continue }
            let name = Array(name) + [0]
            let count = fgetxattr(old, name, &value, value.count)
            guard count >= 0 else { throw .system("its extended attribute \(text) cannot be read") }
            var present = [UInt8](repeating: 0, count: count + 1)
            let isSet = fgetxattr(new, name, &present, present.count) == count
            if isSet, present[..<count] == value[..<count] { continue }
            guard fsetxattr(new, name, value, count, 0) == 0 else {
                throw .system("its extended attribute \(text) cannot be kept")
            }
        }
        #endif
    }

    /// Writes all of it, however much the system takes at once.
    static func writeAll(_ bytes: some Collection<UInt8>, to file: Int32) -> Bool {
        func writeAll(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = writeBytes(file, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
        return bytes.withContiguousStorageIfAvailable(writeAll)
            ?? Array(bytes).withUnsafeBufferPointer(writeAll)
    }

    // MARK: A file without a name

    private struct Unnamed {
        let descriptor: Int32
        /// The name that it has all the same.
        private let name: (folder: Int32, name: String)?

        init(in folder: Int32, or places: [Int32]) throws(Failure) {
            #if os(Linux)
            // Not in glibc's module; fcntl.h of asm-generic has the same for all that Swift knows.
            let withoutName: Int32 = 0o20_000_000 | O_DIRECTORY
            let file = openat(folder, ".", withoutName | O_WRONLY | O_CLOEXEC, 0o600)
            // Without /proc it could not get a name.
            if file >= 0, access("/proc/self/fd/\(file)", F_OK) == 0 {
                descriptor = file
                name = nil
                return
            }
            if file >= 0 { close(file) }
            #endif
            let made = try Leftovers.withFreeName(in: places) { place, name in
                openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
            descriptor = made.result
            // Who clears leftovers sees by the lock that this is none.
            flock(descriptor, LOCK_EX | LOCK_NB)
            name = (made.folder, made.name)
        }

        /// Gives it a name for a moment.
        func named(_ places: [Int32]) throws(Failure) -> (folder: Int32, name: String) {
            if let name { return name }
            flock(descriptor, LOCK_EX | LOCK_NB)
            let made = try Leftovers.withFreeName(in: places) { place, name in
                link(to: name, in: place) ? 0 : -1
            }
            return (made.folder, made.name)
        }

        func link(to name: String, in folder: Int32) -> Bool {
            if let old = self.name { return linkat(old.folder, old.name, folder, name, 0) == 0 }
            return linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", folder, name, AT_SYMLINK_FOLLOW) == 0
        }

        /// No matter where it has none.
        func removeName() { if let name { unlinkat(name.folder, name.name, 0) } }
    }
}

/// `write(2)`, by a name that no method hides.
func writeBytes(_ file: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, buffer, count)
}
