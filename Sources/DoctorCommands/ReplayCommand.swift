import ArgumentParser
import BuildRecords
import Catalogue
import Diagnostics
import Impact
import Project
import Reports

/// `clm-doctor replay`: says how often the steps of builds lose their cache.
struct ReplayCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract:
            "Say how often each build step ran again over the last commits, and because of which files.",
        discussion: """
            Replays the commits of this branch (first parents) over today's Dockerfiles and ignore files: each commit finds \
            the cache of the commit before it (--cache previous), of all before it (persistent), or none (cold). Nothing is \
            built. What a file cannot tell makes a range, never a guess. Commits that lack a file which a Dockerfile of \
            today takes are left out.

            With records of builds (`clm-doctor records add`) it also tells what each step takes, and in a week.

            EXAMPLES:
              clm-doctor replay                        the last 100 commits, every build
              clm-doctor replay api --last 500         one build
              clm-doctor replay --since '3 months ago'
              clm-doctor replay --what-if repairs      what each repair of `check --fix` would have saved
              clm-doctor replay --what-if work-tree    what your uncommitted changes would have saved
              clm-doctor replay --format json          for programs; docs/schema describes it
            """)

    @Argument(
        help: ArgumentHelp(
            "Builds by name, Dockerfile or folder, as `clm-doctor builds` lists them (default: all).",
            valueName: "build"), completion: .ofRepository)
    var builds: [String] = []

    @Option(help: ArgumentHelp("How many commits, from HEAD back.", valueName: "count"))
    var last: Int?

    @Option(
        help: ArgumentHelp(
            "Only commits since then: a date, or '3 months ago', as `git log` takes it.", valueName: "when"))
    var since: String?

    @Option(
        help: ArgumentHelp(
            "Today's Dockerfiles over what past commits changed (as-is: what is to come), or those of each commit (as-was: what has been).",
            valueName: "kind"))
    var dockerfile = Replay.Dockerfile.asIs

    @Option(
        help: ArgumentHelp(
            "What a commit finds in the cache: that of the commit before it (previous), all that was ever built (persistent), or nothing (cold).",
            valueName: "kind"))
    var cache = Replay.Cache.previous

    @Option(
        help: ArgumentHelp(
            """
            Replay once more with other Dockerfiles, ignore files and files that state builds, and tell the difference: \
            repairs (those of `check --fix`, each and all together), or work-tree (as they are now, not committed).
            """, valueName: "what"))
    var whatIf: WhatIfFiles?

    @OptionGroup var store: RecordOptions

    @Option(help: ArgumentHelp("text, concise, json or markdown.", valueName: "format"))
    var format = ReplayFormat.text

    @OptionGroup var place: OutputOption

    @Option(help: ArgumentHelp("Whether to use colour.", valueName: "when"))
    var color = ColorChoice.auto

    @OptionGroup var options: ProjectOptions

    func validate() throws {
        if let last, !(1...Limits.replayedCommits).contains(last) {
            throw ValidationError("--last takes a number from 1 to \(Limits.replayedCommits); not \(last)")
        }
        if let since, since.isEmpty {
            throw ValidationError("--since is empty; is a variable not set?")
        }
        if whatIf != nil, dockerfile == .asWas {
            throw ValidationError(
                "--what-if changes today's files, and --dockerfile as-was does not take them")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        var request = Replay.Request(
            folder: surroundings.workingDirectory,
            last: last ?? (since == nil ? Limits.replayedByDefault : Limits.replayedCommits),
            options: try options.loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings))
        request.names = builds
        request.since = since
        request.dockerfile = dockerfile
        request.cache = cache
        let replay: Replay
        do {
            if let whatIf { request.whatIf = try await whatIf.files(request.options, in: surroundings) }
            replay = try await Replay.make(request, records: try records(in: surroundings))
        } catch let error as ImpactError {
            throw CommandFailure.usage("\(error)")
        }
        let report =
            switch format {
            case .text: ReplayText(replay).text(style: place.style(color, in: surroundings))
            case .concise: ReplayConcise.text(replay)
            case .json: ReplayJSON(replay).text()
            case .markdown: ReplayMarkdown(replay).text()
            }
        try place.write(report, in: surroundings)
        return replay.builds.isEmpty ? .nothingToCheck : .clean
    }

    /// Those of this repository; none where nothing was ever stored, unless a folder was named.
    private func records(in surroundings: Surroundings) throws -> [BuildRecord] {
        if store.records != nil { return try store.buildsHere(in: surroundings) }
        return (try? store.buildsHere(in: surroundings)) ?? []
    }
}

extension Replay.Cache: ExpressibleByArgument {}
extension Replay.Dockerfile: ExpressibleByArgument {}

/// How to print a replay.
enum ReplayFormat: String, ExpressibleByArgument, CaseIterable {
    case text, concise, json, markdown
}
