import Diagnostics
import SourceText

extension [Finding] {
    /// One finding for each place: a step of a workflow whose matrix builds many Dockerfiles has one remedy for all. The
    /// first speaks, and its cost says how many more there are.
    func onePerPlace() -> [Finding] { map { CountedFinding(finding: $0, count: 1) }.onePerPlace() }
}

/// A finding that stands for itself and others of its place.
struct CountedFinding {
    let finding: Finding
    let count: Int
}

extension [CountedFinding] {
    func onePerPlace() -> [Finding] {
        var order: [Place] = []
        var counts: [Place: Int] = [:]
        var firsts: [Place: Finding] = [:]
        for counted in self {
            let finding = counted.finding
            let place = Place(path: finding.path, range: finding.range)
            if firsts[place] == nil {
                order.append(place)
                firsts[place] = finding
            }
            counts[place, default: 0] += counted.count
        }
        return order.map { place in
            let first = firsts[place]!
            let others = counts[place]! - 1
            guard others > 0 else { return first }
            return Finding(
                check: first.check, severity: first.severity, confidence: first.confidence, path: first.path,
                range: first.range, message: first.message,
                cost: first.cost
                    + " The same holds for \(others) more \(others == 1 ? "image" : "images") built here.",
                fix: first.fix,
                subject: first.subject)
        }
    }
}

private struct Place: Hashable {
    let path: String
    let range: SourceRange?
}
