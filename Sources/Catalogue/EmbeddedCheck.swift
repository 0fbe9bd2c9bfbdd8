/// A folder of `checks/`, put into the binary by the build plugin (`Sources/EmbedChecks`). Nothing of it becomes a String
/// before it is read, as most runs print no page, and only the tests look at cases. Invalid UTF-8 is U+FFFD here; the tests
/// read the files themselves.
struct EmbeddedCheck: Sendable {
    let id: StaticString
    /// `check.json`; empty where there is none.
    let description: StaticString
    /// `README.md`; empty where there is none.
    let page: StaticString
    /// All below `cases/`, with paths relative to that.
    let caseFiles: @Sendable () -> [EmbeddedFile]
}

struct EmbeddedFile: Sendable {
    let path: StaticString
    let text: StaticString
}

extension StaticString {
    var string: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
