import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A stage copies from a stage that it is built on: what it copies is there already.
struct CopyFromOwnBase: DockerfileCheck {
    static let id: CheckID = "copy-from-own-base"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard let copy = step.step.copy, case .stage(let index) = copy.origin,
                    stage.ancestors.contains(index),
                    let source = copy.sources.first, source.isCertain
                else { return nil }
                let name = build.stages[index].stage.displayName
                let path = PathText.clean(source.text)
                return finding(
                    at: step.instruction, in: build,
                    message:
                        "\(path) is already here: this stage is built on \(name), which it is copied from.",
                    cost: "The files are written, hashed and pushed a second time.",
                    fix: Fix(
                        copy.destination.isCertain && PathText.clean(copy.destination.text) != path
                            ? "Link to them:\n    RUN ln -s \(path) \(PathText.clean(copy.destination.text))"
                            : "Take the COPY away."))
            }
        }
    }
}
