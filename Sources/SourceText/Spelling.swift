/// "Did you mean": the candidate that is closest to a misspelt word.
/// - Parameters:
///   - word: what was written; case is ignored.
///   - candidates: what could have been meant.
/// - Returns: the nearest candidate within a third of the word's length (at least one edit), or nil; of several the one
///   that begins with the word (`off` for `of`), else the first. A word that is cut short (`lock` for `locked`) counts as
///   one edit.
package func closestMatch(to word: String, among candidates: some Sequence<String>) -> String? {
    let written = Array(word.lowercased().utf8)
    guard written.count <= 64 else { return nil }
    let farthest = max(1, written.count / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let meant = Array(candidate.lowercased().utf8)
        let isCutShort = written.count >= 3 && meant.starts(with: written)
        // It would be too far.
        guard isCutShort || abs(meant.count - written.count) <= farthest else { continue }
        let distance = isCutShort ? min(1, meant.count - written.count) : editDistance(written, meant)
        let isNearer = distance < best?.distance ?? Int.max
        let isContinued = distance == best?.distance && meant.starts(with: written)
        if isNearer || isContinued { best = (candidate, distance) }
    }
    guard let best, best.distance <= farthest else { return nil }
    return best.candidate
}

/// The number of insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
package func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        row.reserveCapacity(right.count + 1)
        for j in right.indices {
            let substitution = last[j] + (left[i] == right[j] ? 0 : 1)
            var cost = min(substitution, last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                cost = min(cost, beforeLast[j - 1] + 1)
            }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[right.count]
}
