package import SourceText

extension ParsedDockerfile {
    /// Reads a Dockerfile as BuildKit's frontend does.
    package init(parsing source: SourceText) {
        self.init(
            source: source, directives: [], escape: UInt8(ascii: "\\"), instructions: [], problems: [])
    }
}
