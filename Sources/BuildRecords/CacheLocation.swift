/// Where a build took cache from, or put it.
package struct CacheLocation: Sendable, Hashable {
    /// `gha`, `registry`, `local` …
    package var type: String
    /// Scope, reference or folder, as far as the source tells.
    package var place: String
    /// What went wrong there; the build goes on without.
    package var error: String?

    package init(type: String, place: String, error: String? = nil) {
        self.type = type
        self.place = place
        self.error = error
    }
}
