#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a program is told on its standard input while it writes.
struct Conversation: Sendable {
    /// This process's end of the program's standard input.
    let end: CInt
    /// Closed by who starts the program.
    let programsEnd: CInt
    private let answer: Command.Answer
    private var unsent: ArraySlice<UInt8>
    private var isOver = false
    private(set) var isStopped = false

    /// - Parameter first: what the program is told before it has written anything.
    /// - Returns: nil where there is no socket to be had; `errno` says why.
    init?(_ first: [UInt8], answering answer: @escaping Command.Answer) {
        var ends: [CInt] = [-1, -1]
        // Unlike a pipe, a socket can be written to without a signal where the program has ended.
        #if canImport(Glibc)
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return nil }
        #else
        guard socketpair(AF_UNIX, SOCK_STREAM, 0, &ends) == 0 else { return nil }
        var isSilent: CInt = 1
        setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &isSilent, socklen_t(MemoryLayout<CInt>.size))
        #endif
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (end, programsEnd) = (ends[0], ends[1])
        self.answer = answer
        unsent = first[...]
    }

    /// The program has not taken all that it is to be told.
    var hasMore: Bool { !unsent.isEmpty }

    /// - Parameter output: all that the program has written.
    /// - Returns: whether the program has nothing to do but to answer.
    mutating func hear(_ output: [UInt8]) -> Bool {
        if isOver { return false }
        guard let words = output.withUnsafeBufferPointer(answer) else {
            isOver = true
            return true
        }
        isStopped = words.isStop
        unsent += words.bytes
        return words.isAwaited
    }

    /// As much as the program takes without waiting. After the last of it, its input ends.
    mutating func send() {
        while !unsent.isEmpty {
            #if canImport(Glibc)
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
            #else
            let flags = MSG_DONTWAIT
            #endif
            let count = unsent.withUnsafeBytes { Self.send(end, $0, flags) }
            if count > 0 {
                unsent = unsent.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // It has ended, or listens no more: what it has written says why.
                unsent = []
                isOver = true
            }
        }
        if isOver { shutdown(end, CInt(SHUT_WR)) }
    }

    private static func send(_ socket: CInt, _ bytes: UnsafeRawBufferPointer, _ flags: CInt) -> Int {
        #if canImport(Glibc)
        Glibc.send(socket, bytes.baseAddress, bytes.count, flags)
        #else
        Darwin.send(socket, bytes.baseAddress, bytes.count, flags)
        #endif
    }
}
