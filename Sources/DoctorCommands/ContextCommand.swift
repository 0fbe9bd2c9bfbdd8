import ArgumentParser
import BuildContext
import Catalogue
import Facts
import Project
import Reports
import Repository
import SourceText

/// `clm-doctor context`: shows what a build can read.
struct ContextCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Show what a build can read: which ignore file applies, and what it leaves out.",
        discussion: """
            EXAMPLES:
              clm-doctor context                            every build of the repository
              clm-doctor context api                        one build, by its name or its Dockerfile
              clm-doctor context api --all                  every path that it can read
              clm-doctor context --file deploy/Dockerfile --context .
            """)

    @Argument(
        help: ArgumentHelp(
            "A build's name or Dockerfile, as `clm-doctor builds` lists them (default: all).",
            valueName: "build"), completion: .ofRepository)
    var build: String?

    @Option(
        help: ArgumentHelp("A Dockerfile, in place of a build.", valueName: "dockerfile"), completion: .file()
    )
    var file: String?

    @Option(
        help: ArgumentHelp("The build context of --file: a folder.", valueName: "folder"),
        completion: .directory)
    var context: String?

    @Flag(help: "List every path that the build can read.")
    var all = false

    @OptionGroup var options: ProjectOptions
    @OptionGroup var display: DisplayOptions

    func validate() throws {
        if file != nil, build != nil { throw ValidationError("name a build or a --file, not both") }
        if context != nil, file == nil {
            throw ValidationError("--context needs --file, the Dockerfile of the build")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let named = try file.map {
            LoadOptions.NamedBuild(
                dockerfile: try surroundings.named($0),
                context: try context.map { try surroundings.named($0) })
        }
        let project = try await options.load(
            [], build: named, catalogue: try Catalogue.builtin(), in: surroundings)
        guard !project.builds.isEmpty else {
            throw CommandFailure.usage(
                "there is no Dockerfile here; name the folder of one with `cd`, or --file")
        }
        let items = try selected(of: project).map { inspect($0, in: project) }
        let overview = ContextOverview(items, in: project)
        let report =
            switch display.format {
            case .text:
                overview.text(style: display.place.style(display.color, in: surroundings), all: all)
            case .concise: overview.conciseText()
            case .json: overview.json()
            }
        try display.place.write(report, in: surroundings)
        // Who names a build wants to see its context.
        if file != nil || build != nil, case .notRead(let build, let reason)? = items.first, items.count == 1
        {
            throw CommandFailure.usage("the context of \(build.name) is not read: \(reason)")
        }
        return .clean
    }

    /// One build for each context and Dockerfile: targets and arguments do not matter to what can be read.
    private func selected(of project: Project) throws -> [Build] {
        var builds = project.builds
        if named {
            builds = Array(builds.filter { $0.statedBy.contains { $0.kind == .commandLine } }.prefix(1))
        }
        if builds.isEmpty { builds = project.builds }
        if let build {
            builds = project.builds.filter { $0.name == build }
            if builds.isEmpty { builds = project.builds.filter { $0.dockerfile == build } }
            if builds.isEmpty {
                let names = project.builds.map(\.name) + project.builds.map(\.dockerfile)
                let hint = closestMatch(to: build, among: names).map { "; did you mean \($0)?" } ?? ""
                throw CommandFailure.usage(
                    "there is no build \"\(build)\"\(hint)\n`clm-doctor builds` lists them all.")
            }
        }
        struct Key: Hashable {
            let dockerfile: String
            let context: BuildSource
        }
        var seen: Set<Key> = []
        return builds.filter { seen.insert(Key(dockerfile: $0.dockerfile, context: $0.context)).inserted }
    }

    private var named: Bool { file != nil && context != nil }

    private func inspect(_ build: Build, in project: Project) -> ContextOverview.Item {
        switch build.context {
        case .directory(let directory):
            do throws(ContextError) {
                return .context(
                    build,
                    try ContextStore(of: project.snapshot)
                        .context(directory: directory, dockerfile: build.dockerfile))
            } catch {
                return .notRead(build, reason: error.message)
            }
        case .elsewhere: return .notRead(build, reason: "The context is not a folder of this repository.")
        case .unknown: return .notRead(build, reason: "The files do not tell which folder the context is.")
        }
    }
}
