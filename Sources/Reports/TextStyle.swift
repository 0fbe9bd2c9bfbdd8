/// How text is set on a terminal or in a file.
package struct TextStyle: Sendable {
    /// Columns that a line may take.
    package let width: Int
    package let color: Bool
    /// Whether marks may be other than ASCII.
    package let unicode: Bool
    /// What people type for this program.
    package let program: String

    /// - Parameter width: columns; what cannot be read well is brought to 40 to 120.
    package init(
        width: Int = 100, color: Bool = false, unicode: Bool = true, program: String = "clm-doctor"
    ) {
        self.width = min(max(width, 40), 120)
        self.color = color
        self.unicode = unicode
        self.program = program
    }

    /// The roles that a colour can mark; each also has words or a symbol, so that nothing depends on colour.
    enum Role {
        case error, warning, info, good, dim, strong, place
    }

    func paint(_ text: String, _ role: Role) -> String {
        guard color, !text.isEmpty else { return text }
        let code =
            switch role {
            case .error: "1;31"
            case .warning: "1;33"
            case .info: "1;36"
            case .good: "32"
            case .dim: "2"
            case .strong: "1"
            case .place: "34"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    var tick: String { unicode ? "✓" : "ok" }
    var cross: String { unicode ? "✗" : "x" }
    var bar: String { unicode ? "│" : "|" }
    var ellipsis: String { unicode ? "…" : "..." }

    /// A bar for a part of the largest, with blanks up to its full width.
    func meter(_ part: Int, of largest: Int, width: Int) -> String {
        let share = Int(Double(width) * Double(part) / Double(max(1, largest)))
        let count = part > 0 ? min(width, max(1, share)) : 0
        let bar = String(repeating: unicode ? "█" : "#", count: count)
        return (bar.isEmpty ? "" : paint(bar, .info)) + String(repeating: " ", count: width - count)
    }

    func cutShort(_ text: String, to room: Int) -> String {
        text.count > room ? String(text.prefix(room - ellipsis.count)) + ellipsis : text
    }
}
