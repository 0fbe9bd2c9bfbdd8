/// A commit of a branch's history, with what it changed.
package struct HistoryCommit: Sendable {
    package let id: ObjectID
    /// When it was made (the committer's time), in seconds since 1970.
    package let time: Int
    /// Against its first parent.
    package let changes: [TreeChange]

    /// - Parameter output: of `git log -m --raw -z --format=tformat:'%H %ct %P'`: each commit's line and NUL, and for each
    ///   file `:<mode> <mode> <id> <id> <status> NUL <path> NUL`, with a line feed before the first.
    /// - Returns: those with a parent; it ends at what is no such output.
    package static func all(in output: [UInt8]) -> [HistoryCommit] {
        var commits: [HistoryCommit] = []
        var header: [ArraySlice<UInt8>] = []
        var changes: [TreeChange] = []
        func finish() {
            guard header.count > 2, let id = ObjectID(hex: header[0]),
                let time = Int(String(decoding: header[1], as: UTF8.self))
            else { return }
            commits.append(HistoryCommit(id: id, time: time, changes: changes))
        }
        var fields = output.split(separator: 0, omittingEmptySubsequences: false)[...]
        while var field = fields.popFirst(), !field.isEmpty {
            if field.first == UInt8(ascii: "\n") { field = field.dropFirst() }
            guard field.first == UInt8(ascii: ":") else {
                finish()
                header = field.split(separator: UInt8(ascii: " "))
                changes = []
                continue
            }
            let words = field.dropFirst().split(separator: UInt8(ascii: " "))
            guard words.count >= 5, let path = fields.popFirst() else { break }
            changes.append(RawDiff.change(words, Array(path)))
        }
        finish()
        return commits
    }
}
