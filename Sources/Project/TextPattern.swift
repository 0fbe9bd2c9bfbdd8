package import Diagnostics

/// A text with wildcards that a custom check compares with: `*` stands for any characters, `?` for one byte, and `\`
/// takes the meaning from the next. The whole text has to match.
///
/// Matching takes time in proportion to the text: the pieces between the asterisks are found one after the other, each
/// in its first place, and never again in another one.
package struct TextPattern: Sendable, Hashable {
    /// As written.
    package let text: String
    /// What stands between the asterisks; nil for `?`.
    private let pieces: [[UInt8?]]

    /// - Returns: nil for a pattern that is longer than `Limits.customPatternBytes`.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.customPatternBytes else { return nil }
        self.text = text
        var pieces: [[UInt8?]] = [[]]
        var isEscaped = false
        for byte in text.utf8 {
            switch byte {
            case _ where isEscaped:
                pieces[pieces.count - 1].append(byte)
                isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "*"): pieces.append([])
            case UInt8(ascii: "?"): pieces[pieces.count - 1].append(nil)
            default: pieces[pieces.count - 1].append(byte)
            }
        }
        self.pieces = pieces
    }

    /// - Parameter work: what comparing may take, in bytes; where it is spent, the answer is no.
    package func matches(_ text: String, work: inout WorkBudget) -> Bool {
        guard work.spend(text.utf8.count + 1) else { return false }
        let bytes = Array(text.utf8)
        let first = pieces[0]
        guard pieces.count > 1 else {
            return first.count == bytes.count && Self.stands(first, in: bytes, at: 0, &work)
        }
        let last = pieces[pieces.count - 1]
        let end = bytes.count - last.count
        guard first.count <= end, Self.stands(first, in: bytes, at: 0, &work),
            Self.stands(last, in: bytes, at: end, &work)
        else { return false }
        var place = first.count
        for piece in pieces[1..<(pieces.count - 1)] {
            while place + piece.count <= end, !Self.stands(piece, in: bytes, at: place, &work) {
                if work.isSpent { return false }
                place += 1
            }
            place += piece.count
            guard place <= end else { return false }
        }
        return true
    }

    private static func stands(
        _ piece: [UInt8?], in bytes: [UInt8], at place: Int, _ work: inout WorkBudget
    ) -> Bool {
        for (index, byte) in piece.enumerated() where byte != nil && bytes[place + index] != byte {
            _ = work.spend(index + 1)
            return false
        }
        return work.spend(piece.count)
    }
}
