import Diagnostics
import Dockerfile
import Repository
import SourceText

/// `${{ … }}` as far as a workflow file itself gives the values.
struct WorkflowExpressions {
    /// As `ShellEvaluator` takes them; those of a workflow may hold expressions.
    let variables: [String: String]
    let matrix: [String: YAML]
    /// What a call passes.
    var inputs: [String: WorkflowExpression.Value] = [:]
    let root: String

    /// - Returns: nil where a part is known only when the workflow runs, and for what is too much.
    func expand(_ text: String, _ work: inout WorkBudget) -> String? { expand(text, depth: 0, &work) }

    func expand(_ text: String, depth: Int, _ work: inout WorkBudget) -> String? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        guard depth < Limits.expansionDepthOfStatements, work.spend(text.utf8.count / 2 + 1) else {
            return nil
        }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${{") {
            result += rest[..<start.lowerBound]
            var expression = WorkflowExpression(rest[start.upperBound...].utf8, in: self, depth: depth)
            guard let value = expression.value(&work).text, let end = expression.end,
                result.utf8.count + value.utf8.count <= Limits.expandedBytes, work.spend(value.utf8.count)
            else { return nil }
            result += value
            rest = rest[end...]
        }
        return result + rest
    }

    /// What a name and the names behind it stand for: `matrix.image.name`.
    func value(of path: [String], depth: Int, _ work: inout WorkBudget) -> WorkflowExpression.Value {
        switch path.first {
        case "matrix" where path.count > 1:
            var value = matrix[path[1]]
            for part in path.dropFirst(2) { value = value?[part] }
            // A matrix may be made at run time; a name that a leg lacks is an empty text.
            guard let value else {
                return matrix.isEmpty || matrix[WorkflowReader.mayHaveMore] != nil ? .unknown : .text("")
            }
            guard let text = value.string, text.contains("${{") else {
                return WorkflowExpression.Value(value)
            }
            return expand(text, depth: depth + 1, &work).map { .text($0) } ?? .unknown
        case "env" where path.count == 2:
            guard let text = variables[path[1]] else { return .unknown }
            if text.contains("${{") {
                return expand(text, depth: depth + 1, &work).map { .text($0) } ?? .unknown
            }
            return text == ShellEvaluator.untold ? .unknown : .text(text)
        case "inputs" where path.count == 2:
            guard let value = inputs[path[1]] else { return .unknown }
            return value.text?.contains("${{") ?? false ? .unknown : value
        case "github" where path == ["github", "workspace"]: return .text(root)
        default: return .unknown
        }
    }
}
