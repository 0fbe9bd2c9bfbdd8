package import Diagnostics
import SourceText

/// The variables of a stage in BuildKit's order: that of the last assignment.
///
/// A copy is as cheap as a reference: all states of a stage share one list of assignments and differ in how much of
/// it they see.
package struct Environment: Sendable {
    package enum Origin: Sendable { case env, arg, baseImage, platform }

    package struct Variable: Sendable {
        package let name: String
        package let value: Expanded
        package let origin: Origin
        /// Where it was set, in bytes of the file; nil for the base image's and predefined ones.
        package let range: Range<Int>?

        package init(name: String, value: Expanded, origin: Origin, range: Range<Int>?) {
            self.name = name
            self.value = value
            self.origin = origin
            self.range = range
        }
    }

    /// What is known of a name.
    enum Lookup {
        case value(Expanded)
        case unset
        case unknown
    }

    private var log: AssignmentLog
    /// How many entries of `log` count.
    private var end = 0
    /// False where the base image may set variables that nobody here knows.
    package var isComplete: Bool
    /// Whether a name that ARG declares without a value is unset; otherwise the build may pass one.
    private let declaredIsUnset: Bool

    package init(isComplete: Bool = true, declaredIsUnset: Bool = false) {
        log = AssignmentLog(parent: nil, parentEnd: 0)
        self.isComplete = isComplete
        self.declaredIsUnset = declaredIsUnset
    }

    /// All that are set. Made on each call: to look one up, use the subscript.
    package var variables: [Variable] {
        var seen: Set<String> = []
        var found: [Variable] = []
        forEachFromLast { name, variable in
            if seen.insert(name).inserted, let variable { found.append(variable) }
        }
        return found.reversed()
    }

    /// Names that ARG declares without a value: unset unless the build passes one.
    package var declared: [String] {
        var seen: Set<String> = []
        var found: [String] = []
        forEachFromLast { name, variable in
            if seen.insert(name).inserted, variable == nil { found.append(name) }
        }
        return found.reversed()
    }

    /// Whether an ARG declares a name without a value.
    package func isDeclared(_ name: String) -> Bool {
        entry(name).map { $0.variable == nil } ?? false
    }

    package subscript(name: String) -> Variable? { entry(name)?.variable }

    /// - Returns: the value; `.known(nil)` where it is known to be unset.
    package func value(of name: String) -> Fact<String?> {
        switch lookup(name) {
        case .value(let value): value.isCertain ? .known(value.text) : .unknown
        case .unset: .known(nil)
        case .unknown: .unknown
        }
    }

    func lookup(_ name: String) -> Lookup {
        if let entry = entry(name) {
            return entry.variable.map { .value($0.value) }
                ?? (declaredIsUnset && isComplete ? .unset : .unknown)
        }
        return isComplete ? .unset : .unknown
    }

    /// Sets a variable; one that was set moves to the end, as in BuildKit.
    package mutating func set(_ variable: Variable) {
        append(AssignmentLog.Entry(name: variable.name, variable: variable))
    }

    package mutating func declare(_ name: String) {
        if entry(name) == nil { append(AssignmentLog.Entry(name: name, variable: nil)) }
    }

    /// Sets the variables that are part of the image again, as BuildKit does at the start of each stage: they then
    /// win over ARGs of the same name.
    /// - Returns: how many entries were read and written.
    mutating func reapplyImageVariables() -> Int {
        var image: [Variable] = []
        var index: [String: Int] = [:]
        var hasArg = false
        var count = 0
        for entry in entriesFromFirst() {
            count += 1
            guard let variable = entry.variable else { continue }
            guard variable.origin == .env || variable.origin == .baseImage else {
                hasArg = true
                continue
            }
            if let known = index[variable.name] {
                image[known] = variable
                hasArg = true
            } else {
                index[variable.name] = image.count
                image.append(variable)
            }
        }
        // Without ARGs and repeated assignments the order is the same already.
        guard hasArg else { return count }
        for variable in image { set(variable) }
        return count + image.count
    }

    /// What was set since an earlier state of the same stage, or of one that this stage continues, in order.
    /// - Returns: nil where the two do not share their list.
    package func assignments(since earlier: Environment) -> [Variable]? {
        var parts: [ArraySlice<AssignmentLog.Entry>] = []
        var log: AssignmentLog? = log
        var end = end
        while let current = log {
            if current === earlier.log, end >= earlier.end {
                parts.append(current.entries[earlier.end..<end])
                return parts.reversed().flatMap { $0 }.compactMap(\.variable)
            }
            parts.append(current.entries[..<end])
            log = current.parent
            end = current.parentEnd
        }
        return nil
    }

    /// From now on the shared list is only read.
    func freeze() { log.isFrozen = true }

    // MARK: - The shared list

    private func entry(_ name: String) -> AssignmentLog.Entry? {
        var log: AssignmentLog? = log
        var end = end
        while let current = log {
            if let entry = current.last(name, before: end) { return entry }
            log = current.parent
            end = current.parentEnd
        }
        return nil
    }

    private mutating func append(_ entry: AssignmentLog.Entry) {
        if log.isFrozen || end != log.entries.count {
            log =
                log.depth < AssignmentLog.maximumDepth
                ? AssignmentLog(parent: log, parentEnd: end) : AssignmentLog(copying: entriesFromFirst())
            end = log.entries.count
        }
        log.append(entry)
        end += 1
    }

    private func forEachFromLast(_ body: (String, Variable?) -> Void) {
        var log: AssignmentLog? = log
        var end = end
        while let current = log {
            for entry in current.entries[..<end].reversed() { body(entry.name, entry.variable) }
            log = current.parent
            end = current.parentEnd
        }
    }

    private func entriesFromFirst() -> [AssignmentLog.Entry] {
        guard log.parent != nil else { return Array(log.entries[..<end]) }
        var parts: [ArraySlice<AssignmentLog.Entry>] = []
        var log: AssignmentLog? = log
        var end = end
        while let current = log {
            parts.append(current.entries[..<end])
            log = current.parent
            end = current.parentEnd
        }
        return parts.reversed().flatMap { $0 }
    }
}

