import BuildContext
import Diagnostics
import Facts
import SourceText

/// A Dockerfile has an ignore file of its own, so that the context's `.dockerignore` is not read.
struct DockerignoreShadowed: DockerfileCheck {
    static let id: CheckID = "dockerignore-shadowed"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), let shadowed = reads.context.shadowedIgnoreFile,
            let own = reads.context.ignoreFile,
            let read = reads.folderReads.first(where: \.takesAll) ?? reads.folderReads.first,
            let bytes = reads.context.contents(of: ".dockerignore")
        else { return [] }
        let general = IgnoreFile(source: SourceText(path: shadowed, bytes: bytes), kind: .ofContext)
        // A list of the little that one build takes is not meant for another.
        let isAllowList = general.patterns.contains { !$0.isNegated && ["*", "**"].contains($0.text) }
        guard general.problems.isEmpty, !general.patterns.isEmpty, !isAllowList else { return [] }
        // What the file leaves out of its own accord, as far as this build takes it along.
        let taken = reads.entries(of: read).filter { entry in
            entry.kind == .file && general.compiled.decide(entry.path).isMatch
        }
        let expected: Set<String> = Set(["Dockerfile", ".dockerignore"] + [own.path, build.path])
        let surprising = taken.filter { !expected.contains($0.path.description) }
        guard !surprising.isEmpty else { return [] }
        let lost = Set(surprising.compactMap { general.compiled.decide($0.path).pattern })
        let patterns = lost.sorted().map { "`\(general.patterns[$0].text)`" }
        return [
            finding(
                at: own.source.bytes(ofLine: 1), in: own.source,
                message: "\(shadowed) is not read for \(build.path), because this file takes its place: "
                    + "\(Amount.files(surprising.count)) (\(Amount.bytes(surprising.clampedSum(\.size)))) that it "
                    + "leaves out elsewhere \(surprising.count == 1 ? "is" : "are") copied here, such as "
                    + "\(surprising[0].path).",
                cost: "A change to any of them runs line \(read.step.line) and all below it again.",
                fix: Fix("Add to this file what is to hold for this build too: \(patterns.listed(8))."),
                subject: shadowed
            ).naming(lost.sorted().map { general.patterns[$0].text })
        ]
    }
}
