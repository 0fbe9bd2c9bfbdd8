import BuildContext
import Diagnostics
import Facts

/// A build copies what changes without the image needing it, although there is an ignore file.
struct DockerignoreChurn: DockerfileCheck {
    static let id: CheckID = "dockerignore-churn"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), let file = reads.context.ignoreFile else { return [] }
        let allowed = Set(options.strings("allow"))
        var reported: Set<String> = []
        var remedy = file.path
        return reads.folderReads.compactMap { read in
            let below = reads.reruns(after: read)
            // Where nothing runs again, little is lost.
            guard !below.isEmpty else { return nil }
            let entries = reads.entries(of: read)
            // `.git` changes with each of these files, and its remedy comes first.
            guard !entries.contains(where: { $0.kind == .file && $0.path.isInside(".git") }) else {
                return nil
            }
            let churners = Churner.all(in: entries, dockerfile: reads.dockerfile)
                .filter {
                    $0.pattern != file.path && !allowed.contains($0.pattern)
                }
            // What only people change (the Dockerfile, compose files, `.github`) seldom changes alone.
            guard churners.contains(where: { !$0.isWritten }) else { return nil }
            // What an earlier COPY brings too has the same remedy, but is a place of its own.
            let isFirst = reported.isEmpty
            let new = churners.map(\.pattern).filter { reported.insert($0).inserted }
            if !isFirst, !new.isEmpty { remedy = "\(file.path) \(new.joined(separator: " "))" }
            let edits =
                churners.allSatisfy(\.isNeverNeeded)
                ? [file.source.appending(churners.map(\.pattern).joined(separator: file.source.newline))] : []
            return finding(
                at: read.step.instruction, in: build, confidence: .likely,
                message: "What runs in \(lineText(below)) runs again for "
                    + "changes that the image does not need: \(churners.map(\.text).listed()) "
                    + "\(churners.count == 1 ? "is" : "are") among what is read here.",
                fix: Fix(
                    "Leave out in \(file.path), if nothing in the build reads it:\n"
                        + churners.prefix(12).map { "    \($0.pattern)\n" }.joined(), edits: edits)
            ).naming(churners.map(\.pattern)).sharing(remedy: remedy)
        }
    }
}
