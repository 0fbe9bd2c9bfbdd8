internal import BuildContext
package import Diagnostics
internal import Dockerfile
internal import Facts
internal import Impact
package import Project
package import Repository
internal import SourceText

/// The contents that fixes give to files, each of them proved. Nothing is written here.
package struct FixPlan: Sendable {
    /// In the order of their paths.
    package private(set) var files: [FixedFile] = []
    /// In the order in which they were made.
    package private(set) var fixed: [Fixed] = []
    /// What was to be fixed and is not, and why.
    package private(set) var refused: [Refused] = []
    /// Whether there may be more to fix in what was fixed.
    package private(set) var isBounded = false
    /// How often a build was read with edits of its files, and how often all checks ran: neither grows with the number
    /// of fixes that fit.
    package private(set) var judgements = 0
    package private(set) var proofs = 0
    /// The project as it is with the fixes.
    package private(set) var project: Project

    /// A file with its new content.
    package struct FixedFile: Sendable {
        /// Relative to the project's root.
        package let path: String
        /// nil for a file that is made.
        package let before: [UInt8]?
        package let after: [UInt8]

        package init(path: String, before: [UInt8]?, after: [UInt8]) {
            self.path = path
            self.before = before
            self.after = after
        }
    }

    /// A finding that is gone.
    package struct Fixed: Sendable {
        package let finding: Finding
        /// The rebuild that it triggers, the slowest of those of its builds. Of more than `Limits.fixRebuilds` in the
        /// same files, that of all of them together is the first one's, and the others have none.
        package let rebuild: Rebuild?
    }

    /// A finding whose fix was not made.
    package struct Refused: Sendable {
        package let finding: Finding
        /// As part of a sentence.
        package let reason: String
    }

    /// Which fixes are to be made.
    package struct Request: Sendable {
        /// The checks that may; findings of others only take part in the proofs.
        package var checks: Set<CheckID>
        package var applicabilities: Set<Fix.Applicability>

        package init(checks: Set<CheckID>, applicabilities: Set<Fix.Applicability>) {
            self.checks = checks
            self.applicabilities = applicabilities
        }

        func includes(_ finding: Finding) -> Bool {
            checks.contains(finding.check) && allows(finding)
        }

        /// Its edits may be made, should its check be asked.
        func allows(_ finding: Finding) -> Bool {
            guard let fix = finding.fix, !fix.edits.isEmpty else { return false }
            return applicabilities.contains(fix.applicability)
        }
    }

    /// Plans the fixes of a project.
    ///
    /// In each pass the fixes that do not touch each other are made at once, the severest first, and all checks judge
    /// what comes of it; where that is not what was to come, the half of them is tried, down to the single fix, which is
    /// refused. A refused fix gets another chance when others have been made.
    /// - Parameters:
    ///   - project: as it is on disk.
    ///   - load: reads the project from a snapshot in which some files are edited; nil where that cannot be done.
    ///   - examine: runs every check, without a look at the Docker host.
    package init(
        for project: Project, _ request: Request, loading load: @escaping (Snapshot) async -> Project?,
        examining examine: (Project) async -> Outcome
    ) async {
        self.project = project
        var planner = Planner(project: project, request: request, load: load)
        await planner.run(examine)
        self.project = planner.project
        fixed = planner.fixed
        refused = planner.refused
        isBounded = planner.isBounded
        judgements = planner.judgements
        proofs = planner.proofs
        let files = planner.contents.keys.sorted().compactMap { path in
            let before = planner.originals[path] ?? nil
            let after = planner.contents[path] ?? []
            return before == after ? nil : FixedFile(path: path, before: before, after: after)
        }
        self.files = Self.placed(files, in: project)
    }

    /// Dockerfiles that stand in other files become content of those.
    private static func placed(_ files: [FixedFile], in project: Project) -> [FixedFile] {
        var placed: [String: FixedFile] = [:]
        var inline: [(dockerfile: InlineDockerfile, after: [UInt8])] = []
        for file in files {
            if let dockerfile = project.inlineDockerfiles[file.path] {
                inline.append((dockerfile, file.after))
            } else {
                placed[file.path] = file
            }
        }
        // From the bottom up, so that the lines above stay where they are.
        for (dockerfile, after) in inline.sorted(by: {
            $0.dockerfile.text.blankLines > $1.dockerfile.text.blankLines
        }) {
            let path = dockerfile.path
            guard let before = project.statements.first(where: { $0.source.path == path })?.source.bytes
            else {
                continue
            }
            let now = placed[path]?.after ?? before
            if let content = dockerfile.content(of: SourceText(path: path, bytes: now), with: after) {
                placed[path] = FixedFile(path: path, before: before, after: content)
            }
        }
        return placed.values.sorted { $0.path < $1.path }
    }
}
