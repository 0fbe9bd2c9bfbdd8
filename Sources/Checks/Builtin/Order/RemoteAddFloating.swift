import Diagnostics
import Dockerfile
import Facts
import SourceText

/// `ADD https://…` without a checksum: the builder asks the server in every build.
struct RemoteAddFloating: DockerfileCheck {
    static let id: CheckID = "remote-add-floating"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            // Each of a stage's steps has the first below it that takes time.
            var next: StepFacts?
            var below: [StepFacts?] = []
            for step in stage.steps.reversed() {
                below.append(next)
                if step.weight == .heavy { next = step }
            }
            return zip(stage.steps, below.reversed()).compactMap { finding(of: $0, above: $1, in: build) }
        }
    }

    /// - Parameter run: the first step below it that takes time.
    private func finding(of step: StepFacts, above run: StepFacts?, in build: BuildFacts) -> Finding? {
        // The builder for Windows knows no `--checksum`.
        guard step.distribution.family != .windows, step.instruction.keyword == .add,
            case .copy(let add) = step.instruction.body,
            add.checksum == nil, let expanded = step.step.copy
        else { return nil }
        for (word, source) in zip(add.sources, expanded.sources) where isPlainAddress(source.text) {
            return finding(
                at: word.range, in: build.source,
                message:
                    "The builder asks the server for this file in every build, as nothing says what it is to be.",
                cost: run.map {
                    "A slow server holds every build up, and a changed file runs line \($0.line) and all below it again."
                } ?? "A slow server holds every build up.",
                fix: Fix(
                    "Say what it is, and the cached one is taken unasked: ADD --checksum=sha256:… \(word.text)"
                ))
        }
        return nil
    }

    /// A file over HTTP; repositories of git are found by their ending or a fragment.
    private func isPlainAddress(_ text: String) -> Bool {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains("#") else {
            return false
        }
        let plain = text.split(separator: "?").first ?? ""
        return !plain.hasSuffix(".git")
    }
}
