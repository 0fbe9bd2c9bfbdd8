internal import SourceText

/// The edits of one file as one change of its bytes.
package struct TextChange: Sendable {
    /// In the order of the file; none touches another.
    package let edits: [Edit]
    /// By how much each of them and those before it move what follows.
    private let shifts: [Int]

    /// - Returns: nil where two of them overlap, or insert at one place.
    package init?(_ edits: [Edit]) {
        let sorted = edits.sorted {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }
        for (first, second) in zip(sorted, sorted.dropFirst()) {
            guard first.bytes.upperBound <= second.bytes.lowerBound, first.bytes != second.bytes else {
                return nil
            }
        }
        self.edits = sorted
        var shift = 0
        shifts = sorted.map { edit in
            shift += edit.replacement.utf8.count - edit.bytes.count
            return shift
        }
    }

    /// - Returns: nil where an edit reaches beyond the end.
    package func applied(to bytes: [UInt8]) -> [UInt8]? {
        guard edits.last.map({ $0.bytes.upperBound <= bytes.count }) ?? true else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var end = 0
        for edit in edits {
            result += bytes[end..<edit.bytes.lowerBound]
            result += edit.replacement.utf8
            end = edit.bytes.upperBound
        }
        return result + bytes[end...]
    }

    /// Where what begins at an offset begins afterwards; what is inserted there comes before it.
    package func moved(_ offset: Int) -> Int {
        let count = edits.partitioningIndex { $0.bytes.upperBound > offset }
        return count == 0 ? offset : offset + shifts[count - 1]
    }

    /// Where the replacements stand afterwards.
    package var replacements: [Range<Int>] {
        var shift = 0
        return edits.map { edit in
            let start = edit.bytes.lowerBound + shift
            shift += edit.replacement.utf8.count - edit.bytes.count
            return start..<start + edit.replacement.utf8.count
        }
    }

    /// An edit changes bytes between the ends of a range.
    package func changes(inside range: Range<Int>) -> Bool {
        let next = edits.partitioningIndex { $0.bytes.upperBound > range.lowerBound }
        return next < edits.count && edits[next].bytes.lowerBound < range.upperBound
    }

    /// The same, or at one of its ends.
    package func touches(_ range: Range<Int>) -> Bool {
        let next = edits.partitioningIndex { $0.bytes.upperBound >= range.lowerBound }
        return next < edits.count && edits[next].bytes.lowerBound <= range.upperBound
    }

    package func removes(_ range: Range<Int>) -> Bool {
        let next = edits.partitioningIndex { $0.bytes.upperBound >= range.upperBound }
        return next < edits.count && edits[next].bytes.lowerBound <= range.lowerBound
            && edits[next].bytes.upperBound >= range.upperBound
    }
}
