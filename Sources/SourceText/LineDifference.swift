/// How one text becomes another, line by line.
package struct LineDifference: Sendable {
    /// A line, with its end, of both texts, or of one of them.
    package enum Line: Sendable {
        case same(ArraySlice<UInt8>)
        case gone(ArraySlice<UInt8>)
        case new(ArraySlice<UInt8>)
    }

    package let lines: [Line]

    package init(from before: [UInt8], to after: [UInt8]) { lines = Self.lines(from: before, to: after) }

    /// For each line of the text before, counted from 0, its number in the text after; nil for one that is gone.
    package var places: [Int?] {
        var places: [Int?] = []
        var next = 0
        for line in lines {
            switch line {
            case .same:
                places.append(next)
                next += 1
            case .gone: places.append(nil)
            case .new: next += 1
            }
        }
        return places
    }

    /// Lines with their ends.
    private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    private static func lines(from before: [UInt8], to after: [UInt8]) -> [Line] {
        let (old, new) = (split(before)[...], split(after)[...])
        var lines: [Line] = []
        var (left, right) = (0, 0)
        for (oldIndex, newIndex) in anchors(in: old, new) + [(old.endIndex, new.endIndex)] {
            lines += difference(old[left..<oldIndex], new[right..<newIndex])
            if oldIndex < old.endIndex { lines.append(.same(old[oldIndex])) }
            (left, right) = (oldIndex + 1, newIndex + 1)
        }
        return lines
    }

    /// Lines that stand once in either file, as many as are in one order in both ("patience diff"): what is between two of
    /// them is compared by itself.
    private static func anchors(
        in old: ArraySlice<ArraySlice<UInt8>>, _ new: ArraySlice<ArraySlice<UInt8>>
    ) -> [(old: Int, new: Int)] {
        func places(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [ArraySlice<UInt8>: Int] {
            Dictionary(zip(lines, lines.indices).map { ($0, $1) }, uniquingKeysWith: { _, _ in -1 })
        }
        let newPlaces = places(new)
        let pairs = places(old).compactMap { line, place -> (old: Int, new: Int)? in
            guard place >= 0, let other = newPlaces[line], other >= 0 else { return nil }
            return (place, other)
        }.sorted { $0.old < $1.old }
        // The longest rising sequence: the smallest end of those of each length, and what is before it.
        var ends: [Int] = []
        var before: [Int?] = []
        for (index, pair) in pairs.enumerated() {
            let length = ends.partitioningIndex { pairs[$0].new > pair.new }
            before.append(length == 0 ? nil : ends[length - 1])
            if length == ends.count { ends.append(index) } else { ends[length] = index }
        }
        var chain: [(old: Int, new: Int)] = []
        var next = ends.last
        while let index = next {
            chain.append(pairs[index])
            next = before[index]
        }
        return chain.reversed()
    }

    /// The most lines whose shortest difference is looked for, which takes the square of them; more are replaced as a whole.
    private static var comparedLines: Int { 100 }

    private static func difference(
        _ old: ArraySlice<ArraySlice<UInt8>>, _ new: ArraySlice<ArraySlice<UInt8>>
    ) -> [Line] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let (oldRest, newRest) = (old.dropFirst(head), new.dropFirst(head))
        let tail = zip(oldRest.reversed(), newRest.reversed()).prefix { $0 == $1 }.count
        let between = middle(Array(oldRest.dropLast(tail)), Array(newRest.dropLast(tail)))
        return old.prefix(head).map(Line.same) + between + oldRest.suffix(tail).map(Line.same)
    }

    private static func middle(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> [Line] {
        guard old.count + new.count <= comparedLines, !Set(old).isDisjoint(with: new) else {
            return old.map(Line.gone) + new.map(Line.new)
        }
        let difference = new.difference(from: old)
        let gone = Set(
            difference.removals.compactMap { if case .remove(let index, _, _) = $0 { index } else { nil } })
        let added = Set(
            difference.insertions.compactMap { if case .insert(let index, _, _) = $0 { index } else { nil } })
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, gone.contains(left) {
                lines.append(.gone(old[left]))
                left += 1
            } else if right < new.count, added.contains(right) {
                lines.append(.new(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                left += 1
                right += 1
            }
        }
        return lines
    }
}
