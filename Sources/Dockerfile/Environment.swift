package import Diagnostics

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

    /// nil where ARG declares the name without a value.
    private var log = SharedLog<Variable?>()
    /// False where the base image may set variables that nobody here knows.
    package var isComplete: Bool
    /// Whether a name that ARG declares without a value is unset; otherwise the build may pass one.
    private let declaredIsUnset: Bool
    /// Whether an ARG, or a second assignment of a name, has been seen since the variables of the image were last in order.
    private var isOutOfOrder = false

    package init(isComplete: Bool = true, declaredIsUnset: Bool = false) {
        self.isComplete = isComplete
        self.declaredIsUnset = declaredIsUnset
    }

    /// All that are set. Made on each call: to look one up, use the subscript.
    package var variables: [Variable] {
        var seen: Set<String> = []
        var found: [Variable] = []
        log.forEachFromLast { name, variable in
            if seen.insert(name).inserted, let variable { found.append(variable) }
        }
        return found.reversed()
    }

    /// How many assignments it comes of.
    package var count: Int { log.count }

    /// Names that ARG declares without a value: unset unless the build passes one.
    package var declared: [String] {
        var seen: Set<String> = []
        var found: [String] = []
        log.forEachFromLast { name, variable in
            if seen.insert(name).inserted, variable == nil { found.append(name) }
        }
        return found.reversed()
    }

    /// Whether an ARG declares a name without a value.
    package func isDeclared(_ name: String) -> Bool {
        log[name].map { $0 == nil } ?? false
    }

    package subscript(name: String) -> Variable? { log[name] ?? nil }

    /// - Returns: the value; `.known(nil)` where it is known to be unset.
    package func value(of name: String) -> Fact<String?> {
        switch lookup(name) {
        case .value(let value): value.isCertain ? .known(value.text) : .unknown
        case .unset: .known(nil)
        case .unknown: .unknown
        }
    }

    func lookup(_ name: String) -> Lookup {
        if let variable = log[name] {
            return variable.map { .value($0.value) }
                ?? (declaredIsUnset && isComplete ? .unset : .unknown)
        }
        return isComplete ? .unset : .unknown
    }

    /// Sets a variable; one that was set moves to the end, as in BuildKit.
    package mutating func set(_ variable: Variable) {
        if !isOutOfOrder {
            let isOfImage = variable.origin == .env || variable.origin == .baseImage
            isOutOfOrder = !isOfImage || self[variable.name] != nil
        }
        log.append(variable.name, variable)
    }

    package mutating func declare(_ name: String) {
        if log[name] == nil { log.append(name, nil) }
    }

    /// Sets the variables that are part of the image again, as BuildKit does at the start of each stage: they then
    /// win over ARGs of the same name.
    /// - Returns: how many entries were read and written.
    mutating func reapplyImageVariables() -> Int {
        // Without ARGs and repeated assignments the order is the same already.
        guard isOutOfOrder else { return 0 }
        var image: [Variable] = []
        var index: [String: Int] = [:]
        var count = 0
        for entry in log.entriesFromFirst() {
            count += 1
            guard let variable = entry.value, variable.origin == .env || variable.origin == .baseImage else {
                continue
            }
            if let known = index[variable.name] {
                image[known] = variable
            } else {
                index[variable.name] = image.count
                image.append(variable)
            }
        }
        for variable in image { set(variable) }
        isOutOfOrder = false
        return count + image.count
    }

    /// What was set since an earlier state of the same stage, or of one that this stage continues, in order.
    /// - Returns: nil where the two do not share their list.
    package func assignments(since earlier: Environment) -> [Variable]? {
        log.entries(since: earlier.log)?.compactMap(\.value)
    }

    /// From now on the shared list is only read.
    func freeze() { log.freeze() }
}
