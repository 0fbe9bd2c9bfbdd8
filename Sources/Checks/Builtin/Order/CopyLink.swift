import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A COPY from another stage that is made again whenever anything above it changes.
struct CopyLink: DockerfileCheck {
    static let id: CheckID = "copy-link"
    static let isAboutFrontends = true
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            var above: StepFacts?
            return stage.steps.compactMap { step -> Finding? in
                defer { if changesLayers(step) { above = step } }
                guard case .copy(let written) = step.instruction.body, written.from != nil, !written.link,
                    !written.parents, let copy = step.step.copy, copy.destination.isCertain,
                    written.chown.map({ Int($0.text.split(separator: ":").first ?? "") != nil }) ?? true,
                    let above
                else { return nil }
                return finding(
                    at: step.instruction, in: build,
                    message:
                        "This COPY is made again whenever line \(above.line) changes, although it takes nothing from "
                        + "there.",
                    cost:
                        "The files are copied and pushed again; with `--link` their layer is kept as it is.",
                    fix: Fix(
                        "Add --link, unless \(PathText.clean(copy.destination.text)) is a symlink in the image: then it "
                            + "replaces the link by a folder."))
            }
        }
    }

    private func changesLayers(_ step: StepFacts) -> Bool {
        step.weight == .heavy || step.step.copy?.origin == .context
    }
}
