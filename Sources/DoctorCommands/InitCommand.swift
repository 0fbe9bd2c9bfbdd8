import ArgumentParser
import BuildContext
import Catalogue
import Checks
import Diagnostics
import Fixes
import Git
import Project
import Reports

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `clm-doctor init`: sets a repository up, after a question.
struct InitCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Set this program up in a repository: configuration, baseline, CI job, hook, ignore files.",
        discussion: """
            Examines the repository that you are in, shows what it would write, and asks. It writes

              .clm-doctor.yaml                   what is examined, and how
              .clm-doctor-baseline.json          what is found today, so that only new findings are told
              .dockerignore                      where none is: git's folder, and what init writes
              .github/workflows/clm-doctor.yml   where there are workflows of GitHub's
              .pre-commit-config.yaml            the hook

            A file that is there stays as it is; what to add to it is told, as for .gitlab-ci.yml. What was written is \
            remembered in the git folder: --undo deletes the files that still hold it.

            EXAMPLES:
              clm-doctor init                              show, ask, write
              clm-doctor init --from acme/clm-doctor       where CI job and hook get the program from
              clm-doctor init --undo                       take back what was written

            EXIT CODES:
              0  all was written or taken back, there was nothing to do, or the answer was no
              2  nobody to ask and no --yes (all is shown, nothing is written), or a file could not be
                 written, or stays because it has changed
              3  there is no Dockerfile
            """)

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Delete what init wrote here, as far as it has not been changed.")
    var undo = false

    @Option(
        help: ArgumentHelp(
            "The repository or project that holds clm-doctor, for the CI job and the hook (default: a placeholder).",
            valueName: "owner/name"))
    var from: String?

    @OptionGroup var options: ProjectOptions

    func validate() throws {
        guard let from else { return }
        let parts = from.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            part.first.map { $0 != "-" && $0 != "." } ?? false
                && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        }
        guard parts.count > 1, isName else {
            throw ValidationError(
                "--from takes a repository as OWNER/NAME, such as acme/clm-doctor; not `\(from)`")
        }
        if undo { throw ValidationError("--from and --undo exclude each other") }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let here = try options.root(of: [], in: surroundings)
        guard let repository = WorkTree.holding(here), let gitFolder = repository.gitFolder else {
            throw CommandFailure.usage(
                "\(here) is not in a git repository, in which init remembers what it writes; run `git init` first"
            )
        }
        var record = try SetupRecord(in: gitFolder)
        if undo { return try takeBack(&record, in: repository, surroundings) }
        let setup = try await setup(of: repository, in: surroundings)
        show(setup, in: repository, surroundings)
        guard !setup.files.isEmpty else { return .clean }
        let number = counted(setup.files.count, "file")
        if !yes {
            let isAllowed = try surroundings.isAllowed("Write \(number)?", otherwise: "nothing was written")
            guard isAllowed else {
                surroundings.output("\nNothing was written.\n")
                return .clean
            }
        }
        let baseline = setup.files.first(where: \.isBaseline)
        var written = try write(setup.files.filter { !$0.isBaseline }, &record, in: repository, surroundings)
        if let baseline {
            // A new file may be one more that an image copies, and be told of.
            let findings = try await examination(of: repository, in: surroundings).findings()
            let now = Setup.baseline(of: findings)
            if now.text != baseline.text {
                surroundings.output(
                    "\nThese files are examined too: the baseline has \(counted(findings.count, "finding")) with them.\n"
                )
            }
            written += try write([now], &record, in: repository, surroundings)
        }
        surroundings.output(
            "\nWrote \(counted(written, "file")). `clm-doctor init --undo` takes back what init wrote.\n")
        if from == nil, setup.files.contains(where: { $0.text.contains(Setup.unknownSource) }) {
            surroundings.output(
                "Put the repository that holds clm-doctor in place of \(Setup.unknownSource) before you commit them.\n"
            )
        }
        return written == setup.files.count ? .clean : .usage
    }

    private func write(
        _ files: [Setup.File], _ record: inout SetupRecord, in repository: WorkTree,
        _ surroundings: Surroundings
    ) throws -> Int {
        // First, so that what a kill leaves is remembered; a file that does not hold what is remembered is not taken back.
        try record.add(files)
        let writer = FixWriter(root: repository.root)
        var written = 0
        for file in files {
            do {
                try writer.write(
                    FixPlan.FixedFile(path: file.path, before: nil, after: Array(file.text.utf8)))
                written += 1
            } catch {
                surroundings.report("\(printable(file.path)) is not written: \(error.reason)")
            }
        }
        return written
    }

    // MARK: - What is to be written

    /// The repository as it is, and the checks that run on it.
    private struct Examination {
        let project: Project
        let catalogue: Catalogue
        let runner: Runner

        /// - Parameter changed: the project with other contents of files.
        func findings(with changed: Project? = nil) async -> [Finding] {
            await runner.run(on: changed ?? project).findings
        }
    }

    private func examination(
        of repository: WorkTree, in surroundings: Surroundings
    ) async throws -> Examination {
        var inside = surroundings
        inside.workingDirectory = repository.root
        let builtin = try Catalogue.builtin()
        let project = try await options.load([], catalogue: builtin, in: inside)
        let catalogue = builtin.adding(project.configuration.customChecks.map(\.entry))
        return Examination(
            project: project, catalogue: catalogue,
            runner: try Runner(
                configuration: project.configuration, catalogue: catalogue, today: surroundings.today))
    }

    private func setup(of repository: WorkTree, in surroundings: Surroundings) async throws -> Setup {
        let examination = try await examination(of: repository, in: surroundings)
        let project = examination.project
        guard !project.dockerfiles.isEmpty else {
            throw CommandFailure(
                message: "no Dockerfile was found in \(repository.root): there is nothing to set up",
                status: .nothingToCheck)
        }
        let request = FixPlan.Request(
            checks: examination.runner.ids.intersection(["dockerignore-missing"]),
            applicabilities: [.safe, .unsafe])
        let loading = try options.loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings)
        let plan = try await FixPlan(
            for: project, request, catalogue: examination.catalogue, options: loading,
            today: surroundings.today)
        let state = Setup.State(
            configuration: project.configuration, findings: await examination.findings(with: plan.project),
            ignoreFiles: plan.files.filter { $0.before == nil && Setup.mayWrite($0.path) },
            exists: { path in
                var status = stat()
                return lstat("\(repository.root)/\(path)", &status) == 0
            },
            text: { Self.text(of: $0, in: repository) })
        return Setup(state, source: from ?? Setup.unknownSource)
    }

    /// - Returns: nil where it cannot be read.
    private static func text(of path: String, in repository: WorkTree) -> String? {
        guard let place = try? InsidePath.resolve(path, below: repository.root),
            let bytes = try? FileWriting.read(place, limit: Limits.textFileBytes)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many lines of a baseline are shown.
    private static let shownLines = 8

    private func show(_ setup: Setup, in repository: WorkTree, _ surroundings: Surroundings) {
        let root = printable(repository.root)
        var text =
            setup.files.isEmpty ? "There is nothing to write in \(root).\n" : "What init writes in \(root):\n"
        func show(_ lines: some Sequence<Substring>) {
            for line in lines { text += line.isEmpty ? "\n" : "    \(printable(line))\n" }
        }
        for file in setup.files {
            text += "\n\(printable(file.path)): \(file.purpose)\n"
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let shown = file.isBaseline ? lines.prefix(Self.shownLines) : lines
            show(shown)
            if shown.count < lines.count {
                text += "    … \(counted(lines.count - shown.count, "more line"))\n"
            }
        }
        if !setup.kept.isEmpty {
            text +=
                "\nThere already, and left as it is: \(setup.kept.map { printable($0) }.joined(separator: ", "))\n"
        }
        for addition in setup.additions {
            text += "\n\(addition.title):\n"
            show(addition.lines.split(separator: "\n"))
        }
        // A question follows.
        surroundings.output(withoutWorkflowCommands(text + (setup.files.isEmpty ? "" : "\n")))
    }

    // MARK: - Undo

    private func takeBack(
        _ record: inout SetupRecord, in repository: WorkTree, _ surroundings: Surroundings
    ) throws -> ExitStatus {
        guard !record.entries.isEmpty else {
            surroundings.output("init has written nothing here that is still there.\n")
            return .clean
        }
        let writer = FixWriter(root: repository.root)
        var stays: [SetupRecord.Entry] = []
        // The record lies where an archive of somebody else's may have put it.
        // The configuration comes first: what it names stays with it.
        let entries = record.entries.sorted {
            Setup.isConfiguration($0.path) && !Setup.isConfiguration($1.path)
        }
        for entry in entries where Setup.mayWrite(entry.path) {
            do {
                if Setup.isBaseline(entry.path), stays.contains(where: { Setup.isConfiguration($0.path) }),
                    let text = Self.text(of: Setup.configurationPath, in: repository),
                    text.contains(entry.path)
                {
                    stays.append(entry)
                    surroundings.report("\(printable(entry.path)) stays: \(Setup.configurationPath) names it")
                    continue
                }
                let isTaken = try writer.remove(entry.path, where: entry.isHeld)
                if isTaken {
                    surroundings.output(withoutWorkflowCommands("took back: \(printable(entry.path))\n"))
                }
            } catch {
                stays.append(entry)
                surroundings.report("\(printable(entry.path)) stays: \(error.reason)")
            }
        }
        try record.keep(stays)
        return stays.isEmpty ? .clean : .usage
    }
}
