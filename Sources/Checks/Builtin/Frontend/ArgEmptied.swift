import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A compose file passes an argument that is empty unless the environment sets it, over the default of the Dockerfile.
/// Source: docs.docker.com, Dockerfile reference, "Default values" (a value that is passed is used, an empty one too);
/// compose-spec, `interpolation.md` (`${X:-}` and `${X-}` are empty where X is not set).
struct ArgEmptied: ProjectCheck {
    static let id: CheckID = "arg-emptied"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        /// Defaults by Dockerfile: each is looked for once.
        var known: [String: [String: Default]] = [:]
        return project.project.buildStatements.flatMap { statement -> [Finding] in
            guard statement.kind == .compose, let build = statement.build else { return [] }
            return statement.options("build-arg").compactMap { option in
                guard let (name, variable) = emptied(option), let source = project.source(option.path) else {
                    return nil
                }
                let defaults = known[build.dockerfile] ?? defaults(in: build.dockerfile, of: project)
                known[build.dockerfile] = defaults
                guard let value = defaults[name] else { return nil }
                return finding(
                    at: option.bytes, in: source, confidence: .likely,
                    message:
                        "\(name) is empty unless the environment sets \(variable): the default `\(value.text)` "
                        + "(\(build.dockerfile):\(value.line)) does not count for an argument that is passed.",
                    fix: Fix("Give the default here:\n    \(name): ${\(variable):-\(value.text)}"),
                    subject: "\(statement.name ?? "") \(name)")
            }
        }
    }

    private struct Default {
        let text: String
        let line: Int
    }

    /// - Returns: the argument, and the variable that its value is made of alone.
    private func emptied(_ option: BuildOption) -> (name: String, variable: String)? {
        let parts = option.written.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let value = parts[1].drop { "\"'".contains($0) }
        guard value.hasPrefix("${"), let end = value.firstIndex(of: "}"),
            value[end...].dropFirst().allSatisfy({ "\"'".contains($0) })
        else { return nil }
        let inside = value[..<end].dropFirst(2)
        let variable = inside.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard !variable.isEmpty, [":-", "-"].contains(inside.dropFirst(variable.count)) else { return nil }
        return (String(parts[0]), String(variable))
    }

    /// The defaults that are a plain text; none of an argument that is declared with another one too.
    private func defaults(in path: String, of project: ProjectFacts) -> [String: Default] {
        guard let dockerfile = project.project.parsedDockerfile(path) else { return [:] }
        var found: [String: Default] = [:]
        var others: Set<String> = []
        for instruction in dockerfile.instructions {
            guard case .arg(let declarations) = instruction.body else { continue }
            for declaration in declarations {
                let name = declaration.name.text
                guard let text = declaration.defaultValue?.text else { continue }
                let plain = text.filter { !"\"'".contains($0) }
                if plain.isEmpty || plain.contains("$") || found[name].map({ $0.text != plain }) == true {
                    others.insert(name)
                } else if found[name] == nil {
                    found[name] = Default(text: plain, line: instruction.lines.lowerBound)
                }
            }
        }
        return found.filter { !others.contains($0.key) }
    }
}
