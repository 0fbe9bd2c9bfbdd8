package import Project

/// The build context of one build, read when it is first asked.
package final class ContextFacts: Sendable {
    /// Absolute path of the repository's root.
    package let root: String
    package let source: BuildSource
    package let dockerfile: String

    package init(root: String, build: Build) {
        self.root = root
        source = build.context
        dockerfile = build.dockerfile
    }
}
