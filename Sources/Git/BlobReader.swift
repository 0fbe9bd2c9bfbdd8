internal import Diagnostics
internal import Processes

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Reads what one `git cat-file --batch` writes of files, and stops it before one that is far too large.
struct BlobReader {
    private let objects: [ObjectID]
    private let limit: Int
    private var places: [Range<Int>?] = []
    /// Where the next answer begins in what git writes.
    private var start = 0
    /// What git was stopped before.
    private(set) var large: ObjectID?
    /// git does not have one of them.
    private(set) var isMissing = false

    /// - Parameter limit: in bytes; larger files are not kept.
    init(_ objects: [ObjectID], limit: Int) {
        self.objects = objects
        self.limit = limit
    }

    var question: [UInt8] { Array(objects.map { "\($0)\n" }.joined().utf8) }

    /// - Parameter written: all that git has written so far.
    mutating func read(_ written: UnsafeBufferPointer<UInt8>) -> Command.Words? {
        while places.count < objects.count, start < written.count, let base = written.baseAddress,
            let found = memchr(base + start, 0x0A, written.count - start)
        {
            let newline = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            guard let header = ObjectHeader(written[start..<newline]) else {
                isMissing = true
                places.append(nil)
                start = newline + 1
                continue
            }
            if header.size > max(limit, Limits.gitFileBytes) {
                large = objects[places.count]
                return .stop
            }
            let body = (newline + 1)..<(newline + 1 + header.size)
            guard body.upperBound < written.count else { break }
            places.append(header.type == "blob" && header.size <= limit ? body : nil)
            start = body.upperBound + 1
        }
        return places.count == objects.count ? nil : Command.Words([], isAwaited: false)
    }

    /// - Parameter written: all that git has written.
    /// - Returns: the contents of those that git has and that are not too large.
    func contents(_ written: [UInt8]) -> [ObjectID: [UInt8]] {
        var contents: [ObjectID: [UInt8]] = [:]
        for (object, place) in zip(objects, places) {
            if let place, place.upperBound <= written.count { contents[object] = Array(written[place]) }
        }
        return contents
    }
}
