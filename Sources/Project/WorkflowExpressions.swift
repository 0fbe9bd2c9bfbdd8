import Diagnostics
import Dockerfile
import Repository
import SourceText

/// `${{ … }}` as far as a workflow file itself gives the values.
struct WorkflowExpressions {
    let variables: [String: String]
    let matrix: [String: YAML]
    let root: String

    /// - Returns: nil where a part is known only when the workflow runs, and for what is too much.
    func expand(_ text: String, _ work: inout WorkBudget) -> String? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        guard work.spend(text.utf8.count / 2 + 1) else { return nil }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${{") {
            result += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstRange(of: "}}"),
                let value = value(of: rest[start.upperBound..<end.lowerBound].filter { $0 != " " })
            else { return nil }
            guard result.utf8.count + value.utf8.count <= Limits.expandedBytes,
                work.spend(value.utf8.count)
            else { return nil }
            result += value
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    private func value(of expression: String) -> String? {
        let parts = expression.split(separator: ".").map(String.init)
        switch parts.first {
        case "matrix":
            var value = parts.count > 1 ? matrix[parts[1]] : nil
            for part in parts.dropFirst(2) { value = value?[part] }
            return value?.string
        case "env" where parts.count == 2: return variables[parts[1]]
        case "github" where parts == ["github", "workspace"]: return root
        default: return nil
        }
    }
}
