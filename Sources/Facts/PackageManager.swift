/// A row of the table of package managers: one manager, what it does and where it keeps its caches.
package struct PackageManager: Sendable {
    /// `pip`, `apt`, `yarn` …
    package let name: String
    package let caches: [Cache]
    /// What a COPY or bind mount brings before the install, as patterns of file names in the project.
    package let manifests: [String]

    /// A folder in which a manager keeps what it downloaded or built.
    package struct Cache: Sendable {
        /// What it holds: `packages`, `index`, `build cache`.
        package let content: String
        /// Only one build may write at a time.
        package let needsLock: Bool
    }
}
