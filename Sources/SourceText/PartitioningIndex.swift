extension RandomAccessCollection {
    /// The first index of whose element a condition is true, found by halving; `endIndex` where there is none.
    /// - Parameter belongsInSecond: false for all elements up to some place, true for all from there on.
    @inlinable package func partitioningIndex(
        where belongsInSecond: (Element) throws -> Bool
    ) rethrows -> Index {
        var low = startIndex
        var count = self.count
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if try belongsInSecond(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
