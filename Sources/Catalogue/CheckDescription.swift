package import Diagnostics

/// What `checks/<id>/check.json` says of a check.
package struct CheckDescription: Sendable {
    package let id: CheckID
    /// The problem as a short phrase, without a final dot.
    package let title: String
    package let category: Category
    /// Of its findings, unless a finding is worth less or the configuration says otherwise.
    package let severity: Severity
    package let cost: Cost
    /// It runs unless the configuration switches it off; otherwise only where the configuration or `--only` names it.
    package let isEnabled: Bool
    /// It is of use to few: lists of all checks leave it out, unless the configuration names it.
    package let isListed: Bool
    package let tags: [String]
    /// Names of the same rule elsewhere: `hadolint:DL3009`, `buildkit:CopyIgnoredFile`.
    package let aliases: [String]
    /// In the file's order.
    package let options: [OptionDeclaration]

    package init(
        id: CheckID, title: String, category: Category, severity: Severity, cost: Cost,
        isEnabled: Bool = true, isListed: Bool = true,
        tags: [String] = [], aliases: [String] = [], options: [OptionDeclaration] = []
    ) {
        self.id = id
        self.title = title
        self.category = category
        self.severity = severity
        self.cost = cost
        self.isEnabled = isEnabled
        self.isListed = isListed
        self.tags = tags
        self.aliases = aliases
        self.options = options
    }
}

/// What a check looks at; a report groups by it, in this order.
package enum Category: String, CaseIterable, Sendable {
    case frontend, cache, order, context, host, ci

    /// For people.
    package var title: String {
        switch self {
        case .frontend: "Dockerfiles"
        case .cache: "Cache mounts"
        case .order: "Layer order"
        case .context: "Build context"
        case .host: "Docker host"
        case .ci: "CI"
        }
    }

    /// Whether a person means it: `cache`, `cache mounts`, `Cache-mounts`.
    package func isNamed(_ name: String) -> Bool {
        let name = name.lowercased().replacing("-", with: " ")
        return name == rawValue || name == title.lowercased()
    }
}

/// What a build that has the problem typically loses; orders findings of one severity.
package enum Cost: String, CaseIterable, Comparable, Sendable {
    /// Nothing by itself.
    case none
    /// Seconds.
    case low
    /// Tens of seconds, such as one package list downloaded again.
    case medium
    /// Minutes, such as every dependency downloaded or compiled again.
    case high

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .none: 0
        case .low: 1
        case .medium: 2
        case .high: 3
        }
    }
}

/// A parameter of a check that the configuration may set.
package struct OptionDeclaration: Sendable {
    package let name: String
    package let summary: String
    package let defaultValue: OptionValue
    /// Of a whole number: what checks multiply stays far from the end of the integers.
    package let bounds: ClosedRange<Int>

    package init(
        name: String, summary: String, defaultValue: OptionValue,
        bounds: ClosedRange<Int> = 0...Limits.checkOption
    ) {
        self.name = name
        self.summary = summary
        self.defaultValue = defaultValue
        self.bounds = bounds
    }

    /// What a value has to be, in a message.
    package var typeName: String {
        if case .integer = defaultValue {
            "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        } else {
            defaultValue.typeName
        }
    }

    /// - Parameter text: the value as the configuration has it.
    /// - Returns: nil for a value of another type, and for a number out of bounds.
    package func reading(_ text: String) -> OptionValue? {
        let value = defaultValue.reading(text)
        if case .integer(let number) = value, !bounds.contains(number) { return nil }
        return value
    }
}

/// The value of a check's parameter; the case of the default is the parameter's type.
package enum OptionValue: Hashable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case string(String)
    /// In a configuration: a list, or one text with commas.
    case strings([String])

    fileprivate var typeName: String {
        switch self {
        case .boolean: "true or false"
        case .integer: "a whole number"
        case .string: "a text"
        case .strings: "a list"
        }
    }

    /// - Parameter text: the value as the configuration has it.
    /// - Returns: the text as a value of the same type as this one; nil where it is none.
    fileprivate func reading(_ text: String) -> OptionValue? {
        switch self {
        case .boolean: ["true": true, "false": false][text.lowercased()].map { .boolean($0) }
        case .integer: Int(text).map { .integer($0) }
        case .string: .string(text)
        case .strings:
            .strings(
                text.split(separator: ",").map { item in
                    let trimmed = item.drop { $0 == " " }
                    return String(trimmed.reversed().drop { $0 == " " }.reversed())
                })
        }
    }
}
