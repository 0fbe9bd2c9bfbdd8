import ArgumentParser
import BuildContext
import Catalogue
import Checks
import Diagnostics
import Fixes
import Project
import Reports
import SourceText

/// What `check` takes to repair what it finds.
struct FixOptions: ParsableArguments {
    @Flag(help: "Repair what can be repaired with the image staying what it is; report what is left.")
    var fix = false

    @Flag(
        help:
            "With --fix or --diff: repair also what may change what the image holds, or needs a look afterwards."
    )
    var unsafeFixes = false

    @Flag(help: "Print the repairs as a patch that `git apply` takes, and write nothing.")
    var diff = false

    var isAsked: Bool { fix || diff }

    func validate() throws {
        if fix, diff { throw ValidationError("--fix and --diff exclude each other") }
        if unsafeFixes, !isAsked {
            throw ValidationError("--unsafe-fixes needs --fix or --diff")
        }
    }

    /// Makes the repairs of a project or prints them, and says on standard error what became of each.
    /// - Parameters:
    ///   - checks: those whose findings are to be repaired.
    ///   - loading: how the project was read.
    /// - Returns: whether all files were written.
    func run(
        on project: Project, of checks: Set<CheckID>, catalogue: Catalogue,
        loading: LoadOptions, in surroundings: Surroundings
    ) async throws -> Bool {
        let plan = try await FixPlan(
            for: project,
            FixPlan.Request(checks: checks, applicabilities: unsafeFixes ? [.safe, .unsafe] : [.safe]),
            catalogue: catalogue, options: loading, today: surroundings.today)
        let failures = diff ? show(plan, in: surroundings) : write(plan, in: surroundings)
        tell(plan, failed: failures, in: surroundings)
        return failures.isEmpty
    }

    // MARK: Writing

    /// - Returns: the paths of files that were not written.
    private func write(_ plan: FixPlan, in surroundings: Surroundings) -> Set<String> {
        let writer = FixWriter(root: plan.project.root)
        for path in writer.leftovers(beside: plan.project.dockerfiles.keys, isCleared: true) {
            surroundings.errorOutput(
                withoutWorkflowCommands("cleared: \(printable(path)), which a run that was ended has left\n"))
        }
        var failed: Set<String> = []
        for file in plan.files {
            do {
                try writer.write(file)
            } catch {
                failed.insert(file.path)
                surroundings.report("\(file.path) is as it was: \(error.reason)")
            }
        }
        return failed
    }

    private func show(_ plan: FixPlan, in surroundings: Surroundings) -> Set<String> {
        var failed: Set<String> = []
        for file in plan.files {
            let patch = Patch(of: withoutLink(file, below: plan.project.root))
            guard let text = String(validating: patch.bytes, as: UTF8.self) else {
                failed.insert(file.path)
                surroundings.report("\(file.path) holds bytes that are not UTF-8; --fix repairs it")
                continue
            }
            if surroundings.terminalWidth != nil {
                surroundings.output(
                    withoutWorkflowCommands(printableLines(text).joined(separator: "\n") + "\n"))
            } else if mayDriveTerminals(text) {
                failed.insert(file.path)
                surroundings.report(
                    "\(file.path) holds control characters, which a patch shows as they are; its patch is not printed, and "
                        + "--fix repairs it")
            } else if readsWorkflowCommands(surroundings), withoutWorkflowCommands(text) != text {
                failed.insert(file.path)
                surroundings.report(
                    "\(file.path) holds a command for the CI system that reads this output; "
                        + "its patch is not printed")
            } else {
                surroundings.output(text)
            }
        }
        return failed
    }

    /// git applies a patch to no link: the file that it leads to is named.
    private func withoutLink(_ file: FixPlan.FixedFile, below root: String) -> FixPlan.FixedFile {
        let prefix = root == "/" ? "/" : root + "/"
        guard let place = try? InsidePath.resolve(file.path, below: root), place.hasPrefix(prefix) else {
            return file
        }
        return FixPlan.FixedFile(
            path: String(place.dropFirst(prefix.count)), before: file.before, after: file.after)
    }

    /// The job's log is searched for commands (GitHub Actions, Azure Pipelines, TeamCity).
    private func readsWorkflowCommands(_ surroundings: Surroundings) -> Bool {
        ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"].contains { surroundings.environment[$0] != nil }
    }

    // MARK: Telling

    private func tell(_ plan: FixPlan, failed: Set<String>, in surroundings: Surroundings) {
        var lines: [String] = []
        let word = diff ? "would fix" : "fixed"
        let made = plan.fixed.filter { fixed in
            !(fixed.finding.fix?.edits ?? []).contains { failed.contains($0.path) }
        }
        for fixed in made {
            lines.append("\(word): \(place(fixed.finding))" + (fixed.rebuild.map { ": \($0)" } ?? ""))
        }
        for refused in plan.refused {
            lines.append("not fixed: \(place(refused.finding)): \(refused.reason)")
        }
        if plan.isBounded { lines.append("note: there may be more to fix; run it again") }
        let files = plan.files.filter { !failed.contains($0.path) }.count
        lines.append(
            made.isEmpty
                ? "Nothing to fix."
                : "\(diff ? "Would fix" : "Fixed") \(made.count) finding\(made.count == 1 ? "" : "s") in "
                    + "\(files) file\(files == 1 ? "" : "s").")
        surroundings.errorOutput(
            withoutWorkflowCommands(lines.map { printable($0) }.joined(separator: "\n") + "\n"))
    }

    private func place(_ finding: Finding) -> String {
        finding.path + (finding.range.map { ":\($0.start.line)" } ?? "") + " [\(finding.check)]"
    }
}
