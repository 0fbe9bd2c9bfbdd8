extension Int {
    /// The sum; the largest or smallest number where there is none. For numbers from outside, such as the size that a
    /// file system claims of a sparse file, where `+` would end the program.
    package func addingClamped(_ other: Int) -> Int {
        let (sum, isOverflow) = addingReportingOverflow(other)
        return isOverflow ? (other < 0 ? .min : .max) : sum
    }

    /// The product, or the nearest number that there is.
    package func multipliedClamped(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

extension Sequence {
    /// The sum of a number from outside of each element; the largest or smallest number where there is none.
    package func clampedSum(_ number: (Element) throws -> Int) rethrows -> Int {
        try reduce(0) { try $0.addingClamped(number($1)) }
    }
}
