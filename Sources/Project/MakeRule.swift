import Diagnostics
import SourceText

/// A rule of a makefile: what it makes, and of what.
/// Source: GNU Make manual, 4.2 "Rule Syntax".
package struct MakeRule: Sendable {
    /// The makefile.
    package let path: String
    package let targets: [String]
    package let prerequisites: [String]
    /// The number of its recipe, as of `BuildStatement.unit`.
    package let unit: Int

    /// - Returns: nil for a line that is no rule, or whose names hold variables or patterns.
    init?(_ line: ArraySlice<UInt8>, path: String, unit: Int) {
        guard let first = line.first, first > 0x20, first != UInt8(ascii: "#"), first != UInt8(ascii: "."),
            let colon = line.firstIndex(of: UInt8(ascii: ":")),
            !line[..<colon].contains(where: { "=$%".utf8.contains($0) })
        else { return nil }
        var rest = line[(colon + 1)...]
        if rest.first == UInt8(ascii: ":") { rest = rest.dropFirst() }
        guard rest.first != UInt8(ascii: "=") else { return nil }
        rest = rest.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "#") }
        func words(_ bytes: ArraySlice<UInt8>) -> [String] {
            bytes.split { $0 <= 0x20 || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "|") }
                .prefix(Limits.makeNames).map { String(decoding: $0, as: UTF8.self) }
        }
        targets = words(line[..<colon])
        guard !targets.isEmpty else { return nil }
        prerequisites = words(rest)
        self.path = path
        self.unit = unit
    }
}

extension [MakeRule] {
    /// The recipes that make targets, those of what they need included.
    /// - Parameters:
    ///   - targets: none for the first one of the file.
    ///   - path: the makefile.
    package func units(making targets: [String], of path: String) -> Set<Int> {
        let rules = filter { $0.path == path }
        var pending = targets.isEmpty ? rules.first?.targets.prefix(1).map { $0 } ?? [] : targets
        var seen = Set(pending)
        var units: Set<Int> = []
        while let target = pending.popLast() {
            for rule in rules where rule.targets.contains(target) {
                units.insert(rule.unit)
                pending += rule.prerequisites.filter { seen.insert($0).inserted }
            }
        }
        return units
    }
}
