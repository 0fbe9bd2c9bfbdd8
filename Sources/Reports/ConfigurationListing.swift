package import Catalogue
package import Diagnostics
import JSON
package import Project

/// What `--show-config` prints: all that is in effect, in the syntax of `.clm-doctor.yaml`, so that it can be one.
package struct ConfigurationListing: Sendable {
    private let configuration: Configuration
    private let catalogue: Catalogue
    private let running: Set<CheckID>

    /// - Parameter running: the checks that are to run.
    package init(_ configuration: Configuration, catalogue: Catalogue, running: Set<CheckID>) {
        self.configuration = configuration
        self.catalogue = catalogue
        self.running = running
    }

    package func text() -> String {
        var lines = [
            "# read from: \(configuration.path.map { printable($0) } ?? "no file; all is as it comes")"
        ]
        lines.append("checks:")
        // Those that are in no list stand here where they are configured, or run.
        let entries = catalogue.listed {
            running.contains($0) || configuration.severities[$0] != nil || configuration.parameters[$0] != nil
        }.entries
        for entry in entries {
            let description = entry.description
            lines.append("  \(entry.id.name):")
            lines.append("    enabled: \(running.contains(entry.id))")
            lines.append(
                "    severity: \((configuration.severities[entry.id] ?? description.severity).rawValue)")
            for option in description.options {
                let written = configuration.parameters[entry.id]?[option.name]
                let value = written.flatMap { option.reading($0) } ?? option.defaultValue
                lines.append("    \(option.name): \(yaml(value))")
            }
        }
        lines.append("ignore: \(yaml(.strings(configuration.ignoredPaths)))")
        lines.append("include: \(yaml(.strings(configuration.includedPaths)))")
        if let failOn = configuration.failOn { lines.append("fail-on: \(failOn.rawValue)") }
        if let format = configuration.format { lines.append("format: \(format)") }
        if let baseline = configuration.baseline { lines.append("baseline: \(yaml(.string(baseline)))") }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n", isJSON: true)
    }

    /// JSON is YAML.
    private func yaml(_ value: OptionValue) -> String {
        switch value {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .string(let value): JSON.string(value).text()
        case .strings(let values): JSON.array(values.map { .string($0) }).text()
        }
    }
}
