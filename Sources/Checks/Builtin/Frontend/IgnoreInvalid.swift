import Diagnostics
import SourceText

/// An ignore comment that cannot hide anything, because it is written wrongly.
struct IgnoreInvalid: IgnoreCheck {
    static let id: CheckID = "ignore-invalid"
    let options: CheckOptions

    func findings(in comments: IgnoreComments) -> [Finding] {
        let source = comments.source
        let known = Set(comments.knownChecks.map(\.name))
        var suggestions = Limits.suggestions
        return comments.comments.flatMap { comment -> [Finding] in
            if let mistake = comment.mistake {
                return [
                    finding(
                        at: comment.range, in: source, message: "This comment hides nothing: \(mistake).",
                        fix: Fix("Write it as\n    # clm-doctor: ignore[check-id] reason=\"…\""))
                ]
            }
            if comment.isBeforeNothing {
                return [
                    finding(
                        at: comment.range, in: source,
                        message: "This comment hides nothing: no instruction or line follows it.",
                        fix: Fix("Put it above what it is to hide, or write `ignore-file[…]`."))
                ]
            }
            return comment.names.filter { !known.contains($0.text) }.map { name in
                suggestions -= 1
                return unknown(name, in: comments, suggests: suggestions >= 0)
            }
        }
    }

    private func unknown(
        _ name: IgnoreComment.Name, in comments: IgnoreComments, suggests: Bool
    ) -> Finding {
        let nearest =
            suggests ? closestMatch(to: name.text, among: comments.knownChecks.map(\.name)) : nil
        return finding(
            at: name.range, in: comments.source,
            message: "This comment hides nothing: there is no check \(name.text).",
            fix: Fix(
                nearest.map { "Did you mean \($0)?" } ?? "`clm-doctor checks` lists the ids.",
                edits: nearest.map {
                    [Edit(path: comments.source.path, bytes: name.range, replacement: $0)]
                } ?? []))
    }
}
