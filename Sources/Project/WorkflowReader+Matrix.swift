import Diagnostics
import Dockerfile
import Repository
import SourceText

/// The runs that a matrix makes of a job.
extension WorkflowReader {
    /// The combinations of a matrix that the file spells out; one without values where there is none, or where it is
    /// made at run time.
    static func matrix(_ yaml: YAML?, _ work: inout WorkBudget) -> [[String: YAML]] {
        guard let pairs = yaml?.mapping else { return [[:]] }
        var combinations: [[String: YAML]] = []
        var axes: Set<String> = []
        // What is made at run time may have any names.
        let isWhole = pairs.allSatisfy { $0.value.sequence != nil }
        for (key, value) in pairs {
            guard let name = key.string, name != "include", name != "exclude", let items = value.sequence
            else {
                continue
            }
            axes.insert(name)
            // Asked before it is built.
            guard items.count * max(combinations.count, 1) <= Limits.workflowLegs else { return [[:]] }
            combinations = (combinations.isEmpty ? [[:]] : combinations).flatMap { combination in
                items.map { combination.merging([name: $0]) { $1 } }
            }
        }
        for item in yaml?["exclude"]?.sequence ?? [] {
            guard work.spend(combinations.count) else { return [[:]] }
            let values = Self.values(item)
            combinations.removeAll { combination in
                values.allSatisfy { isEqual(combination[$0.key], $0.value) }
            }
        }
        let original = combinations.count
        for item in yaml?["include"]?.sequence ?? [] {
            guard combinations.count <= Limits.workflowLegs, work.spend(combinations.count) else {
                return [[:]]
            }
            let values = Self.values(item)
            let fixed = values.filter { axes.contains($0.key) }
            var fits = false
            for index in 0..<original
            where fixed.allSatisfy({ isEqual(combinations[index][$0.key], $0.value) }) {
                fits = true
                combinations[index].merge(values) { $1 }
            }
            if !fits { combinations.append(values) }
        }
        if combinations.isEmpty || combinations.count > Limits.workflowLegs { return [[:]] }
        return isWhole
            ? combinations : combinations.map { $0.merging([mayHaveMore: yaml!]) { first, _ in first } }
    }

    /// Stands among the names of a leg that may have others; no name of a file is empty.
    static let mayHaveMore = ""

    static func values(_ yaml: YAML) -> [String: YAML] {
        var values: [String: YAML] = [:]
        for (key, value) in yaml.mapping ?? [] { if let name = key.string { values[name] = value } }
        return values
    }

    static func isEqual(_ left: YAML?, _ right: YAML) -> Bool {
        left?.string != nil && left?.string == right.string
    }
}
