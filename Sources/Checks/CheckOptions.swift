package import Catalogue
package import Diagnostics

/// The parameters of one check: what the configuration says, else the defaults of its `check.json`.
package struct CheckOptions: Sendable {
    /// The check's own, or the configuration's.
    package let severity: Severity
    private let values: [String: OptionValue]

    /// - Throws: `CheckOptionError` for a name that the check does not have and for a value of another type.
    package init(
        _ description: CheckDescription, severity: Severity? = nil, parameters: [String: String] = [:]
    ) throws(CheckOptionError) {
        self.severity = severity ?? description.severity
        var values = Dictionary(
            uniqueKeysWithValues: description.options.map { ($0.name, $0.defaultValue) })
        let declarations = Dictionary(uniqueKeysWithValues: description.options.map { ($0.name, $0) })
        for (name, text) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let declared = declarations[name] else {
                throw CheckOptionError(
                    check: description.id, option: name, problem: .unknown(description.options.map(\.name)))
            }
            guard let value = declared.reading(text) else {
                throw CheckOptionError(
                    check: description.id, option: name, problem: .wrongType(text, declared.typeName))
            }
            values[name] = value
        }
        self.values = values
    }

    /// An option that `check.json` does not declare is a mistake of the check's author, found by its first case.
    package func boolean(_ name: String) -> Bool {
        guard case .boolean(let value)? = values[name] else { undeclared(name) }
        return value
    }

    package func integer(_ name: String) -> Int {
        guard case .integer(let value)? = values[name] else { undeclared(name) }
        return value
    }

    package func string(_ name: String) -> String {
        guard case .string(let value)? = values[name] else { undeclared(name) }
        return value
    }

    package func strings(_ name: String) -> [String] {
        guard case .strings(let value)? = values[name] else { undeclared(name) }
        return value
    }

    private func undeclared(_ name: String) -> Never {
        preconditionFailure("check.json declares no option \"\(name)\" of this type")
    }
}

/// A parameter in the configuration that a check does not take.
package struct CheckOptionError: Error, Sendable, CustomStringConvertible {
    package enum Problem: Sendable {
        /// With the names that the check has.
        case unknown([String])
        /// The value, and what it is to be.
        case wrongType(String, String)
        case invalid(String)
    }

    package let check: CheckID
    package let option: String
    package let problem: Problem

    package init(check: CheckID, option: String, problem: Problem) {
        self.check = check
        self.option = option
        self.problem = problem
    }

    package var description: String {
        switch problem {
        case .unknown(let names):
            "\(check) has no option \"\(option)\""
                + (names.isEmpty ? "" : "; it has \(names.joined(separator: ", "))")
        case .wrongType(let text, let type): "\(check): \(option) is \(type), not \"\(text)\""
        case .invalid(let reason): "\(check): \(option): \(reason)"
        }
    }
}
