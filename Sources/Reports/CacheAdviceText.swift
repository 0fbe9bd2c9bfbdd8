package import Host

/// What `clm-doctor cache --advise` prints.
package enum CacheAdviceText {
    /// - Parameter advice: with the builder that it is for.
    package static func text(of advice: [(builder: String, CacheAdvice)], style: TextStyle) -> String {
        var lines: [String] = []
        for (builder, advice) in advice {
            lines.append(style.paint("Builder \(printable(builder))", .strong))
            if !advice.arguments.isEmpty {
                lines.append("    docker \(printable(advice.arguments.joined(separator: " ")))")
                lines.append(
                    advice.frees.map { "  frees about \(formatted(bytes: $0))" } ?? "  frees what is that old"
                )
            }
            lines += wrapped(printable(advice.consequence), width: style.width - 2).map { "  " + $0 }
        }
        if lines.isEmpty { lines = ["No builder told what its cache holds."] }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }
}
