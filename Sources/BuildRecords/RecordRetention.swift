internal import Diagnostics

/// Which files a store keeps: no more than `Limits` say, and the newest.
package struct RecordRetention: Sendable {
    package struct File: Sendable, Hashable {
        package let name: String
        /// When its build began, in seconds since 1970; when it was added, where its source does not tell.
        package let time: Int
        package let bytes: Int

        package init(name: String, time: Int, bytes: Int) {
            self.name = name
            self.time = time
            self.bytes = bytes
        }
    }

    private let oldest: Int

    /// - Parameter now: in seconds since 1970.
    package init(now: Int) { oldest = now - Limits.storedDays * 86_400 }

    /// - Parameter time: when a build began, in seconds since 1970.
    package func isTooOld(_ time: Int) -> Bool { time < oldest }

    /// - Returns: the names of those that go.
    package func expired(of files: [File]) -> [String] {
        var kept = 0
        var bytes = 0
        return files.sorted { ($0.time, $0.name) > ($1.time, $1.name) }.filter { file in
            bytes += file.bytes
            if isTooOld(file.time) || kept == Limits.storedRecords || bytes > Limits.storedBytes {
                return true
            }
            kept += 1
            return false
        }.map(\.name)
    }
}
