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
            var last: [String: String] = [:]
            for stage in build.stageNames {
                lines.append("    subgraph b\(number)s\(build.index(of: stage))[\"\(escaped(stage))\"]")
                for (index, step) in build.steps.enumerated() where step.stage == stage {
                    let id = "b\(number)n\(index)"
                    let text = ImpactWords.shortened(
                        "\(step.label.number)/\(step.label.of) \(step.instruction)", to: 60)
                    lines.append("      \(id)[\"\(escaped(text))\"]:::\(step.state.rawValue)")
                    if let before = last[stage] { lines.append("      \(before) --> \(id)") }
                    last[stage] = id
                }
                lines.append("    end")
            }
            for (index, step) in build.steps.enumerated() {
                guard case .output(let stage, _)? = step.cause, let source = last[stage] else { continue }
                lines.append("    \(source) -.-> b\(number)n\(index)")
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

extension BuildImpact {
    /// In the order of the steps.
    var stageNames: [String] {
        var names: [String] = []
        for step in steps where !names.contains(step.stage) { names.append(step.stage) }
        return names
    }

    func index(of stage: String) -> Int { stageNames.firstIndex(of: stage) ?? 0 }
}
