package import Host
internal import JSON

/// What `clm-doctor cache --advise` prints.
package struct CacheAdviceReport: Listing, Sendable {
    private let advice: [(builder: String, CacheAdvice)]

    /// - Parameter advice: with the builder that it is for.
    package init(_ advice: [(builder: String, CacheAdvice)]) {
        self.advice = advice
    }

    package func text(style: TextStyle) -> String {
        var lines: [String] = []
        for (builder, advice) in advice {
            lines.append(style.paint("Builder \(printable(builder))", .strong))
            if let command = command(of: advice) {
                lines.append("    \(command)")
                lines.append(
                    advice.frees.map { "  frees about \(formatted(bytes: $0))" } ?? "  frees what is that old"
                )
            }
            lines += wrapped(printable(advice.consequence), width: style.width - 2).map { "  " + $0 }
        }
        if lines.isEmpty { lines = ["No builder told what its cache holds."] }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// The commands alone, a line each.
    package func conciseText() -> String {
        withoutWorkflowCommands(advice.compactMap { command(of: $0.1) }.map { $0 + "\n" }.joined())
    }

    /// `docs/schema/cache-advice.schema.json` describes it.
    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/cache-advice/1",
            "advice": .array(
                advice.map { builder, advice in
                    [
                        "builder": .string(builder),
                        "command": .array(
                            advice.arguments.isEmpty
                                ? [] : (["docker"] + advice.arguments).map { .string($0) }),
                        "frees": advice.frees.map { .integer($0) } ?? .null,
                        "consequence": .string(advice.consequence),
                    ]
                }),
        ])
    }

    /// nil where nothing is to be done.
    private func command(of advice: CacheAdvice) -> String? {
        advice.arguments.isEmpty ? nil : printable(shellText(["docker"] + advice.arguments))
    }
}
