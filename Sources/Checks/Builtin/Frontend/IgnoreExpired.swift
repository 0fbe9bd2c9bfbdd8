import Diagnostics
import SourceText

/// An ignore comment whose day is past: it hides nothing any more.
struct IgnoreExpired: IgnoreCheck {
    static let id: CheckID = "ignore-expired"
    let options: CheckOptions

    func findings(in comments: IgnoreComments) -> [Finding] {
        comments.comments.compactMap { comment in
            guard comment.mistake == nil, comments.isExpired(comment), let until = comment.until else {
                return nil
            }
            return finding(
                at: comment.range, in: comments.source,
                message: "This comment hides nothing any more: it was to hold until \(until).",
                fix: Fix("Do what it put off and delete it, or give it another day and a reason."))
        }
    }
}