/// The assignments of a stage, and of those that continue it, in order.
///
/// Entries are only ever added at the end, by the one evaluation that owns the list, and never after it is frozen:
/// that makes it safe to share.
private final class AssignmentLog: @unchecked Sendable {
    struct Entry: Sendable {
        let name: String
        /// nil where ARG declares the name without a value.
        let variable: Environment.Variable?
    }

    /// How long a chain of lists may get before it is copied into one.
    static let maximumDepth = 8
    /// Up to this many entries are searched one by one.
    private static let searchedCount = 24

    let parent: AssignmentLog?
    let parentEnd: Int
    let depth: Int
    private(set) var entries: [Entry] = []
    private var positions: [String: [Int]] = [:]
    var isFrozen = false

    init(parent: AssignmentLog?, parentEnd: Int) {
        self.parent = parentEnd == 0 ? parent?.parent : parent
        self.parentEnd = parentEnd == 0 ? parent?.parentEnd ?? 0 : parentEnd
        depth = (self.parent?.depth ?? 0) + 1
    }

    convenience init(copying entries: [Entry]) {
        self.init(parent: nil, parentEnd: 0)
        for entry in entries { append(entry) }
    }

    func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count == Self.searchedCount + 1 {
            for (index, entry) in entries.enumerated() { positions[entry.name, default: []].append(index) }
        } else if entries.count > Self.searchedCount {
            positions[entry.name, default: []].append(entries.count - 1)
        }
    }

    func last(_ name: String, before end: Int) -> Entry? {
        if end <= Self.searchedCount { return entries[..<end].last { $0.name == name } }
        guard let positions = positions[name] else { return nil }
        let index = positions.partitioningIndex { $0 >= end }
        return index == 0 ? nil : entries[positions[index - 1]]
    }
}
