/// The Dockerfile as a build read it.
package struct RecordedDockerfile: Sendable, Hashable {
    package var path: String
    package var text: [UInt8]

    package init(path: String, text: [UInt8]) {
        self.path = path
        self.text = text
    }
}
