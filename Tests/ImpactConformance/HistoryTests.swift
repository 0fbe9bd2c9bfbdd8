import Dockerfile
import Foundation
import Impact
import Project
import SourceText
import Testing

/// Real history, judged by an engine with stand-in images.
///
/// `CLM_DOCTOR_IMPACT_HISTORY` lists `REPOSITORY:DOCKERFILE:CONTEXT` (separated by blanks; the first a path),
/// `CLM_DOCTOR_IMPACT_HISTORY_PAIRS` how many pairs of commits of each. Prints agreement, false `cached` and false
/// `rebuild` for each; a false `cached` fails.
@Suite(.serialized) struct HistoryTests {
    static let environment = ProcessInfo.processInfo.environment
    static let builds = (environment["CLM_DOCTOR_IMPACT_HISTORY"] ?? "").split(separator: " ").map(
        String.init)

    @Test(.enabled(if: !builds.isEmpty))
    func theEngineAgreesOnRealHistory() async throws {
        let wanted = Int(Self.environment["CLM_DOCTOR_IMPACT_HISTORY_PAIRS"] ?? "") ?? 8
        let stub = try await StubEngine.compileStub()
        defer { try? FileManager.default.removeItem(at: stub) }
        let engines = [
            try await StubEngine(suite: "forky", mode: .stable, stub: stub),
            try await StubEngine(suite: "forky", mode: .changing, stub: stub),
        ]
        for text in Self.builds {
            let parts = text.split(separator: ":").map(String.init)
            let history = History(repository: parts[0], dockerfile: parts[1], context: parts[2])
            var result = Result()
            for (base, head) in (try? await history.pairs(wanted)) ?? [] {
                do {
                    try await history.judge(base, head, engines, &result)
                } catch {
                    result.failed.append("\(base.prefix(8))..\(head.prefix(8)): \("\(error)".prefix(200))")
                }
            }
            print(
                "HISTORY \(text): \(result.pairs) pairs, \(result.steps) steps, \(result.agreed) agree, "
                    + "\(result.falseCached.count) false cached, \(result.others.count) others")
            for line in result.falseCached + result.others + result.failed { print("  \(line)") }
            #expect(result.falseCached.isEmpty, "\(text): \(result.falseCached)")
        }
        for engine in engines { try await engine.stop() }
    }

    struct Result {
        var pairs = 0
        var steps = 0
        var agreed = 0
        var falseCached: [String] = []
        var others: [String] = []
        /// Pairs that the engine could not build.
        var failed: [String] = []
    }
}

/// One build of a repository with its commits.
private struct History {
    let repository: String
    let dockerfile: String
    let context: String

    /// Commits of the first-parent line that change what the build could read, each with the one before it.
    func pairs(_ count: Int) async throws -> [(String, String)] {
        let commits = try await run(
            "git",
            [
                "-C", repository, "log", "--first-parent", "--format=%H", "-n", "\(count * 4 + 1)", "--",
                context,
            ]
        ).split(separator: "\n").map(String.init)
        return stride(from: 0, to: commits.count - 3, by: 4).map { (commits[$0 + 2], commits[$0]) }
    }

