internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Which file each thread works on, for the last line of a process that crashes or goes over its limits.
///
/// A signal handler is given nothing and may not allocate or lock, hence this state of the whole process: a table that is
/// never freed, of which each thread writes a row of its own.
package enum ExaminedFile {
    /// Tells what this thread reads or judges from now on. What went before is forgotten.
    package static func begin(_ path: String) {
        guard let row = rowOfThisThread() else { return }
        var path = path
        path.withUTF8 { bytes in
            let count = min(bytes.count, textBytes)
            row.pointee.began = 0
            if let start = bytes.baseAddress { text(of: row).update(from: start, count: count) }
            row.pointee.count = count
            row.pointee.began = clock.add(1, ordering: .relaxed).newValue
        }
    }

    /// This thread works on nothing.
    package static func end() { rowOfThisThread()?.pointee.began = 0 }

    /// The path of what this thread works on, cut to what there is room for; may be called by a signal handler.
    package static var ofThisThread: UnsafeBufferPointer<UInt8>? {
        pthread_getspecific(key).flatMap { path(in: $0.assumingMemoryBound(to: Row.self)) }
    }

    /// The path of what a thread has worked on for longest; may be called by a signal handler.
    package static var longest: UnsafeBufferPointer<UInt8>? {
        var oldest: UnsafeMutablePointer<Row>?
        for index in 0..<rowCount where rows[index].began > 0 {
            if oldest.map({ rows[index].began < $0.pointee.began }) ?? true { oldest = rows + index }
        }
        return oldest.flatMap { path(in: $0) }
    }

    /// Makes what a handler reads. A handler may not be the first to ask for it.
    package static func prepare() { _ = (key, rows, texts) }

    private struct Row {
        /// When it was begun, in files of this process; 0 where there is none.
        var began = 0
        var count = 0
    }

    /// More than there are threads that read files; those beyond have no row.
    private static let rowCount = 32
    private static let textBytes = 256
    private static let clock = Atomic(0)
    private static let used = Atomic(0)
    nonisolated(unsafe) private static let rows: UnsafeMutablePointer<Row> = {
        let rows = UnsafeMutablePointer<Row>.allocate(capacity: rowCount)
        rows.initialize(repeating: Row(), count: rowCount)
        return rows
    }()
    nonisolated(unsafe) private static let texts: UnsafeMutablePointer<UInt8> = {
        let texts = UnsafeMutablePointer<UInt8>.allocate(capacity: rowCount * textBytes)
        texts.initialize(repeating: 0, count: rowCount * textBytes)
        return texts
    }()
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    private static func rowOfThisThread() -> UnsafeMutablePointer<Row>? {
        if let row = pthread_getspecific(key) { return row.assumingMemoryBound(to: Row.self) }
        guard used.load(ordering: .relaxed) < rowCount else { return nil }
        let index = used.add(1, ordering: .relaxed).oldValue
        guard index < rowCount else { return nil }
        pthread_setspecific(key, rows + index)
        return rows + index
    }

    private static func text(of row: UnsafeMutablePointer<Row>) -> UnsafeMutablePointer<UInt8> {
        texts + (row - rows) * textBytes
    }

    private static func path(in row: UnsafeMutablePointer<Row>) -> UnsafeBufferPointer<UInt8>? {
        guard row.pointee.began > 0 else { return nil }
        return UnsafeBufferPointer(start: text(of: row), count: row.pointee.count)
    }
}
