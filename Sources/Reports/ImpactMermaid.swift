import Dockerfile
package import Impact

/// The impact report as a Mermaid flowchart: a subgraph for each stage, steps coloured by state.
package struct ImpactMermaid: Sendable {
    private let report: ImpactReport

    package init(_ report: ImpactReport) { self.report = report }

    package func text() -> String {
        var lines = ["flowchart TD"]
        for (number, build) in report.builds.enumerated() where build.isAffected {
            lines.append("  subgraph b\(number)[\"\(escaped(build.name)): \(build.verdict.rawValue)\"]")
            var ids: [String: [String]] = [:]
            for (index, stage) in build.stages.enumerated() {
                lines.append("    subgraph b\(number)s\(index)[\"\(escaped(stage.name))\"]")
                for (index, step) in build.steps.enumerated() where step.stage == stage.name {
                    let id = "b\(number)n\(index)"
                    let text = ImpactWords.shortened(
                        "\(step.label.number)/\(step.label.of) \(step.instruction)", to: 60)
                    lines.append("      \(id)[\"\(escaped(text))\"]:::\(step.state.rawValue)")
                    if let before = ids[stage.name]?.last { lines.append("      \(before) --> \(id)") }
                    ids[stage.name, default: []].append(id)
                }
                lines.append("    end")
            }
            // A stage without steps of its own is a node by itself.
            func end(of stage: String) -> String {
                ids[stage]?.last
                    ?? "b\(number)s\(build.stages.firstIndex { $0.name == stage } ?? 0)"
            }
            for stage in build.stages {
                guard let continued = stage.continued else { continue }
                let index = build.stages.firstIndex(of: stage) ?? 0
                lines.append(
                    "    \(end(of: continued)) --> \(ids[stage.name]?.first ?? "b\(number)s\(index)")")
            }
            for (index, step) in build.steps.enumerated() {
                for stage in step.reads { lines.append("    \(end(of: stage)) -.-> b\(number)n\(index)") }
            }
            lines.append("  end")
        }
        lines += [
            "  classDef cached fill:#d7f0d7,stroke:#2e7d32,color:#10340f",
            "  classDef maybe fill:#fff1cc,stroke:#b26a00,color:#4a2c00",
            "  classDef rebuild fill:#fbd9d5,stroke:#b3261e,color:#4c0d09",
        ]
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// Mermaid takes entities by number in quoted text (mermaid.js.org, "Entity codes to escape characters").
    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in printable(text).unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ".", "/", "-", "_", "=", ",", "+":
                result.unicodeScalars.append(scalar)
            default: result += "#\(scalar.value);"
            }
        }
        return result
    }
}
