/// A record of a builder's cache that holds a cache mount: what its description tells.
///
/// BuildKit writes `cached mount TARGET from exec COMMAND with id "IDENTITY"` (`solver/llbsolver/mounts/mount.go`), with
/// target and command of the step that made it; before 0.13 without the identity.
package struct RecordedMount: Sendable, Hashable {
    package let record: CacheRecord
    /// The path that the step that made it has it at.
    package let target: String
    /// The step's arguments, joined by blanks.
    package let command: String
    /// Namespace, `/` and the mount's id; nil where the builder does not tell.
    package let identity: String?

    /// - Returns: nil for a record of something else.
    package init?(_ record: CacheRecord) {
        let prefix = "cached mount "
        let text = record.description
        guard record.type == "exec.cachemount", text.hasPrefix(prefix) else { return nil }
        let rest = text.dropFirst(prefix.count)
        guard let from = rest.firstRange(of: " from exec ") else { return nil }
        target = String(rest[..<from.lowerBound])
        var command = rest[from.upperBound...]
        identity = Self.takeIdentity(from: &command)
        self.command = String(command)
        self.record = record
    }

    /// Takes ` with id "…"`, the last words, off a text.
    private static func takeIdentity(from text: inout Substring) -> String? {
        guard text.hasSuffix("\""), let start = text.ranges(of: " with id \"").last else { return nil }
        let quoted = text[start.upperBound...].dropLast()
        text = text[..<start.lowerBound]
        // Go quotes it; what has other escapes than these two equals no id that a Dockerfile is likely to have.
        return String(quoted.replacing("\\\"", with: "\"").replacing("\\\\", with: "\\"))
    }
}
