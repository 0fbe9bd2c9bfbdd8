import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A Dockerfile that copies the folders of other images along: a change of one runs the builds of all again.
/// Source: docs.docker.com, "Optimize cache usage in builds" (a COPY is cached by what all its files hold).
struct ContextSiblings: ProjectCheck {
    static let id: CheckID = "context-siblings"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var folders: [BuildSource: Set<ContextPath>] = [:]
        for build in project.project.builds where !build.statedBy.isEmpty {
            if let own = ownFolder(of: build) { folders[build.context, default: []].insert(own) }
        }
        var seen: Set<String> = []
        return project.project.builds.flatMap { build -> [Finding] in
            guard !build.statedBy.isEmpty, let own = ownFolder(of: build),
                let all = folders[build.context], all.count > 1,
                seen.insert(build.dockerfile).inserted,
                let facts = project.facts(of: build), let reads = ContextReads(facts)
            else { return [] }
            let others = all.filter { !$0.isInside(own) && !own.isInside($0) && !names($0, in: facts) }
            return reads.folderReads.compactMap { read in
                let steps = reads.reruns(after: read)
                let taken = steps.isEmpty ? [] : taken(others, by: reads.entries(of: read))
                guard !taken.isEmpty else { return nil }
                return finding(
                    at: read.step.instruction, in: facts, confidence: .likely,
                    message: "What runs in \(lineText(steps)) runs again for changes of "
                        + "\(taken.map(reads.projectPath).listed()), which \(taken.count == 1 ? "has an image of its own" : "have images of their own") "
                        + "and \(taken.count == 1 ? "is" : "are") named nowhere in this Dockerfile.",
                    fix: Fix(
                        "Copy what this image is made of, or leave the rest out in \(build.dockerfile).dockerignore, which takes "
                            + "the place of the common one:\n"
                            + taken.prefix(12).map { "    \($0)\n" }.joined())
                ).naming(taken.map(\.description)).sharing(remedy: build.dockerfile)
            }
        }
    }

    /// The Dockerfile's folder in the context; nil where it is the context itself, or lies outside.
    private func ownFolder(of build: Build) -> ContextPath? {
        build.dockerfileInContext?.parent.flatMap { $0.isRoot ? nil : $0 }
    }

    /// Whether the Dockerfile's text has the folder's name, so that it may need it.
    private func names(_ folder: ContextPath, in facts: BuildFacts) -> Bool {
        facts.source.bytes.firstRange(of: folder.name) != nil
    }

    /// Those with more in them than a Dockerfile.
    private func taken(_ folders: Set<ContextPath>, by entries: [ContextEntry]) -> [ContextPath] {
        var counts: [ContextPath: Int] = [:]
        for entry in entries where entry.kind == .file {
            var path = entry.path
            while let parent = path.parent {
                if folders.contains(parent) { counts[parent, default: 0] += 1 }
                path = parent
            }
        }
        let taken = counts.filter { $0.value > 1 }.keys
        return taken.filter { one in !taken.contains { $0 != one && one.isInside($0) } }.sorted()
    }
}
