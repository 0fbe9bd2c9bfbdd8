import Catalogue
import Diagnostics
import Dockerfile
import SourceText

/// What other tools' comments in a Dockerfile hide of ours: findings of checks that are the same rule, which the
/// aliases in `check.json` tell. They are written for those tools, so nothing is said of one that hides nothing.
///
/// - `# hadolint ignore=DL3009,DL3015` holds for an instruction on the next line, `# hadolint global ignore=…` for the
///   file (hadolint, `Pragma.hs`).
/// - `# check=skip=CopyIgnoredFile;error=true`, a parser directive, holds for the file; `skip=all` means every rule of
///   BuildKit's (`linter.go`, ParseLintOptions).
struct ForeignIgnores {
    /// Which checks a rule of another tool is: `hadolint:DL3009`.
    struct Rules: Sendable {
        private var checks: [String: Set<CheckID>] = [:]

        init(_ catalogue: Catalogue) {
            for entry in catalogue.entries {
                for alias in entry.description.aliases { checks[alias, default: []].insert(entry.id) }
            }
        }

        func checks(_ tool: String, _ rule: String) -> Set<CheckID> { checks["\(tool):\(rule)"] ?? [] }

        func all(of tool: String) -> Set<CheckID> {
            checks.reduce(into: []) { if $1.key.hasPrefix(tool + ":") { $0.formUnion($1.value) } }
        }

        /// Whether a file may hold such a comment: a look at its bytes, before anything of it is parsed.
        func mayConcern(_ source: SourceText) -> Bool {
            [("hadolint", "hadolint"), ("buildkit", "skip")].contains { tool, word in
                let word = Array(word.utf8)
                return knows(tool)
                    && source.bytes.withUnsafeBufferPointer { bytes in
                        bytes.indices.contains { at in
                            bytes[at] == word[0] && bytes[at...].starts(with: word)
                        }
                    }
            }
        }

        func knows(_ tool: String) -> Bool { !all(of: tool).isEmpty }
    }

    private var ofFile: Set<CheckID> = []
    /// By the first line of an instruction, each in the file's order.
    private var ofLines: [(lines: ClosedRange<Int>, checks: Set<CheckID>)] = []

    init(in dockerfile: ParsedDockerfile, rules: Rules) {
        for directive in dockerfile.directives where directive.name == .check {
            for option in directive.value.split(separator: ";", maxSplits: 1) {
                let parts = option.split(separator: "=", maxSplits: 1).map(Self.trimmed)
                guard parts.count == 2, parts[0] == "skip" else { continue }
                if parts[1] == "all" {
                    ofFile.formUnion(rules.all(of: "buildkit"))
                } else {
                    for rule in parts[1].split(separator: ",") {
                        ofFile.formUnion(rules.checks("buildkit", Self.trimmed(rule)))
                    }
                }
            }
        }
        guard rules.knows("hadolint") else { return }
        let source = dockerfile.source
        for line in 1...max(1, source.lineCount) {
            let bytes = source.bytes(ofLine: line)
            // Without a byte order mark, which stands in the first line.
            let text = Self.trimmed(source.string(max(bytes.lowerBound, source.textStart)..<bytes.upperBound))
            guard text.hasPrefix("#") else { continue }
            guard let (isGlobal, names) = Self.hadolintIgnore(Self.trimmed(text.dropFirst())) else {
                continue
            }
            let checks = names.reduce(into: Set<CheckID>()) { $0.formUnion(rules.checks("hadolint", $1)) }
            if isGlobal {
                ofFile.formUnion(checks)
            } else {
                let index = dockerfile.instructions.partitioningIndex { $0.lines.lowerBound > line }
                guard index < dockerfile.instructions.count,
                    dockerfile.instructions[index].lines.lowerBound == line + 1
                else { continue }
                ofLines.append((dockerfile.instructions[index].lines, checks))
            }
        }
    }

    func hides(_ finding: Finding) -> Bool {
        if ofFile.contains(finding.check) { return true }
        guard let line = finding.range?.start.line else { return false }
        // Instructions do not overlap.
        let index = ofLines.partitioningIndex { $0.lines.lowerBound > line } - 1
        return index >= 0 && ofLines[index].lines.contains(line)
            && ofLines[index].checks.contains(finding.check)
    }

    /// - Returns: nil for a comment that hadolint does not take for one of its own, such as one with a misspelt rule.
    private static func hadolintIgnore(_ comment: String) -> (isGlobal: Bool, rules: [String])? {
        guard comment.hasPrefix("hadolint") else { return nil }
        var rest = comment.dropFirst("hadolint".count)
        func skipBlanks() -> Bool {
            let before = rest.count
            rest = rest.drop { $0 == " " || $0 == "\t" }
            return rest.count < before
        }
        guard skipBlanks() else { return nil }
        var isGlobal = false
        if rest.hasPrefix("global") {
            rest = rest.dropFirst("global".count)
            guard skipBlanks() else { return nil }
            isGlobal = true
        }
        guard rest.hasPrefix("ignore") else { return nil }
        rest = rest.dropFirst("ignore".count)
        _ = skipBlanks()
        guard rest.first == "=" else { return nil }
        let list = rest.dropFirst().prefix { $0 != "#" }
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        guard names.allSatisfy({ !$0.isEmpty && $0.allSatisfy { "DLSC0123456789".contains($0) } }) else {
            return nil
        }
        return (isGlobal, names)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
