import BuildContext
import Diagnostics
import Facts

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
            return finding(
                at: read.step.instruction, in: reads.build, severity: min(.info, options.severity),
                message:
                    "\(message), and the build \(reader.isCertain ? "reads" : "may read") it: \(reader.evidence).",
                fix: Fix(
                    """
                    Leaving .git out \(reader.isCertain ? "would" : "might") break that. Pass what it reads from outside, below \
                    the installs, and leave .git out then:
                        ARG VERSION
                    """)
            ).sharing(remedy: remedy)
        }
        // Without any ignore file, `dockerignore-missing` tells of `.git` too.
        guard let file = reads.context.ignoreFile else { return nil }
        return finding(
            at: read.step.instruction, in: reads.build, message: "\(message).",
            cost: "The history goes to the builder and into the image with each build.",
            fix: Fix("Leave it out in \(file.path):\n    .git", edits: [file.source.appending(".git")])
        ).sharing(remedy: remedy)
    }
}
