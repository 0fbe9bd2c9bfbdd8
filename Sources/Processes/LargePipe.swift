internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A pipe with much room, for a program that writes much, and the other way to that program where it is talked to.
///
/// It is read by a thread of its own, which waits without keeping others from their work.
struct LargePipe: Sendable {
    let readEnd: CInt
    /// Closed by who starts the program.
    let writeEnd: CInt
    private let isLarge: Bool

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
        isLarge = fcntl(readEnd, 1031, CInt(Self.room)) >= CInt(Self.room)
        #else
        isLarge = false
        #endif
    }

    /// All that is written until every writer has closed its end.
    /// - Parameters:
    ///   - limit: in bytes.
    ///   - conversation: what the writer is told meanwhile.
    ///   - isGathered: much comes in small pieces.
    /// - Returns: nil where it is more than the limit.
    func contents(
        limit: Int, answering conversation: Conversation?, isGathered: Bool
    ) async -> [UInt8]? {
        let isCancelled = Mutex(false)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Unlike the threads of a global queue, which are the ones that tasks run on, this one may wait.
                DispatchQueue(label: "clm-doctor.pipe").async {
                    continuation.resume(
                        returning: read(limit: limit, conversation, isGathered) {
                            isCancelled.withLock { $0 }
                        })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    private func read(
        limit: Int, _ conversation: Conversation?, _ isGathered: Bool, isCancelled: () -> Bool
    ) -> [UInt8]? {
        var conversation = conversation
        var isAwaited = conversation != nil
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(limit, 2 * Self.room))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.room, alignment: 16)
        defer { buffer.deallocate() }
        while !isCancelled() {
            conversation?.send()
            let count = Self.read(readEnd, buffer)
            if count == 0 { return bytes }
            if count > 0 {
                bytes.append(contentsOf: buffer[..<count])
                if bytes.count > limit { return nil }
                isAwaited = conversation?.hear(bytes) ?? false
                if conversation?.isStopped == true { return nil }
            } else if errno == EAGAIN || errno == EINTR {
                wait(for: conversation)
                // Much comes at once, in place of a waking up for each piece that is written.
                if !isAwaited { usleep(isLarge && isGathered ? 1000 : 100) }
            } else {
                return bytes
            }
        }
        return bytes
    }

    private static func read(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #else
        Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    private func wait(for conversation: Conversation?) {
        var events = [pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)]
        if let conversation, conversation.hasMore {
            events.append(pollfd(fd: conversation.end, events: Int16(POLLOUT), revents: 0))
        }
        poll(&events, nfds_t(events.count), 50)
    }
}
