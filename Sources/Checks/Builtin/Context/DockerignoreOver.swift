import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// The ignore file leaves out what the build copies by name, or what an install needs.
struct DockerignoreOver: DockerfileCheck {
    static let id: CheckID = "dockerignore-over"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build), let file = reads.context.ignoreFile else { return [] }
        return reads.reads.flatMap { read -> [Finding] in
            switch read.selection.outcome {
            case .leftOut(let pattern): [leftOut(read, by: pattern, file: file, in: build)]
            case .missing: notThereYet(read, file: file, in: build).map { [$0] } ?? []
            case .nothing, .found: lockFiles(read, file: file, in: build)
            case .outside, .malformed, .unknown: []
            }
        }
    }

    private func leftOut(
        _ read: ContextRead, by pattern: IgnorePattern, file: IgnoreFile, in build: BuildFacts
    ) -> Finding {
        finding(
            at: read.step.instruction, in: build,
            confidence: build.build.statedBy.isEmpty ? .likely : .certain,
            message:
                "The build fails here: `\(pattern.text)` in \(file.path), line \(pattern.line), leaves out "
                + "\(read.source.path), so the builder does not find it.",
            fix: Fix(
                "Bring it back below line \(pattern.line) of \(file.path):\n    !\(clean(read.source.path))"))
    }

    /// What a tool makes before the build (`COPY dist /app`) is not there now, and will be left out when it is.
    private func notThereYet(_ read: ContextRead, file: IgnoreFile, in build: BuildFacts) -> Finding? {
        guard !read.source.hasWildcards, !read.source.parents, !read.source.path.contains("..") else {
            return nil
        }
        let path = ContextPath(clean(read.source.path))
        let decision = file.compiled.decide(path)
        guard !path.isRoot, decision.isMatch, let index = decision.pattern,
            !file.compiled.couldBringBack(below: path), !build.build.statedBy.isEmpty
        else { return nil }
        return leftOut(read, by: file.patterns[index], file: file, in: build)
    }

    /// A wildcard finds some of its files, and the lock file of the install below is not among them.
    private func lockFiles(_ read: ContextRead, file: IgnoreFile, in build: BuildFacts) -> [Finding] {
        read.selection.leftOutMatches.filter { match in
            needed(String(decoding: match.path.name, as: UTF8.self), below: read.step, in: build)
        }.map { lost in
            finding(
                at: read.step.instruction, in: build,
                message:
                    "\(lost.path) is not copied: `\(lost.pattern.text)` in \(file.path), line \(lost.pattern.line), leaves "
                    + "it out, and the wildcard here skips it without a word.",
                cost: "The install below resolves every version anew, or fails.",
                fix: Fix("Bring it back below line \(lost.pattern.line) of \(file.path):\n    !\(lost.path)")
            ).naming([lost.path.description])
        }
    }

    private static let lockFiles: Set<String> = [
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb",
        "poetry.lock",
        "uv.lock", "Pipfile.lock", "Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock",
        "packages.lock.json",
        "gradle.lockfile", "pdm.lock",
    ]

    private func needed(_ name: String, below step: StepFacts, in build: BuildFacts) -> Bool {
        Self.lockFiles.contains(name)
            && build.stages[step.stage].steps[step.index...].contains { !$0.installs.isEmpty }
    }

    private func clean(_ path: String) -> String {
        var names = path.split(separator: "/").filter { $0 != "." }
        if names.first == "" { names.removeFirst() }
        return names.joined(separator: "/")
    }
}
