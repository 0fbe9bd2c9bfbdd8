/// One file of `checks/`, put into the binary by the build plugin (`Sources/EmbedChecks`).
struct EmbeddedFile: Sendable {
    /// Relative to `checks/`: `apt-docker-clean/check.json`.
    let path: StaticString
    /// Invalid UTF-8 is U+FFFD here; the tests read the files themselves.
    let text: StaticString
}

/// A file of the catalogue; its text becomes a String only when it is read, as most runs print no page.
struct CatalogueFile: Sendable {
    enum Contents: Sendable {
        case embedded(StaticString)
        case loaded(String)
    }

    let path: String
    let contents: Contents

    var text: String {
        switch contents {
        case .embedded(let text): text.string
        case .loaded(let text): text
        }
    }
}

extension StaticString {
    var string: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
