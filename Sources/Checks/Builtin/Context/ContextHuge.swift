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
            // `.git` is a finding of `dockerignore-git` or `dockerignore-missing`, with its own remedy.
            for entry in reads.entries(of: read) where entry.kind == .file && !entry.path.isInside(".git") {
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

    /// What weighs most.
    private func largestPaths(of listing: ContextListing, in folders: [ContextPath]) -> [String] {
        listing.largest(40).filter { weight in
            !weight.path.isInside(".git") && folders.contains { weight.path.isInside($0) }
        }
        .sorted { $0.byteCount > $1.byteCount }.prefix(5)
        .map { "\($0.path) (\(Amount.files($0.fileCount)), \(Amount.bytes($0.byteCount)))" }
    }
}
