import Dockerfile
import Impact

/// What all forms of the impact report say in the same words.
enum ImpactWords {
    /// Why a step is not cached, as the rest of a sentence; safe to print.
    static func text(of cause: Cause) -> String {
        switch cause {
        case .newBuild: "nothing was built from this Dockerfile before"
        case .baseImage(let from, let to): "base image \(printable(from)) is now \(printable(to))"
        case .newInstruction: "this instruction is new here"
        case .instruction(let was): "the instruction was: \(printable(shortened(was)))"
        case .variables(let names): "the environment changed: \(printable(list(names)))"
        case .setting(let name, let from, let to):
            "\(printable(name)) was \(quoted(from)), is \(quoted(to))"
        case .files(let paths, let count): "changed: \(printable(list(paths)))\(rest(paths, count))"
        case .modes(let paths, let count):
            "other permission bits: \(printable(list(paths)))\(rest(paths, count))"
        case .ignoreFile(let path, let files, let count):
            "\(printable(path)) lets through other files: \(printable(list(files)))\(rest(files, count))"
        case .gitFolder: "the context has the .git folder, which every commit changes"
        case .output(let stage, let path):
            "depends on what the stage \(printable(stage)) leaves at \(printable(path))"
        case .image(let from, let to, let path):
            "depends on whether \(printable(to)) has the same \(printable(path)) as \(printable(from))"
        case .unseen(let what): printable(what)
        case .frontend(let name): "another frontend reads the Dockerfile: \(printable(name))"
        case .build(let name): "depends on what the build \(printable(name)) makes, which runs again"
        case .noCache: "the build is told not to use its cache"
        case .follows(let label): "follows \(printable(label))"
        }
    }

    /// `[build 2/5]`
    static func label(_ step: StepImpact) -> String { step.label.description }

    static func count(of build: BuildImpact) -> String {
        let certain = build.steps.count { $0.state == .rebuild }
        let possible = build.steps.count { $0.state == .maybe }
        let total = build.steps.count
        if certain == 0, possible == 0 { return "all \(total) steps are cached" }
        let more = possible > 0 ? ", perhaps \(possible) more" : ""
        return "\(certain) of \(total) steps run again\(more)"
    }

    /// `slow (fast at best)`
    static func verdict(of build: BuildImpact) -> String {
        build.bestCase == build.verdict
            ? build.verdict.rawValue : "\(build.verdict.rawValue) (at best \(build.bestCase.rawValue))"
    }

    /// How a verdict compares with the commits before; nil where that is not known.
    static func usual(of build: BuildImpact) -> String? {
        guard let usual = build.usual else { return nil }
        let verdict = build.verdict.rawValue
        let all = "the last \(usual.commits) commits"
        if !usual.isWorse {
            let like = build.verdict == .slow ? "slow, too" : "as slow"
            return usual.asSlow == usual.commits
                ? "each of \(all) was \(like)" : "\(usual.asSlow) of \(all) were \(like)"
        }
        let often =
            usual.verdict.map { "usually \($0 == build.verdict ? "nothing runs again" : $0.rawValue)" }
            ?? "none of \(all) reached it"
        if let file = usual.firstChange {
            return "\(often); this is the first change of \(printable(file)) in \(usual.commits) commits"
        }
        return usual.verdict == nil ? often : "\(often); \(usual.asSlow) of \(all) were \(verdict)"
    }

    /// Of the first step that runs again, else of the first that may: `[2/3]: changed: a`.
    static func firstCause(of build: BuildImpact) -> String? {
        let first = build.steps.first { $0.state == .rebuild } ?? build.steps.first { $0.state == .maybe }
        return first.flatMap { step in step.cause.map { "\(label(step)): \(text(of: $0))" } }
    }

    static func shortened(_ text: String, to length: Int = 80) -> String {
        text.count <= length ? text : text.prefix(length - 1) + "…"
    }

    private static func quoted(_ text: String) -> String {
        text.isEmpty ? "not set" : "`\(printable(shortened(text)))`"
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
    private static func rest(_ shown: [String], _ count: Int) -> String {
        count > shown.count ? " and \(count - shown.count) more" : ""
    }
}