    func judge(_ base: String, _ head: String, _ engines: [StubEngine], _ result: inout HistoryTests.Result)
        async throws
    {
        let build = Build(name: "it", dockerfile: dockerfile, context: .directory(context))
        var request = ImpactRequest(
            folder: repository, base: base, head: .commit(head),
            options: LoadOptions(environment: ProcessInfo.processInfo.environment))
        request.build = build
        let report = try await ImpactReport.make(request)
        guard let impact = report.builds.first, impact.problem == nil else { return }
        let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var images: Set<String> = []
        var paths: Set<String> = []
        var fixtures = StubEngine.Fixtures()
        for (side, commit) in [("base", base), ("head", head)] {
            let root = "\(folder)/\(side)/tree"
            try await checkOut(commit, to: root)
            try await examine("\(root)/\(dockerfile)", &images, &paths, &fixtures)
        }
        var options = Pair.Options()
        options.file = dockerfile
        options.context = context
        var logs: [BuildLog] = []
        for engine in engines {
            for image in images.sorted() {
                try await engine.makeStandIn(
                    image, paths: paths.sorted(),
                    files: paths.filter { !$0.hasSuffix("/") && !$0.contains("*") }.sorted(),
                    fixtures)
            }
            try await engine.prune()
            _ = try await engine.build(options, in: "\(folder)/base/tree")
            logs.append(try await engine.build(options, in: "\(folder)/head/tree"))
        }
        let truth = Truth(stable: logs[0], changing: logs[1]).states
        let prediction = Prediction(impact)
        result.pairs += 1
        for step in prediction.steps {
            guard let state = truth[step.label.description] else { continue }
            result.steps += 1
            if state == step.state.rawValue {
                result.agreed += 1
            } else {
                let line =
                    "\(base.prefix(8))..\(head.prefix(8)) \(step.label.description): predicted \(step.state.rawValue), "
                    + "is \(state): \(step.instruction.prefix(80)) (\(step.cause.map { "\($0)" } ?? ""))"
                if step.state == .cached {
                    result.falseCached.append(line)
                } else {
                    result.others.append(line)
                }
            }
        }
    }

    private func checkOut(_ commit: String, to root: String) async throws {
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let index = ["GIT_INDEX_FILE": root + ".index"]
        try await run("git", ["-C", repository, "read-tree", commit], environment: index)
        try await run(
            "git", ["-C", repository, "checkout-index", "-a", "-f", "--prefix=\(root)/"], environment: index)
        try FileManager.default.createDirectory(atPath: root + "/.git", withIntermediateDirectories: true)
        try commit.write(toFile: root + "/.git/HEAD", atomically: false, encoding: .utf8)
    }

    /// Makes the Dockerfile one that needs no registry, and collects what its stand-in images must have.
    private func examine(
        _ file: String, _ images: inout Set<String>, _ paths: inout Set<String>,
        _ fixtures: inout StubEngine.Fixtures
    ) async throws {
        var text = try String(contentsOfFile: file, encoding: .utf8)
        text = text.replacing(/(?m)^#\s*syntax\s*=.*$/.ignoresCase(), with: "#")
        text = text.replacing(/(:[\w.-]+)?@sha256:([0-9a-f]{12})[0-9a-f]*/) { match in
            "\(match.output.1.map(String.init) ?? ":pinned")-\(match.output.2)"
        }
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        let evaluated = ParsedDockerfile(parsing: SourceText(path: dockerfile, text: text)).evaluated()
        func reads(_ path: String) {
            let clean = "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
            let name = clean.split(separator: "/").last.map(String.init) ?? ""
            let isFolder =
                path.hasSuffix("/") || !name.contains(".") && !name.contains("*") && !clean.contains("/bin/")
            paths.insert(clean == "/" ? "/" : isFolder ? clean + "/" : clean)
        }
        for stage in evaluated.stages where stage.isReachable {
            if case .image(let image) = stage.base { images.insert(image.text) }
            for step in stage.steps {
                if case .user(let word) = step.instruction.body { fixtures.users.insert(word.text) }
                if case .shell(let words) = step.instruction.body { fixtures.programs.insert(words[0].text) }
                if case .run(let run) = step.instruction.body, case .exec(let words) = run.command {
                    fixtures.programs.insert(words[0].text)
                }
                for mount in step.mounts {
                    if case .image(let image) = mount.origin, image != "scratch" { images.insert(image) }
                    switch mount.origin {
                    case .stage, .image: reads(mount.source?.text ?? "/")
                    default: break
                    }
                }
                guard let copy = step.copy else { continue }
                if let owner = copy.chown {
                    fixtures.users.formUnion(owner.text.split(separator: ":").map(String.init))
                }
                if case .image(let image) = copy.origin { images.insert(image) }
                switch copy.origin {
                case .stage, .image: copy.sources.forEach { reads($0.text) }
                default: break
                }
            }
        }
    }
}
