internal import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a program has started, wherever it went: a process group, a session or a parent of its own.
///
/// Each command carries a mark in its environment, which what it starts inherits. On Linux it is found by
/// `/proc/PID/environ`; elsewhere nothing is. A process that has cleared its environment, or that runs as another user, is
/// known only as a descendant of one that is still there.
enum Descendants {
    static let variable = "CLM_DOCTOR_COMMAND"

    /// Begins with `marks` of this process.
    static func mark(number: Int) -> String { "\(marks)\(number)." }
    static let marks = "\(getpid())-\(UInt64.random(in: 0 ... .max))-"

    /// The processes below one, by the parents that they have now.
    static func tree(below process: pid_t) -> Set<pid_t> {
        var children: [pid_t: [pid_t]] = [:]
        for id in processes() {
            if let parent = status(of: id)?.parent { children[parent, default: []].append(id) }
        }
        var found: Set<pid_t> = []
        var open = [process]
        while let id = open.popLast() {
            for child in children[id] ?? [] where found.insert(child).inserted { open.append(child) }
        }
        return found
    }

    /// Kills what carries a mark, until there is none any more.
    /// - Parameters:
    ///   - mark: a mark, or what several begin with.
    ///   - others: processes that are to end as well.
    /// - Returns: those that could not be ended.
    static func end(_ mark: String, and others: Set<pid_t> = []) -> [pid_t] {
        let text = Array("\(variable)=\(mark)".utf8)
        var left: Set<pid_t> = []
        // One that is killed may have started another before.
        for round in 0..<50 {
            if round > 0 { usleep(2000) }
            left = Set(processes().filter { carries(text, $0) }).union(others).filter {
                $0 != getpid() && status(of: $0).map { !$0.isDead } ?? false
            }
            if left.isEmpty { break }
            for id in left { kill(id, SIGKILL) }
        }
        return left.sorted()
    }

    // MARK: - /proc

    private static func processes() -> [pid_t] {
        #if os(Linux)
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var ids: [pid_t] = []
        while let entry = readdir(stream) {
            let id = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                pid_t(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
            if let id { ids.append(id) }
        }
        return ids
        #else
        return []
        #endif
    }

    private static func carries(_ text: [UInt8], _ process: pid_t) -> Bool {
        guard let environment = contents("/proc/\(process)/environ", limit: Limits.processEnvironmentBytes)
        else { return false }
        return environment.split(separator: 0).contains { $0.starts(with: text) }
    }

    /// `PID (NAME) STATE PPID …`, where the name may hold anything (proc_pid_stat(5)).
    private static func status(of process: pid_t) -> (parent: pid_t, isDead: Bool)? {
        guard let line = contents("/proc/\(process)/stat", limit: 4096),
            let end = line.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let words = line[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard words.count > 1, let parent = pid_t(String(decoding: words[1], as: UTF8.self)) else {
            return nil
        }
        return (parent, words[0].first == UInt8(ascii: "Z") || words[0].first == UInt8(ascii: "X"))
    }

    private static func contents(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        while bytes.count < limit {
            let count = read(file, buffer.baseAddress, buffer.count)
            if count <= 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }
}
