/// How a build ended.
package enum BuildStatus: String, Sendable, Hashable {
    case completed
    case failed
    case cancelled
    /// It had not ended when the record was made.
    case running
    /// The source ends before the build does, or does not tell.
    case unknown
}
