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
        let churners = Churner.all(in: entries, dockerfile: reads.dockerfile)
        let hasGit = entries.contains { $0.path == ".git" && $0.kind == .directory }
        let files = entries.filter { $0.kind == .file }
        let bytes = files.clampedSum(\.size)
        let isLarge =
            files.count >= options.integer("files") || bytes >= options.integer("megabytes") * 1_000_000
        let expected = Churner.expected(in: entries)
        let isHarmful = hasGit || isLarge || !expected.isEmpty || churners.contains { !$0.isWritten }
        // Files that only people change are what the step is for; the Dockerfile among them is no reason for a finding.
        let hasOthers = churners.contains { $0.pattern != reads.dockerfile?.description }
        guard isHarmful || hasOthers && !reads.reruns(after: first).isEmpty else { return [] }
        let along = (hasGit ? [".git"] : []) + churners.map(\.text)
        var evidence: [String] = []
        if !along.isEmpty { evidence.append("\(along.listed()) \(along.count == 1 ? "goes" : "go") along") }
        if !expected.isEmpty {
            evidence.append(
                "\(expected.listed()) will\(along.isEmpty ? " go along" : "") once tools make "
                    + (expected.count == 1 ? "it" : "them"))
        }
        // All of one folder is what the image is made of, as far as anybody can see.
        if evidence.isEmpty {
            guard first.takesAll else { return [] }
            evidence = ["whatever tools and editors leave there goes along"]
        }
        let ignoreFile = reads.projectPath(".dockerignore")
        return [
            finding(
                at: first.step.instruction, in: build,
                severity: isHarmful ? nil : min(.info, options.severity),
                message:
                    "There is no ignore file: \(first.takesAll ? "everything in \(reads.contextName)" : "all of \(first.source.path)") "
                    + "is copied (\(Amount.files(files.count)), \(Amount.bytes(bytes))), and "
                    + "\(evidence.joined(separator: ", and ")).",
                cost: "Any change among these files runs the step and all below it again.",
                fix: Fix(
                    "Create \(ignoreFile):\n"
                        + suggestion(hasGit: hasGit, churners: churners, expected: expected, reads: reads)
                        .map { "    \($0)\n" }.joined(),
                    edits: [
                        Edit(
                            path: ignoreFile, bytes: 0..<0,
                            replacement: suggestion(
                                hasGit: hasGit, churners: churners.filter(\.isNeverNeeded),
                                expected: expected, reads: reads
                            ).map { "\($0)\n" }.joined())
                    ])
            ).folding(
                Fold(
                    "\(isHarmful)",
                    summary:
                        "builds copy folders without an ignore file, and take along what does not belong there."
                )
            ).sharing(remedy: "\(isHarmful) \(ignoreFile)")
        ]
    }

    /// Patterns for what is there or will be; without `.git` where the build reads it.
    private func suggestion(
        hasGit: Bool, churners: [Churner], expected: [String], reads: ContextReads
    ) -> [String] {
        let git = hasGit && GitMetadata.read(by: reads) == nil ? [".git"] : []
        let patterns = git + expected + churners.map(\.pattern)
        return patterns.isEmpty ? ["**/.git", "**/*.log"] : Array(patterns.prefix(12))
    }
}
