import SourceText

/// A dictionary of which every state that it was in is kept: of the variables of a stage, that of each step.
///
/// A copy is as cheap as a reference: all states share one list of entries and differ in how much of it they see. What
/// several continue (stages that begin with one stage) is looked up in the list that they continue.
package struct SharedLog<Value: Sendable>: Sendable {
    package typealias Entry = (key: String, value: Value)

    private var storage: Storage
    /// How many entries of `storage` count.
    private var end = 0

    package init() { storage = Storage(parent: nil, parentEnd: 0) }

    /// What was last set for a key.
    package subscript(key: String) -> Value? {
        var storage: Storage? = storage
        var end = end
        while let current = storage {
            if let value = current.last(key, before: end) { return value }
            storage = current.parent
            end = current.parentEnd
        }
        return nil
    }

    package mutating func append(_ key: String, _ value: Value) {
        if storage.isFrozen || end != storage.entries.count {
            storage =
                storage.depth < Storage.maximumDepth
                ? Storage(parent: storage, parentEnd: end) : Storage(copying: entriesFromFirst())
            end = storage.entries.count
        }
        storage.append((key, value))
        end += 1
    }

    package func forEachFromLast(_ body: (String, Value) -> Void) {
        var storage: Storage? = storage
        var end = end
        while let current = storage {
            for entry in current.entries[..<end].reversed() { body(entry.key, entry.value) }
            storage = current.parent
            end = current.parentEnd
        }
    }

    package func entriesFromFirst() -> [Entry] {
        guard storage.parent != nil else { return Array(storage.entries[..<end]) }
        var parts: [ArraySlice<Entry>] = []
        var storage: Storage? = storage
        var end = end
        while let current = storage {
            parts.append(current.entries[..<end])
            storage = current.parent
            end = current.parentEnd
        }
        return parts.reversed().flatMap { $0 }
    }

    /// What was added since an earlier state, in order.
    /// - Returns: nil where the two do not share their list.
    package func entries(since earlier: SharedLog) -> [Entry]? {
        var parts: [ArraySlice<Entry>] = []
        var storage: Storage? = storage
        var end = end
        while let current = storage {
            if current === earlier.storage, end >= earlier.end {
                parts.append(current.entries[earlier.end..<end])
                return parts.reversed().flatMap { $0 }
            }
            parts.append(current.entries[..<end])
            storage = current.parent
            end = current.parentEnd
        }
        return nil
    }

    /// From now on the shared list is only read.
    package func freeze() { storage.isFrozen = true }

    /// How many entries count.
    package var count: Int {
        var count = end
        var storage = storage
        while let parent = storage.parent {
            count += storage.parentEnd
            storage = parent
        }
        return count
    }

    /// How many entries there are in memory for this state, those of lists that it continues not counted.
    package var ownCount: Int { storage.entries.count }

    /// Entries are only ever added at the end, by the one evaluation that owns the list, and never after it is frozen:
    /// that makes it safe to share.
    private final class Storage: @unchecked Sendable {
        /// How long a chain of lists may get before it is copied into one.
        static var maximumDepth: Int { 8 }
        /// Up to this many entries are searched one by one.
        private static var searchedCount: Int { 24 }

        let parent: Storage?
        let parentEnd: Int
        let depth: Int
        private(set) var entries: [Entry] = []
        private var positions: [String: [Int]] = [:]
        var isFrozen = false

        init(parent: Storage?, parentEnd: Int) {
            self.parent = parentEnd == 0 ? parent?.parent : parent
            self.parentEnd = parentEnd == 0 ? parent?.parentEnd ?? 0 : parentEnd
            depth = (self.parent?.depth ?? 0) + 1
        }

        convenience init(copying entries: [Entry]) {
            self.init(parent: nil, parentEnd: 0)
            for entry in entries { append(entry) }
        }

        func append(_ entry: Entry) {
            // As many as a Dockerfile begins with (`Evaluator.setPlatformArgs`).
            if entries.isEmpty { entries.reserveCapacity(12) }
            entries.append(entry)
            if entries.count == Self.searchedCount + 1 {
                for (index, entry) in entries.enumerated() { positions[entry.key, default: []].append(index) }
            } else if entries.count > Self.searchedCount {
                positions[entry.key, default: []].append(entries.count - 1)
            }
        }

        func last(_ key: String, before end: Int) -> Value? {
            if end <= Self.searchedCount { return entries[..<end].last { $0.key == key }?.value }
            guard let positions = positions[key] else { return nil }
            let index = positions.partitioningIndex { $0 >= end }
            return index == 0 ? nil : entries[positions[index - 1]].value
        }
    }
}
