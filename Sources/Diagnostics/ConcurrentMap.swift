extension Array where Element: Sendable {
    /// What a function makes of each element, in the order of the elements. They are worked on side by side, which
    /// what comes out must not depend on.
    /// - Parameters:
    ///   - size: how many are worked on one after another, as starting them costs more than they do.
    ///   - make: takes so many elements, and makes something of each.
    package func concurrentMap<Made: Sendable>(
        inPartsOf size: Int, _ make: @escaping @Sendable (ArraySlice<Element>) -> [Made]
    ) async -> [Made] {
        if count <= size { return make(self[...]) }
        let parts = stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
        return await parts.concurrentMap { make($0) }.flatMap { $0 }
    }

    /// The same for a function that waits for something.
    package func concurrentMap<Made: Sendable>(
        _ make: @escaping @Sendable (Element) async -> Made
    ) async -> [Made] {
        await withTaskGroup(of: (Int, Made).self) { group in
            for (index, element) in enumerated() {
                group.addTask { (index, await make(element)) }
            }
            var made = [Made?](repeating: nil, count: count)
            for await (index, result) in group { made[index] = result }
            return made.compactMap { $0 }
        }
    }
}
