#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A pipe with much room, whose reader comes by now and then instead of waking up for each piece that is written.
struct LargePipe: Sendable {
    let readEnd: CInt
    /// Closed by who starts the program.
    let writeEnd: CInt
    private let pause: Duration

    private static let room = 1 << 20

    /// - Returns: nil where there is none to be had; `errno` says why.
    init?() {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
        #if os(Linux)
        // F_SETPIPE_SZ of fcntl(2), which the Glibc module leaves out. It fails where the user has many pipes.
        let isLarge = fcntl(readEnd, 1031, CInt(Self.room)) >= CInt(Self.room)
        #else
        let isLarge = false
        #endif
        pause = isLarge ? .milliseconds(1) : .microseconds(100)
    }

    /// All that is written until every writer has closed its end.
    /// - Returns: nil where it is more than the limit.
    func contents(limit: Int, progress: Command.Progress?) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        // Only what is written to takes memory.
        bytes.reserveCapacity(16 * Self.room)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(readEnd, buffer.baseAddress, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes.append(contentsOf: buffer[..<count])
                if bytes.count > limit { return nil }
                if let progress { bytes.withUnsafeBufferPointer { progress($0) } }
                if count == buffer.count { continue }
            } else if errno != EAGAIN, errno != EINTR {
                return bytes
            }
            try await Task.sleep(for: pause)
        }
    }
}
