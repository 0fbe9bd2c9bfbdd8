/// Names a build that a builder remembers.
package struct BuildReference: Sendable, Hashable {
    /// nil for the builder that is in use.
    package let builder: String?
    package let id: String

    /// - Parameter text: an id, or `BUILDER/NODE/ID` as `docker buildx build --metadata-file` and buildx's own files have it.
    /// - Returns: nil for any other text. An id has 25 letters and digits (BuildKit's `identity.NewID`).
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 3, let id = parts.last, id.utf8.count == 25,
            id.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A }),
            !parts.contains(where: \.isEmpty)
        else { return nil }
        builder = parts.count == 3 ? String(parts[0]) : nil
        self.id = String(id)
    }
}
