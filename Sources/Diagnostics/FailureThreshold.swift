/// From which severity on findings make an examination fail.
package enum FailureThreshold: String, CaseIterable, Sendable {
    case info, warning, error, never

    /// Whether a finding of this severity is at or above the threshold.
    package func includes(_ severity: Severity) -> Bool {
        switch self {
        case .info: severity >= .info
        case .warning: severity >= .warning
        case .error: severity >= .error
        case .never: false
        }
    }
}
