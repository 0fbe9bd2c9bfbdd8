import Diagnostics
import SourceText

/// Where else a finding is, `api/Dockerfile:4, 7, web/Dockerfile:9`; nil where it is in one place. Not escaped.
func otherPlaces(of finding: Finding, atMost limit: Int = .max) -> String? {
    let others = finding.members.dropFirst()
    guard !others.isEmpty else { return nil }
    let shown = others.prefix(limit)
    // A file that comes again is not named again.
    var path = ""
    let places = shown.map { other -> String in
        let line = other.range.map { String($0.start.line) }
        guard other.path == path, let line else {
            path = other.path
            return (path == Finding.host ? hostPlace : path) + (line.map { ":\($0)" } ?? "")
        }
        return line
    }
    let rest = others.count - shown.count
    return places.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
}
