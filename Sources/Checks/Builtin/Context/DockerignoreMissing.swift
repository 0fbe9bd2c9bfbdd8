import BuildContext
import Diagnostics
import Facts

/// A build copies folders, and no ignore file says what does not belong into them.
struct DockerignoreMissing: DockerfileCheck {
    static let id: CheckID = "dockerignore-missing"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), reads.context.ignoreFile == nil else { return [] }
        let folderReads = reads.folderReads
        guard let first = folderReads.first(where: \.takesAll) ?? folderReads.first else { return [] }
        let entries = reads.entries(of: first)
        let churners = Churner.all(in: entries, dockerfile: reads.dockerfileInContext)
        let hasGit = entries.contains { $0.path == ".git" && $0.kind == .directory }
        let isClean = churners.isEmpty && !hasGit
        let files = entries.filter { $0.kind == .file }
        let amount =
            "\(Amount.files(files.count)), \(Amount.bytes(files.reduce(0) { $0 + $1.size }))"
        let found = (hasGit ? [".git"] : []) + churners.map(\.text)
        let evidence =
            isClean
            ? "whatever tools and editors leave there goes along"
            : "\(found.listed()) \(found.count == 1 ? "goes" : "go") along"
        let ignoreFile = reads.projectPath(".dockerignore")
        return [
            finding(
                at: first.step.instruction, in: build,
                severity: first.takesAll || !isClean ? nil : min(.info, options.severity),
                message:
                    "There is no ignore file: \(first.takesAll ? "everything in \(reads.contextName)" : "all of \(first.source.path)") "
                    + "is copied (\(amount)), and \(evidence).",
                cost: "Any change among these files runs the step and all below it again.",
                fix: Fix(
                    "Create \(ignoreFile):\n"
                        + suggestion(hasGit: hasGit, churners: churners, reads: reads).map { "    \($0)\n" }
                        .joined()))
        ]
    }

    /// Patterns for what is there; without `.git` where the build reads it.
    private func suggestion(hasGit: Bool, churners: [Churner], reads: ContextReads) -> [String] {
        let git = hasGit && GitMetadata.read(by: reads) == nil ? [".git"] : []
        let patterns = git + churners.map(\.pattern)
        return patterns.isEmpty ? ["**/.git", "**/*.log"] : Array(patterns.prefix(12))
    }
}
