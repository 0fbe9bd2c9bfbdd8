import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// A folder with the sources in it is copied from another stage, above an install that needs nothing of it.
struct CrossStageChurn: DockerfileCheck {
    static let id: CheckID = "cross-stage-churn"
    let options: CheckOptions

    private struct Sources {
        let copy: StepFacts
        let read: ContextRead
        /// The RUN that makes what is copied of them; nil where they are copied themselves.
        var maker: StepFacts?
    }

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        return build.reachableStages.flatMap { stage in
            stage.steps.compactMap { step -> Finding? in
                guard let copy = step.step.copy, case .stage(let index) = copy.origin, copy.excludes.isEmpty,
                    let sources = copy.sources.lazy.compactMap({
                        self.sources(at: $0, in: index, reads) ?? self.made($0, in: index, reads)
                    }).first
                else { return nil }
                let installs = self.installs(below: step, in: stage)
                if installs.isEmpty { return nil }
                return finding(step, build.stages[index], sources, installs, reads)
                    .naming(installs.map(\.instruction.text))
                    .sharing(remedy: "\(build.path) \(stage.index)")
            }
        }
    }

    /// The COPY that brought sources into a folder of a stage.
    private func sources(at path: Expanded, in stage: Int, _ reads: ContextReads) -> Sources? {
        guard path.isCertain, !path.text.contains(where: { "*?[".contains($0) }) else { return nil }
        let folder = PathText.clean(path.text)
        let stages = Set([stage] + reads.build.stages[stage].ancestors)
        for read in reads.folderReads where stages.contains(read.step.stage) && read.step.run == nil {
            guard let destination = read.step.step.copy?.destination, destination.isCertain,
                PathText.isPath(PathText.clean(destination.text), inOrAt: folder),
                reads.entries(of: read).contains(where: { $0.kind == .file }),
                !mayRemove(below: read.step, in: stages, of: reads.build)
            else { continue }
            return Sources(copy: read.step, read: read)
        }
        return nil
    }

    /// What a RUN of a stage compiles below a COPY of sources: it lies in the folder that the RUN works in, or the RUN names
    /// it.
    private func made(_ path: Expanded, in stage: Int, _ reads: ContextReads) -> Sources? {
        guard path.isCertain else { return nil }
        // Of a pattern the folder that it stands in.
        let plain = path.text.split(separator: "/").prefix { part in !part.contains { "*?[".contains($0) } }
        guard !plain.isEmpty else { return nil }
        let result = "/" + plain.joined(separator: "/")
        let steps = reads.build.stages[stage].steps
        guard let read = reads.folderReads.first(where: { $0.step.stage == stage && $0.step.run == nil }),
            reads.entries(of: read).contains(where: { $0.kind == .file })
        else { return nil }
        let maker = steps[(read.step.index + 1)...].first { step in
            guard step.script.isComplete, compiles(step), reads.build.work.spend(step.script.commands.count)
            else {
                return false
            }
            return step.script.commands.contains { command in
                if installs(command), PathText.isPath(result, inOrAt: "/usr/local") { return true }
                if let folder = step.workdir(of: command).value, folder != "/",
                    PathText.isPath(result, inOrAt: folder)
                {
                    return true
                }
                return command.words.dropFirst().contains { word in
                    guard let text = step.text(of: word, in: command).value,
                        let slash = text.firstIndex(of: "/")
                    else {
                        return false
                    }
                    let named = PathText.clean(String(text[slash...]))
                    return named != "/"
                        && (PathText.isPath(result, inOrAt: named) || PathText.isPath(named, inOrAt: result))
                }
            }
        }
        return maker.map { Sources(copy: read.step, read: read, maker: $0) }
    }

    /// `make install`, `cmake --install`: below /usr/local, unless it says otherwise.
    /// Sources: GNU coding standards, `prefix`; cmake.org, `CMAKE_INSTALL_PREFIX`.
    private func installs(_ command: ShellCommand) -> Bool {
        ["make", "ninja", "cmake", "meson"].contains(command.program)
            && command.words.contains { $0.text == "install" || $0.text == "--install" }
    }

    private func compiles(_ step: StepFacts) -> Bool {
        step.invocations.contains { $0.action == .build && $0.recipe == nil }
            || step.script.commands.contains { command in
                ["make", "cmake", "ninja", "meson", "gcc", "g++", "cc", "clang", "rustc", "tsc"].contains(
                    command.program)
            }
    }

    private func mayRemove(below step: StepFacts, in stages: Set<Int>, of build: BuildFacts) -> Bool {
        build.stages.filter { stages.contains($0.index) }.flatMap(\.steps).contains { later in
            guard later.run != nil, later.stage != step.stage || later.index > step.index else {
                return false
            }
            return !later.script.isComplete
                || later.script.commands.contains {
                    ["rm", "find", "mv", "git"].contains($0.program ?? "rm")
                }
        }
    }

    /// Those that name all that they bring in, down to the first step that may read what was copied.
    private func installs(below copy: StepFacts, in stage: StageFacts) -> [StepFacts] {
        var found: [StepFacts] = []
        for step in stage.steps[(copy.index + 1)...] where step.run != nil {
            let needsNothing = step.installs.allSatisfy {
                $0.input == .nothing && $0.manager.isForSystem || $0.recipe != nil
            }
            if needsNothing, OnlyInstalls(step).isTrue {
                if step.weight == .heavy { found.append(step) }
            } else if step.weight != .light {
                break
            }
        }
        return found
    }

    private func finding(
        _ copy: StepFacts, _ from: StageFacts, _ sources: Sources, _ installs: [StepFacts],
        _ reads: ContextReads
    ) -> Finding {
        let files = reads.entries(of: sources.read).count { $0.kind == .file }
        let several = installs.count > 1 ? "s" : ""
        return finding(
            at: copy.instruction, in: reads.build,
            message:
                "Every change to any of \(Amount.files(files)) runs the install\(several) in \(lineText(installs)) "
                + (sources.maker.map {
                    "again: this copies what line \($0.line) makes of them in stage \(from.stage.displayName)."
                }
                    ?? "again: this copies along what stage \(from.stage.displayName) has from line \(sources.copy.line)."),
            cost: "Packages are downloaded and unpacked anew with each edit of the code.",
            fix: Fix(
                installs.lazy.flatMap(\.installs).compactMap(\.recipe).first.map {
                    "Copy no more than \($0)."
                }
                    ?? (sources.maker != nil
                        ? "Move the install\(several) above this COPY."
                        : "Move the install\(several) above this COPY, or copy no more than what was built."))
        )
    }
}
