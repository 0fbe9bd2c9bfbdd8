import Diagnostics
import SourceText

/// An ignore comment that hides nothing.
struct IgnoreUnused: IgnoreCheck {
    static let id: CheckID = "ignore-unused"
    let options: CheckOptions

    func findings(in comments: IgnoreComments) -> [Finding] {
        let source = comments.source
        return comments.comments.flatMap { comment -> [Finding] in
            guard comment.mistake == nil, !comment.isBeforeNothing, !comments.isExpired(comment) else {
                return []
            }
            // A check that did not run may have something to find.
            let unused = comment.names.filter { !$0.isUsed && comments.ranChecks.contains(CheckID($0.text)) }
            let line = source.line(at: comment.range.lowerBound)
            return unused.map { name in
                finding(
                    at: name.range, in: source,
                    message: "This comment hides nothing: \(name.text) has no finding "
                        + (comment.isForFile ? "in this file." : "where it holds."),
                    fix: Fix(
                        comment.names.count == 1
                            ? "Delete the line." : "Take \(name.text) out of the brackets.",
                        edits: comment.names.count == 1 ? [source.removal(ofLines: line...line)] : [], .safe))
            }
        }
    }
}
