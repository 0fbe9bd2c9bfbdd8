import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// `.git` is among what a build copies: each commit, fetch and `git status` changes it.
struct DockerignoreGit: DockerfileCheck {
    static let id: CheckID = "dockerignore-git"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        var taking: [ContextRead] = []
        var git: [ContextEntry] = []
        for read in reads.folderReads where read.folders.contains(where: \.isRoot) {
            let inside = reads.entries(of: read).filter { $0.path.isInside(".git") }
            // In a work tree of its own or a submodule `.git` is a file that stays as it is.
            guard inside.first(where: { $0.path == ".git" })?.kind == .directory else { continue }
            let files = inside.filter { $0.kind == .file }
            // `.git/*` leaves the empty folder, which no commit changes.
            guard !files.isEmpty else { continue }
            taking.append(read)
            git = files
        }
        // Each is a place of its own, and speaks for those below.
        return taking.indices.compactMap { finding(of: Array(taking[$0...]), git: git, reads: reads) }
    }

    /// - Parameter taking: the reads that take `.git`; the first is where it is reported.
    private func finding(of taking: [ContextRead], git: [ContextEntry], reads: ContextReads) -> Finding? {
        let read = taking[0]
        let amount = "\(Amount.files(git.count)), \(Amount.bytes(git.clampedSum(\.size)))"
        let below = reads.reruns(after: taking)
        let effect =
            below.isEmpty
            ? "Every commit and fetch copies everything again"
            : "Every commit and fetch runs \(lineText(below)) again"
        let message = "\(effect): .git (\(amount)) is among what is copied here"
        let remedy = reads.context.ignoreFile?.path ?? reads.projectPath(".dockerignore")
        if let reader = GitMetadata.read(by: reads) {
            let removal = removal(below: read, in: reads)
            let stays = removal.map {
                " What line \($0.line) removes stays in the layer of line \(read.step.line), and is pushed and pulled with it."
            }
            return finding(
                at: read.step.instruction, in: reads.build,
                severity: removal == nil && !isCostly(below, besides: reader, reads)
                    ? min(.info, options.severity) : nil,
                message:
                    "\(message), and the build \(reader.isCertain ? "reads" : "may read") it: \(reader.evidence)."
                    + (stays ?? ""),
                fix: Fix(fixText(reader, read))
            ).sharing(remedy: remedy)
        }
        // Without any ignore file, `dockerignore-missing` tells of `.git` too.
        guard let file = reads.context.ignoreFile else { return nil }
        return finding(
            at: read.step.instruction, in: reads.build, message: "\(message).",
            cost: isInImage(read, reads)
                ? "The history goes to the builder and into the image with each build."
                : "The history goes to the builder with each build.",
            fix: Fix("Leave it out in \(file.path):\n    .git", edits: [file.source.appending(".git")])
        ).sharing(remedy: remedy)
    }

    /// A workflow pays for steps that take long and do not need the history.
    private func isCostly(_ below: [StepFacts], besides reader: GitMetadata, _ reads: ContextReads) -> Bool {
        reader.line != nil && reads.build.build.statedBy.contains { $0.kind == .workflow }
            && below.contains { $0.weight == .heavy && $0.line != reader.line }
    }

    /// What to do where a step needs the history: leaving it out breaks that step.
    private func fixText(_ reader: GitMetadata, _ read: ContextRead) -> String {
        guard let line = reader.line else {
            return """
                Leaving .git out \(reader.isCertain ? "would" : "might") break that. Pass what it reads from outside, below \
                the installs, and leave .git out then:
                    ARG VERSION
                """
        }
        guard read.step.run == nil else {
            return line == read.step.line
                ? "Bind what this step reads by name: --mount=type=bind,source=.git,target=.git and the files that it needs."
                : "Line \(line) alone needs .git. Bind what this step reads by name, in place of everything:\n"
                    + "    --mount=type=bind,source=go.mod,target=go.mod …"
        }
        // docs.docker.com, Dockerfile reference: COPY --exclude.
        return """
            Only line \(line) needs .git: bind it there, and leave it out of the copy:
                # syntax=docker/dockerfile:1
                \(read.step.instruction.keyword.rawValue.uppercased()) --exclude=.git \(read.source.path) …
                RUN --mount=type=bind,source=.git,target=.git …  (line \(line))
            """
    }

    /// A later step of the image that deletes `.git`.
    private func removal(below read: ContextRead, in reads: ContextReads) -> StepFacts? {
        guard read.step.run == nil, isInImage(read, reads) else { return nil }
        return reads.build.stages[read.step.stage].steps[(read.step.index + 1)...].first { step in
            step.run != nil && step.instruction.text.contains(".git")
                && step.script.commands.contains { command in
                    command.program == "rm"
                        || command.program == "find" && command.words.contains { $0.text == "-delete" }
                }
                && !step.instruction.text.contains(".gitignore") && !step.instruction.text.contains(".github")
        }
    }

    private func isInImage(_ read: ContextRead, _ reads: ContextReads) -> Bool {
        let build = reads.build
        guard read.step.run == nil else { return false }
        guard let target = build.dockerfile.target, build.stages.indices.contains(target) else { return true }
        return target == read.step.stage || build.stages[target].ancestors.contains(read.step.stage)
    }
}
