import ArgumentParser
import BuildRecords
import Catalogue
import Diagnostics
import Impact
import Project
import Reports
import SourceText

/// `clm-doctor impact`: says which steps a change makes run again.
struct ImpactCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Say which build steps run again for a change, and why, before anything is built.",
        discussion: """
            Compares two states of the repository as BuildKit compares cache keys. No Docker is needed.

            STATES:
              rebuild  runs again whatever happens
              maybe    runs again only if something differs that cannot be told, such as what another step produces
              cached   its cache key is the same (listed with --all-steps)

            VERDICTS:
              none     nothing runs again
              fast     code and cheap steps only
              medium   dependencies, over cache mounts that work
              slow     the base image, system packages, or dependencies without a working cache mount

            EXAMPLES:
              clm-doctor impact                             your work tree, against the upstream's default branch
              clm-doctor impact --base HEAD --staged        what is staged
              clm-doctor impact --base v1.2..v1.3           two commits (or --base v1.2 --head v1.3)
              clm-doctor impact --files package.json,web/a  what if these files change
              clm-doctor impact api --explain 'build 2/5'   one step of one build
              clm-doctor impact --format markdown           a comment for a pull request
              clm-doctor impact --fail-on slow              for CI: exit code 1 if a build is slow
              clm-doctor impact --history                   beside what the last 100 commits did to the builds
              clm-doctor impact --expect-cached             for a refactoring: exit code 1 if anything runs again
              clm-doctor impact --verify build.log          compare with what a build did (--progress=rawjson)
            """)

    @Argument(
        help: ArgumentHelp(
            "Builds by name, Dockerfile or folder, as `clm-doctor builds` lists them (default: all).",
            valueName: "build"), completion: .ofRepository)
    var builds: [String] = []

    @Option(
        help: ArgumentHelp(
            "The commit to compare with (default: where HEAD left the upstream's default branch).",
            valueName: "rev"), completion: .ofRepository)
    var base: String?

    @Option(
        help: ArgumentHelp("A commit, in place of the work tree.", valueName: "rev"),
        completion: .ofRepository)
    var head: String?

    @Flag(help: "Compare the work tree with its untracked files (the default).")
    var worktree = false

    @Flag(help: "Compare what is staged, in place of the work tree.")
    var staged = false

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "What if these files change, and nothing else? With commas between them, or repeated.",
            valueName: "paths"))
    var files: [String] = []

    @Option(help: ArgumentHelp("One build, by its Dockerfile.", valueName: "dockerfile"), completion: .file())
    var file: String?

    @Option(
        help: ArgumentHelp("The build context of --file (default: its folder).", valueName: "folder"),
        completion: .directory)
    var context: String?

    @Option(help: ArgumentHelp("The target stage of --file.", valueName: "stage"))
    var target: String?

    @Option(
        parsing: .singleValue, help: ArgumentHelp("A build argument of --file.", valueName: "name=value"))
    var buildArg: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A named context of --file: a folder or an address.", valueName: "name=place"))
    var buildContext: [String] = []

    @Flag(help: "The builds get their context from git, without a .git folder.")
    var gitContext = false

    @Flag(help: "List cached steps and the steps of untouched builds too.")
    var allSteps = false

    @Option(
        help: ArgumentHelp("Tell all of one step, such as 'build 2/5'.", valueName: "step"),
        completion: .ofRepository)
    var explain: String?

    @Option(help: ArgumentHelp("text, concise, json, markdown, mermaid or html.", valueName: "format"))
    var format = ImpactFormat.text

    @Option(
        help: ArgumentHelp(
            "Exit code 1 for a build of this verdict or a worse one: fast, medium, slow, or worse-than-usual.",
            valueName: "verdict"))
    var failOn: VerdictChoice?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Exit code 1 where a build is worse than this.", valueName: "build=verdict"))
    var budget: [String] = []

    @Flag(help: "Say of each build that the change reaches how that compares with the commits before it.")
    var history = false

    @Flag(help: "Exit code 1 where any step runs again, or may.")
    var expectCached = false

    @Option(
        help: ArgumentHelp(
            "Compare with what a build did: its log (--progress=rawjson or plain), or its .dockerbuild.",
            valueName: "log"), completion: .file())
    var verify: String?

    @OptionGroup var place: OutputOption

    @Option(help: ArgumentHelp("Whether to use colour.", valueName: "when"))
    var color = ColorChoice.auto

    @OptionGroup var options: ProjectOptions

    func validate() throws {
        let heads = [head != nil, worktree, staged, !files.isEmpty].count { $0 }
        if heads > 1 { throw ValidationError("--head, --worktree, --staged and --files exclude each other") }
        if files.contains(where: { $0.allSatisfy { $0 == "," } }) {
            throw ValidationError("--files: a path is empty; is a variable not set?")
        }
        if let base, base.contains("..") {
            guard RevisionRange(base) != nil, heads == 0 else {
                throw ValidationError(
                    "--base takes one commit, or A..B without --head, --staged and --files; not `\(base)`")
            }
        }
        let needsFile = context != nil || target != nil || !buildArg.isEmpty || !buildContext.isEmpty
        if needsFile, file == nil {
            throw ValidationError(
                "--context, --target, --build-arg and --build-context need --file, the Dockerfile of the build"
            )
        }
        if file != nil, !builds.isEmpty { throw ValidationError("name builds or a --file, not both") }
        for pair in budget where BuildBudget(pair) == nil {
            throw ValidationError("--budget takes BUILD=none, fast, medium or slow; not `\(pair)`")
        }
        for pair in buildContext where pair.firstIndex(of: "=") ?? pair.startIndex == pair.startIndex {
            throw ValidationError("--build-context takes NAME=PLACE; not `\(pair)`")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        var report = try await makeReport(in: surroundings)
        if history || failOn == .worseThanUsual {
            do {
                try await report.compareWithUsual(
                    folder: surroundings.workingDirectory,
                    options: try options.loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings),
                    last: Limits.usualCommits)
            } catch let error as ImpactError {
                throw CommandFailure.usage("\(error)")
            }
        }
        if let verify { return try self.verify(report, against: verify, in: surroundings) }
        let style = place.style(color, in: surroundings)
        if let explain {
            guard let text = ImpactText(report).explanation(of: explain, style: style) else {
                throw CommandFailure.usage(ImpactText(report).problem(withLabel: explain))
            }
            try place.write(text, in: surroundings)
        } else {
            let text =
                switch format {
                case .text: ImpactText(report).text(style: style, allSteps: allSteps)
                case .concise: ImpactConcise(report).text(allSteps: allSteps)
                case .json: await ImpactJSON(report).json()
                case .markdown: ImpactMarkdown(report).text()
                case .mermaid: ImpactMermaid(report).text()
                case .html: ImpactHTML(report).text()
                }
            try place.write(text, in: surroundings)
        }
        return try status(of: report, in: surroundings)
    }

    private func makeReport(in surroundings: Surroundings) async throws -> ImpactReport {
        let head: ImpactRequest.Head
        let range = base.flatMap(RevisionRange.init)
        if let name = self.head ?? range?.head {
            head = .commit(name)
        } else if staged {
            head = .staged
        } else if !files.isEmpty {
            head = .files(files.flatMap { named($0, in: surroundings) })
        } else {
            head = .workTree
        }
        var request = ImpactRequest(
            folder: surroundings.workingDirectory, base: range?.base ?? base, head: head,
            options: try options.loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings))
        request.names = builds
        request.hasGitFolder = !gitContext
        // What these show or compare is every step.
        request.allSteps = allSteps || explain != nil || verify != nil || format == .html
        if let file {
            request.namedBuild = ImpactRequest.NamedBuild(
                dockerfile: try surroundings.named(file),
                context: try context.map { try surroundings.named($0) },
                target: target, args: args(in: surroundings.environment),
                contexts: try buildContext.map { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    let place = String(parts[1])
                    return (String(parts[0]), place.contains("://") ? place : try surroundings.named(place))
                })
        }
        do {
            return try await ImpactReport.make(request)
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }

    /// The files of one --files. A file may have commas in its name.
    private func named(_ list: String, in surroundings: Surroundings) -> [String] {
        if surroundings.exists(list) { return [surroundings.absolute(list)] }
        return list.split(separator: ",").map { surroundings.absolute(String($0)) }
    }

    /// `NAME` alone takes the value of the environment, as docker does.
    private func args(in environment: [String: String]) -> [String: String?] {
        var args: [String: String?] = [:]
        for pair in buildArg {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            if parts.count == 2 {
                args[parts[0]] = .some(parts[1])
            } else if let value = environment[parts[0]] {
                args[parts[0]] = .some(value)
            }
        }
        return args
    }

    private func status(of report: ImpactReport, in surroundings: Surroundings) throws -> ExitStatus {
        var isOver = false
        if failOn != nil || expectCached || !budget.isEmpty, let path = report.unreadChanges.first {
            surroundings.errorOutput(
                "\(printable(path)) changes and is not read, or a build that may take it is not examined: no gate passes that\n"
            )
            isOver = true
        }
        if report.builds.isEmpty { return isOver ? .findings : .nothingToCheck }
        // What cannot be told counts as the worst case; a build that fails has an exit code of its own.
        func isJudged(_ build: BuildImpact) -> Bool { build.problem == nil || build.isUnknown }
        for build in report.builds {
            if let limit = failOn?.verdict, isJudged(build), build.verdict >= limit { isOver = true }
            if failOn == .worseThanUsual, build.isAffected || build.isUnknown {
                if build.usual == nil {
                    surroundings.errorOutput(
                        "\(printable(build.name)): too few commits tell what is usual; in CI, fetch more of them (fetch-depth: 0)\n"
                    )
                }
                // What cannot be told passes no gate.
                if build.usual?.isWorse ?? true { isOver = true }
            }
            if expectCached, build.isAffected || build.isUnknown { isOver = true }
        }
        for budget in budget.compactMap(BuildBudget.init) {
            let named = report.builds.filter { $0.name == budget.build || $0.dockerfile == budget.build }
            guard !named.isEmpty else {
                throw CommandFailure.usage("--budget: there is no build `\(budget.build)`")
            }
            for build in named where isJudged(build) && build.verdict > budget.limit {
                surroundings.errorOutput(
                    "\(printable(build.name)) is \(build.verdict.rawValue), its budget \(budget.limit.rawValue)\n"
                )
                isOver = true
            }
        }
        if isOver { return .findings }
        return report.builds.contains { !isJudged($0) } ? .unparsable : .clean
    }

    private func verify(_ report: ImpactReport, against path: String, in surroundings: Surroundings) throws
        -> ExitStatus
    {
        let file = path == "-" ? path : try surroundings.named(path)
        let records: [BuildRecord]
        do throws(RecordError) {
            records = try RecordFiles.read(file: file, key: .random(), followingLinks: true)
        } catch {
            throw CommandFailure.usage("\(path): \(error)")
        }
        for problem in records.flatMap(\.problems) {
            surroundings.errorOutput(withoutWorkflowCommands("note: \(printable("\(path): \(problem)"))\n"))
        }
        let verification = ImpactVerification(report, records: records)
        guard verification.compared > 0 else {
            throw CommandFailure.usage("\(path): nothing was compared: " + Self.reason(records))
        }
        try place.write(VerificationText(verification).text(), in: surroundings)
        return verification.differences.isEmpty ? .clean : .findings
    }

    /// Why records and builds have no step in common.
    private static func reason(_ records: [BuildRecord]) -> String {
        if records.allSatisfy({ $0.source == .classic }) {
            return "the builder before BuildKit made this log, and its cache is not predicted"
        }
        if records.allSatisfy({ $0.source == .metadata }) {
            return "a metadata file tells no steps; its builder does, with `docker buildx history export`"
        }
        return
            "no build here has a step of this log. Name the build, and verify the log against the commit that it "
            + "was made from"
    }
}

/// `--budget BUILD=VERDICT`; a build's name may hold a `=` itself.
private struct BuildBudget {
    let build: String
    let limit: Verdict

    /// - Returns: nil where the build or the verdict is missing, or the verdict is none.
    init?(_ pair: String) {
        guard let equals = pair.lastIndex(of: "="), equals > pair.startIndex,
            let limit = Verdict(rawValue: String(pair[pair.index(after: equals)...]))
        else { return nil }
        build = String(pair[..<equals])
        self.limit = limit
    }
}

/// How to print an impact report.
enum ImpactFormat: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json, markdown, mermaid, html
}

/// From which verdict on the command fails.
enum VerdictChoice: String, ExpressibleByArgument, CaseIterable {
    case fast, medium, slow
    case worseThanUsual = "worse-than-usual"

    /// nil where the history decides.
    var verdict: Verdict? {
        switch self {
        case .worseThanUsual: nil
        case .fast: .fast
        case .medium: .medium
        case .slow: .slow
        }
    }
}
