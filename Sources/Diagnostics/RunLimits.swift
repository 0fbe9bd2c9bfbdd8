/// What one run may take, all of it together. The last wall: budgets end single readers long before.
package struct RunLimits: Sendable {
    /// Of this process, not of the programs that it runs.
    package var processorSeconds: Int
    /// What may stand in memory at one time.
    package var memoryBytes: Int

    package init(processorSeconds: Int = Limits.runSeconds, memoryBytes: Int = Limits.runBytes) {
        self.processorSeconds = processorSeconds
        self.memoryBytes = memoryBytes
    }

    /// What the user's environment allows. A repository has no say in it.
    /// - Throws: where a value is no whole number from 1 to a million.
    package init(environment: [String: String]) throws(InvalidValue) {
        self.init()
        if let seconds = try Self.number("CLM_DOCTOR_MAX_CPU_SECONDS", in: environment) {
            processorSeconds = seconds
        }
        if let megabytes = try Self.number("CLM_DOCTOR_MAX_MEMORY_MB", in: environment) {
            memoryBytes = megabytes << 20
        }
    }

    /// A variable that does not hold a limit.
    package struct InvalidValue: Error, CustomStringConvertible {
        let variable: String

        package var description: String { "\(variable) is to be a whole number from 1 to 1000000" }
    }

    private static func number(
        _ variable: String, in environment: [String: String]
    ) throws(InvalidValue) -> Int? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        guard let number = Int(text), (1...1_000_000).contains(number) else {
            throw InvalidValue(variable: variable)
        }
        return number
    }
}
