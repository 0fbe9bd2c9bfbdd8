import Diagnostics
import Dockerfile
import Facts
import Project

/// The same beginning in two Dockerfiles, but for blanks: BuildKit takes the two for different steps.
struct CopypasteStage: ProjectCheck {
    static let id: CheckID = "copypaste-stage"
    let options: CheckOptions

    private struct Place {
        let path: String
        let run: BuildOutline.PlainRun
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var first: [Int: Place] = [:]
        var pairs: [(place: Place, other: Place)] = []
        var paths: Set<String> = []
        let outlines = project.outlines.map(\.outline).filter { paths.insert($0.path).inserted }
        for outline in outlines.sorted(by: { $0.path < $1.path }) {
            var apart: Int?
            for run in outline.plainRuns where run.stage != apart {
                let place = Place(path: outline.path, run: run)
                guard let other = first[run.likeness] else {
                    first[run.likeness] = place
                    continue
                }
                guard other.run.text != run.text else { continue }
                if other.path != place.path { pairs.append((place, other)) }
                // From here on nothing is shared.
                apart = run.stage
            }
        }
        let found = Dictionary(grouping: pairs, by: \.place.path).mapValues { pairs in
            Dictionary(pairs.map { ($0.place.run.line, $0) }, uniquingKeysWith: { first, _ in first })
        }
        var told: Set<String> = []
        let builds = project.project.builds.lazy.filter { found[$0.dockerfile] != nil }
        return builds.compactMap(project.facts).flatMap { build -> [Finding] in
            build.reachableStages.flatMap(\.steps).filter { $0.weight == .heavy }.compactMap { step in
                guard
                    let pair = found[build.path]?[step.line],
                    told.insert("\(build.path):\(step.line)").inserted
                else { return nil }
                return finding(
                    at: step.instruction, in: build,
                    message:
                        "This is line \(pair.other.run.line) of \(pair.other.path) with other blanks between its words, so "
                        + "that BuildKit takes it for another step.",
                    cost: "It runs once for each of the two, where one could have the other's layer.",
                    fix: Fix("Write both alike; the blanks at the beginning of continued lines count."))
            }
        }
    }
}
