import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// An ARG that differs from build to build, above installs that do not need it: its value is in the environment, and
/// so in the key, of every RUN below it.
struct VolatileArgEarly: DockerfileCheck {
    static let id: CheckID = "volatile-arg-early"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let names = Set(options.strings("names"))
        return build.reachableStages.flatMap { stage in
            var installs: StageInstalls?
            return stage.steps.flatMap { step -> [Finding] in
                guard case .arg(let declarations) = step.instruction.body else { return [] }
                return declarations.compactMap { declaration in
                    let name = declaration.name.text
                    guard names.contains(name) || isPassedAnew(name, in: build) || differs(name, in: build)
                    else { return nil }
                    let known = installs ?? StageInstalls(of: stage, in: build)
                    installs = known
                    return finding(
                        of: name, declared: step, alone: declarations.count == 1, installs: known, in: build)
                }
            }
        }
    }

    /// A file that states the build passes a value that changes. An argument that is named for breaking the cache does
    /// what it is there for, unless `names` has it.
    private func isPassedAnew(_ name: String, in build: BuildFacts) -> Bool {
        let upper = name.uppercased()
        return build.build.changes[name] != nil && !upper.contains("CACHE") && !upper.contains("BUST")
    }

    /// Builds of the Dockerfile pass different values, and not for what they are built on.
    private func differs(_ name: String, in build: BuildFacts) -> Bool {
        build.build.differingArguments.contains(name)
            && !build.dockerfile.parsed.instructions.contains { instruction in
                guard case .from(let from) = instruction.body else { return false }
                return StepFacts.names(variable: name, in: from.image.text)
            }
    }

    private func finding(
        of name: String, declared: StepFacts, alone: Bool, installs: StageInstalls, in build: BuildFacts
    ) -> Finding? {
        guard let idle = IdleInstalls(below: declared, of: name, in: installs), let last = idle.steps.last
        else { return nil }
        let (firstUse, readers) = (idle.firstUse, idle.readers)
        let isPassed = build.build.args.keys.contains(name)
        let target = firstUse?.line
        let need = target.map { "nothing above line \($0) needs it" } ?? "no RUN needs it"
        let isAnew = isPassedAnew(name, in: build) || !build.build.differingArguments.contains(name)
        let isOfWorkflow = build.build.statedBy.contains { $0.kind == .workflow }
        return finding(
            at: declared.instruction, in: build,
            // Some images by hand are no reason to fail a gate.
            severity: isAnew || isOfWorkflow ? nil : min(.info, options.severity),
            confidence: isPassed ? .certain : .likely,
            message: isAnew
                ? "\(idle.text) run again whenever \(name) changes: its value is in the "
                    + "environment of every RUN below it, and \(need)."
                : "\(idle.text) run once for each value of \(name): builds of this Dockerfile pass different ones, and \(need).",
            cost: isAnew
                ? "A new \(name) with each \(changeText(name, in: build)) means that nothing below this line is cached."
                : "Builds that differ in \(name) share no layer below this line, neither here nor by a cache.",
            fix: Fix(
                fixText(name: name, after: last, readers: readers),
                edits: alone && readers.isEmpty
                    ? edits(moving: declared, above: firstUse, after: last, in: build)
                    : [],
                // What a package's own build reads of its environment cannot be seen.
                idle.managers.allSatisfy(\.isForSystem) ? .safe : .unsafe))
    }

    private func changeText(_ name: String, in build: BuildFacts) -> String {
        switch build.build.changes[name] {
        case .everyCommit?: "commit"
        case .everyBuild?: "build"
        case nil: "commit or build"
        }
    }

    private func fixText(name: String, after install: StepFacts, readers: Set<String>) -> String {
        let also =
            readers.isEmpty
            ? "" : " with the \(readers.sorted().joined(separator: " and ")) that reads it"
        return
            "Move `ARG \(name)`\(also) below line \(install.instruction.lines.upperBound), or into the last stage."
    }

    private func edits(
        moving declared: StepFacts, above use: StepFacts?, after install: StepFacts, in build: BuildFacts
    ) -> [Edit] {
        let source = build.source
        let below = install.instruction.lines.upperBound
        guard declared.instruction.comments.isEmpty, below < source.lineCount, !declared.step.isTrigger else {
            return []
        }
        let lines = declared.instruction.lines
        let text = lines.map { source.string(source.bytes(ofLine: $0)) }.joined(separator: source.newline)
        let target = source.lineStarts[below]
        return [
            source.removal(ofLines: lines),
            Edit(path: build.path, bytes: target..<target, replacement: text + source.newline),
        ]
    }
}
