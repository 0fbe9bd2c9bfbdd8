import BuildContext
import Diagnostics
import Facts

/// The files that a build's COPYs and bind mounts can read are many or large.
struct ContextHuge: DockerfileCheck {
    static let id: CheckID = "context-huge"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), !reads.folderReads.isEmpty else { return [] }
        var seen: Set<ContextPath> = []
        var files = 0
        var bytes = 0
        var heaviest: (read: ContextRead, bytes: Int)?
        var folders: [ContextPath] = []
        for read in reads.folderReads {
            var own = 0
            for entry in reads.entries(of: read) where entry.kind == .file {
                own = own.addingClamped(entry.size)
                guard seen.insert(entry.path).inserted else { continue }
                files += 1
                bytes = bytes.addingClamped(entry.size)
            }
            folders += read.folders
            if own > heaviest?.bytes ?? -1 { heaviest = (read, own) }
        }
        let isLarge = bytes > options.integer("megabytes") * 1_000_000
        guard isLarge || files > options.integer("files"), let read = heaviest?.read else { return [] }
        let listing = reads.context.listing
        let largest = largestPaths(of: listing, in: folders)
        let bound = listing.isComplete ? "" : "at least "
        let ignoreFile = reads.context.ignoreFile?.path ?? reads.projectPath(".dockerignore")
        return [
            finding(
                at: read.step.instruction, in: build,
                message:
                    "Each build reads \(bound)\(Amount.files(files)), \(Amount.bytes(bytes)) of its context before the "
                    + "first step" + (largest.isEmpty ? "." : "; the largest are \(largest.listed(5))."),
                cost:
                    "They are compared with the builder's copy each time, and sent to it where they changed.",
                fix: Fix("Leave out in \(ignoreFile) what the image does not need, or copy less.")
            ).sharing(remedy: ignoreFile)
        ]
    }

    /// What weighs most, with `.git` as one thing.
    private func largestPaths(of listing: ContextListing, in folders: [ContextPath]) -> [String] {
        var git = (files: 0, bytes: 0)
        for entry in listing.entries where entry.kind == .file && entry.path.isInside(".git") {
            git.files += 1
            git.bytes = git.bytes.addingClamped(entry.size)
        }
        var weights = listing.largest(40).filter { !$0.path.isInside(".git") }
            .map { (path: $0.path, files: $0.fileCount, bytes: $0.byteCount) }
        if git.files > 0 { weights.append((".git", git.files, git.bytes)) }
        return weights.filter { weight in folders.contains { weight.path.isInside($0) } }
            .sorted { $0.bytes > $1.bytes }.prefix(5)
            .map { "\($0.path) (\(Amount.files($0.files)), \(Amount.bytes($0.bytes)))" }
    }
}
