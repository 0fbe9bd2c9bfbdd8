internal import BuildContext
internal import Diagnostics
internal import Dockerfile
internal import Facts
internal import Project
internal import Repository
internal import SourceText

/// The builds that edits of Dockerfiles and ignore files concern, as they are and as they would be. What states them is not
/// read again: it is for the caller to know that it states the same.
struct EditedBuilds {
    let paths: Set<String>
    let base: Snapshot
    let head: Snapshot
    private let project: Project

    /// - Parameters:
    ///   - project: as it is.
    ///   - head: with the edits.
    ///   - paths: of the files that are edited.
    init(of project: Project, in head: Snapshot, _ paths: Set<String>) {
        self.project = project
        self.head = head
        self.paths = paths
        base = project.snapshot
    }

    /// Made when they are asked for: those of a thousand builds together take more than 100 MB.
    var pairs: some Sequence<(before: BuildFacts, after: BuildFacts)> {
        let (old, new) = (ContextStore(of: base), ContextStore(of: head))
        let areDockerfiles = paths.allSatisfy { project.dockerfiles[$0] != nil }
        return project.builds.lazy.compactMap { build -> (before: BuildFacts, after: BuildFacts)? in
            let isDockerfileEdited = paths.contains(build.dockerfile)
            if areDockerfiles, !isDockerfileEdited { return nil }
            guard let before = BuildFacts(build: build, in: project, contexts: old) else { return nil }
            var dockerfile = before.dockerfile.parsed
            if isDockerfileEdited {
                guard let bytes = try? head.read(build.dockerfile, limit: Limits.dockerfileBytes) else {
                    return nil
                }
                dockerfile = ParsedDockerfile(
                    parsing: SourceText(
                        path: build.dockerfile, bytes: bytes, blankLines: dockerfile.source.blankLines))
            }
            let after = BuildFacts(
                build: build, dockerfile: dockerfile, context: ContextFacts(build: build, in: new))
            let isConcerned =
                isDockerfileEdited
                || [before, after].contains { facts in
                    facts.context.context?.ignoreFile.map { paths.contains($0.path) } ?? false
                }
            return isConcerned ? (before, after) : nil
        }
    }
}
