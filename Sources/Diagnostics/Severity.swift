/// How much a finding matters, lowest first.
package enum Severity: String, CaseIterable, Comparable, Sendable {
    /// Worth knowing; nothing is lost for certain.
    case info
    /// Builds are slower than they need to be.
    case warning
    /// The build fails, or its cache cannot work at all.
    case error

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .error: 2
        }
    }
}

/// How sure a finding is.
package enum Confidence: String, CaseIterable, Sendable {
    /// Follows from what the files say.
    case certain
    /// Follows, unless something that files do not show is unusual.
    case likely
    /// Worth a look.
    case possible
}
