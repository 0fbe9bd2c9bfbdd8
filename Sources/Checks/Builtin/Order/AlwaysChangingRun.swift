import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A RUN that fetches what moves: the cache keeps what it was on the day of the first build.
struct AlwaysChangingRun: DockerfileCheck {
    static let id: CheckID = "always-changing-run"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.flatMap { stage in
            // What comes later may choose a commit: in the same RUN, or in one that works in the clone.
            let lastChoice = stage.steps.lastIndex { step in
                step.script.commands.contains { isGit($0, Self.choosing) }
            }
            return stage.steps.compactMap { step -> Finding? in
                guard step.run != nil, step.script.isComplete else { return nil }
                let choice =
                    step.script.commands.last { $0.program == nil || isGit($0, Self.changing) }?.order ?? -1
                for command in step.script.commands {
                    let isPinned = lastChoice.map { $0 > step.index } ?? false || choice > command.order
                    guard let what = floating(command, isPinned: isPinned, in: step) else { continue }
                    return finding(what, command, in: build)
                }
                return nil
            }
        }
    }

    private static let choosing: Set<String> = ["checkout", "reset", "switch"]
    private static let changing = choosing.union(["fetch", "submodule", "worktree"])

    private func isGit(_ command: ShellCommand, _ words: Set<String>) -> Bool {
        command.program == "git" && command.words.contains { words.contains($0.text) }
    }

    private func floating(_ command: ShellCommand, isPinned: Bool, in step: StepFacts) -> String? {
        switch command.program {
        case "git": isPinned ? nil : branch(command)
        case "curl", "wget":
            isToldVersion(command, in: step) ? nil : command.arguments.lazy.compactMap(movingAddress).first
        default: nil
        }
    }

    /// `curl …/install.sh | sh -s -- v1.2`: what is installed is what the script is told.
    private func isToldVersion(_ command: ShellCommand, in step: StepFacts) -> Bool {
        guard step.script.commands.indices.contains(command.order + 1) else { return false }
        let next = step.script.commands[command.order + 1]
        return ["sh", "bash", "dash", "ash", "zsh"].contains(next.program)
            && next.arguments.contains { !$0.isLiteral || $0.text.contains { $0.isNumber } }
    }

    /// `git clone` of whatever a branch is at.
    private func branch(_ command: ShellCommand) -> String? {
        let words = command.words.map(\.text)
        guard words.dropFirst().first == "clone", !command.hasUnseenArguments,
            command.arguments.allSatisfy({ $0.isLiteral }),
            !words.contains(where: {
                $0.hasPrefix("--revision") || $0.hasPrefix("-b") || $0.hasPrefix("--branch")
            }),
            let address = words.dropFirst(2).first(where: { $0.contains("://") || $0.contains("@") })
        else { return nil }
        return "the default branch of \(address)"
    }

    /// An address that names no version but `latest` or a branch.
    private func movingAddress(_ word: ShellWord) -> String? {
        guard word.isLiteral, word.text.hasPrefix("https://") || word.text.hasPrefix("http://") else {
            return nil
        }
        let parts = word.text.split(separator: "/").dropFirst(2)
        let isLatest = parts.contains("latest")
        let isBranch =
            word.text.hasPrefix("https://raw.githubusercontent.com/")
            && (parts.contains("master") || parts.contains("main") || parts.contains("HEAD"))
        return isLatest || isBranch ? word.text : nil
    }

    private func finding(_ what: String, _ command: ShellCommand, in build: BuildFacts) -> Finding {
        finding(
            at: command.range.lowerBound..<command.words.last!.range.upperBound, in: build.source,
            message:
                "This RUN is cached by its text, so it keeps \(what) as it was when it first ran: builders with and "
                + "without that cache make different images.",
            cost:
                "It is renewed only when something above it changes, and then without a reason that can be seen.",
            fix: Fix(
                "Name a version or commit, or let the builder watch it: ADD <address> fetches again when it changes."
            )
        ).folding(
            Fold(
                "floating",
                summary:
                    "RUNs are cached by their text, and keep what an address without a version gave when they first ran."
            ))
    }
}
