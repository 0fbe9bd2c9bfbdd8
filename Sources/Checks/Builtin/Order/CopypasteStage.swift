import Diagnostics
import Dockerfile
import Facts
import Project

/// The same beginning in two Dockerfiles, but for blanks: BuildKit takes the two for different steps.
struct CopypasteStage: ProjectCheck {
    static let id: CheckID = "copypaste-stage"
    let options: CheckOptions

    /// The beginning of a stage down to a RUN, blanks made one.
    private struct Beginning: Hashable {
        let platform: String
        let texts: [String]
    }

    private struct Place {
        let path: String
        let line: Int
        /// The RUN as BuildKit keys it.
        let text: String
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var first: [Beginning: Place] = [:]
        var pairs: [(place: Place, other: Place)] = []
        for path in project.project.dockerfiles.keys.sorted() {
            guard let parsed = project.project.parsedDockerfile(path) else { continue }
            var beginning: Beginning?
            for instruction in parsed.instructions {
                switch instruction.body {
                case .from(let from):
                    // What a variable decides, or another stage holds, cannot be compared by its text.
                    let image = from.image.text
                    let isPlain = !image.contains("$") && image.contains(":")
                    beginning =
                        isPlain ? Beginning(platform: from.platform?.text ?? "", texts: [image]) : nil
                case .copy: beginning = nil
                case .run where beginning != nil:
                    guard instruction.heredocs.isEmpty else {
                        beginning = nil
                        continue
                    }
                    let texts = beginning!.texts
                    beginning = Beginning(
                        platform: beginning!.platform, texts: texts + [Self.words(of: instruction.text)])
                    let place = Place(path: path, line: instruction.lines.lowerBound, text: instruction.text)
                    if let other = first[beginning!] {
                        guard other.text != place.text else { continue }
                        if other.path != path { pairs.append((place, other)) }
                        // From here on nothing is shared.
                        beginning = nil
                    } else {
                        first[beginning!] = place
                    }
                default:
                    beginning.map {
                        beginning = Beginning(platform: $0.platform, texts: $0.texts + [instruction.text])
                    }
                }
            }
        }
        let paths = Set(pairs.map(\.place.path))
        guard !paths.isEmpty else { return [] }
        var told: Set<String> = []
        let builds = project.project.builds.lazy.filter { paths.contains($0.dockerfile) }
        return builds.compactMap(project.facts).flatMap { build -> [Finding] in
            build.reachableStages.flatMap(\.steps).filter { $0.weight == .heavy }.compactMap { step in
                guard
                    let pair = pairs.first(where: {
                        $0.place.path == build.path && $0.place.line == step.line
                    }),
                    told.insert("\(build.path):\(step.line)").inserted
                else { return nil }
                return finding(
                    at: step.instruction, in: build,
                    message:
                        "This is line \(pair.other.line) of \(pair.other.path) with other blanks between its words, so "
                        + "that BuildKit takes it for another step.",
                    cost: "It runs once for each of the two, where one could have the other's layer.",
                    fix: Fix("Write both alike; the blanks at the beginning of continued lines count."))
            }
        }
    }

    /// Runs of blanks made one.
    private static func words(of text: String) -> String {
        text.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}
