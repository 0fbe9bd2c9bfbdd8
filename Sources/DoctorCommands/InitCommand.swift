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
              .dockerignore                      where none is and one can be proved to keep the builds as they are
              .github/workflows/clm-doctor.yml   where there are workflows of GitHub's
              .pre-commit-config.yaml            the hook

            A file that is there stays as it is; what to add to it is told, as for .gitlab-ci.yml. What was written is \
            remembered in the git folder: --undo deletes the files that still hold it.

            EXAMPLES:
              clm-doctor init                              show, ask, write
              clm-doctor init --from acme/clm-doctor       the repository that holds clm-doctor, for job and hook
              clm-doctor init --undo                       take back what was written

            EXIT CODES:
              0  all was written or taken back, there was nothing to do, or the answer was no
              2  nobody to ask and no --yes: all is shown, nothing is written; or a file could not be written, or stays \
            because it has changed
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
        guard let repository = Repository.holding(here), let gitFolder = repository.gitFolder else {
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
        // First, so that what a kill leaves is remembered; a file that does not hold what is remembered is not taken back.
        try record.add(setup.files)
        let writer = FixWriter(root: repository.root)
        var written = 0
        for file in setup.files {
            do {
                try writer.write(
                    FixPlan.FixedFile(path: file.path, before: nil, after: Array(file.text.utf8)))
                written += 1
            } catch {
                surroundings.report("\(file.path) is not written: \(error.reason)")
            }
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

    // MARK: - What is to be written

    private func setup(of repository: Repository, in surroundings: Surroundings) async throws -> Setup {
        var inside = surroundings
        inside.workingDirectory = repository.root
        let builtin = try Catalogue.builtin()
        let project = try await options.load([], catalogue: builtin, in: inside)
        guard !project.dockerfiles.isEmpty else {
            throw CommandFailure(
                message: "no Dockerfile was found in \(repository.root): there is nothing to set up",
                status: .nothingToCheck)
        }
        let catalogue = builtin.adding(project.configuration.customChecks.map(\.entry))
        let runner = try Runner(
            configuration: project.configuration, catalogue: catalogue, today: surroundings.today)
        var all = project.configuration
        all.enabled = [:]
        let prover = try Runner(configuration: all, catalogue: catalogue, today: surroundings.today)
        let request = FixPlan.Request(
            checks: runner.ids.intersection(["dockerignore-missing"]), applicabilities: [.safe, .unsafe])
        let plan = await FixPlan(for: project, request) { await prover.run(on: $0) }
        let outcome = await runner.run(on: plan.project)
        let state = Setup.State(
            configuration: project.configuration, findings: outcome.findings,
            ignoreFiles: plan.files.filter { $0.before == nil && Setup.mayWrite($0.path) },
            exists: { path in
                var status = stat()
                return lstat("\(repository.root)/\(path)", &status) == 0
            },
            text: { path in
                guard let place = try? InsidePath.resolve(path, below: repository.root),
                    let bytes = try? FileWriting.read(place, limit: Limits.textFileBytes)
                else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            })
        return Setup(state, source: from ?? Setup.unknownSource)
    }

    /// How many lines of a baseline are shown.
    private static let shownLines = 8

    private func show(_ setup: Setup, in repository: Repository, _ surroundings: Surroundings) {
        var text =
            setup.files.isEmpty
            ? "There is nothing to write in \(repository.root).\n"
            : "What init writes in \(repository.root):\n"
        for file in setup.files {
            text += "\n\(file.path): \(file.purpose)\n"
            var lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let hidden = file.path.hasSuffix(".json") ? lines.count - Self.shownLines : 0
            if hidden > 0 { lines = lines.prefix(Self.shownLines) }
            text += lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
            if hidden > 0 { text += "    … \(counted(hidden, "more line"))\n" }
        }
        if !setup.kept.isEmpty {
            text += "\nThere already, and left as it is: \(setup.kept.joined(separator: ", "))\n"
        }
        for addition in setup.additions {
            text += "\n\(addition.title):\n"
            text += addition.lines.split(separator: "\n").map { "    \($0)\n" }.joined()
        }
        surroundings.output(withoutWorkflowCommands(printableLines(text).joined(separator: "\n")))
    }

    // MARK: - Undo

    private func takeBack(
        _ record: inout SetupRecord, in repository: Repository, _ surroundings: Surroundings
    ) throws -> ExitStatus {
        guard !record.entries.isEmpty else {
            surroundings.output("init has written nothing here that is still there.\n")
            return .clean
        }
        let writer = FixWriter(root: repository.root)
        var stays: [SetupRecord.Entry] = []
        // The record lies where an archive of somebody else's may have put it.
        for entry in record.entries where Setup.mayWrite(entry.path) {
            do {
                let isTaken = try writer.remove(entry.path) {
                    SetupRecord.Entry.digest(of: $0) == entry.digest
                }
                if isTaken {
                    surroundings.output(withoutWorkflowCommands("took back: \(printable(entry.path))\n"))
                }
            } catch {
                stays.append(entry)
                surroundings.report("\(entry.path) stays: \(error.reason)")
            }
        }
        try record.keep(stays)
        return stays.isEmpty ? .clean : .usage
    }
}
