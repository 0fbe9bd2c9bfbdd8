package import Diagnostics

/// The variables of a stage in BuildKit's order: that of the last assignment.
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

    package private(set) var variables: [Variable]
    /// Names that ARG declares without a value: unset unless the build passes one.
    package private(set) var declared: [String]
    /// False where the base image may set variables that nobody here knows.
    package var isComplete: Bool

    package init(isComplete: Bool = true) {
        variables = []
        declared = []
        self.isComplete = isComplete
    }

    package subscript(name: String) -> Variable? {
        variables.last { $0.name == name }
    }

    /// - Returns: the value; `.known(nil)` where it is known to be unset.
    package func value(of name: String) -> Fact<String?> {
        if let variable = self[name] {
            return variable.value.isCertain ? .known(variable.value.text) : .unknown
        }
        return isComplete && !declared.contains(name) ? .known(nil) : .unknown
    }

    /// Sets a variable; one that was set moves to the end, as in BuildKit.
    package mutating func set(_ variable: Variable) {
        variables.removeAll { $0.name == variable.name }
        variables.append(variable)
    }

    package mutating func declare(_ name: String) {
        if !declared.contains(name) { declared.append(name) }
    }
}
