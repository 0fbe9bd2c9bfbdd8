import Diagnostics

/// How often a value changes of which the text shows where it comes from.
package enum VolatileValue: Sendable, Hashable {
    case everyCommit, everyBuild
}

extension VolatileValue {
    /// - Parameter text: a value as it stands in a script or workflow: `$(date)`, `${{ github.sha }}`, `$CI_COMMIT_SHA`.
    /// - Returns: nil where it does not tell, or changes more rarely.
    ///
    /// Sources: docs.github.com, "Contexts" and "Variables"; docs.gitlab.com, "Predefined CI/CD variables reference";
    /// circleci.com/docs, "Project values and variables"; jenkins.io, "Using environment variables", and the Git plugin;
    /// cloud.google.com, "Substituting variable values"; learn.microsoft.com, "Use predefined variables"; support.atlassian.com,
    /// "Variables and secrets"; docs.drone.io, "Environment reference"; woodpecker-ci.org, "Environment variables";
    /// buildkite.com/docs and docs.travis-ci.com, "Environment variables"; docs.aws.amazon.com/codebuild, "Environment variables
    /// in build environments". `GIT_SHA` is what people call it themselves.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.volatileValueBytes,
            text.utf8.contains(UInt8(ascii: "$")) || text.utf8.contains(UInt8(ascii: "`"))
        else { return nil }
        let names = text.split { !($0.isLetter || $0.isNumber || "_.".contains($0)) }.map(String.init)
        if names.contains(where: Self.ofBuilds.contains) || Self.callsDate(text)
            || Self.callsClock(text)
        {
            self = .everyBuild
        } else if names.contains(where: Self.ofCommits.contains) || Self.asksGit(text) {
            self = .everyCommit
        } else {
            return nil
        }
    }

    private static let ofBuilds: Set<String> = [
        "github.run_id", "github.run_number", "github.run_attempt", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER",
        "CI_PIPELINE_ID", "CI_PIPELINE_IID", "CI_JOB_ID", "CI_JOB_STARTED_AT", "CI_PIPELINE_CREATED_AT",
        "CIRCLE_BUILD_NUM", "CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID", "CIRCLE_WORKFLOW_JOB_ID",
        "Build.BuildId", "Build.BuildNumber", "BUILDKITE_BUILD_NUMBER", "BUILDKITE_BUILD_ID",
        "BITBUCKET_BUILD_NUMBER",
        "DRONE_BUILD_NUMBER", "CI_PIPELINE_NUMBER", "TRAVIS_BUILD_NUMBER", "TRAVIS_JOB_ID",
        "CODEBUILD_BUILD_ID",
        "BUILD_NUMBER", "BUILD_ID", "RANDOM", "EPOCHSECONDS", "EPOCHREALTIME", "uuidgen",
        "org.opencontainers.image.created",
    ]
    private static let ofCommits: Set<String> = [
        "github.sha", "GITHUB_SHA", "github.event.pull_request.head.sha",
        "github.event.head_commit.timestamp",
        "github.event.after", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "CI_COMMIT_TIMESTAMP",
        "Build.SourceVersion", "BUILDKITE_COMMIT", "BITBUCKET_COMMIT", "DRONE_COMMIT_SHA", "TRAVIS_COMMIT",
        "CODEBUILD_RESOLVED_SOURCE_VERSION", "CIRCLE_SHA1", "GIT_COMMIT", "COMMIT_SHA", "SHORT_SHA",
        "GIT_SHA",
        "org.opencontainers.image.revision",
    ]

    /// `$(date …)`, unless the format says no more than the day.
    private static func callsDate(_ text: String) -> Bool {
        for open in ["$(date", "`date", "$(shell date", "$(shell echo $(date"] {
            guard let start = text.firstRange(of: open) else { continue }
            let rest = text[start.upperBound...]
            guard let next = rest.first, !next.isLetter, next != "-", next != "_" else { continue }
            let call = rest.prefix { $0 != ")" && $0 != "`" }
            guard let plus = call.firstIndex(of: "+") else { return true }
            let letters = zip(call[plus...], call[plus...].dropFirst()).filter { $0.0 == "%" }.map(\.1)
            return letters.contains { !"YymdFGgVUWjaAbBDeux-".contains($0) }
        }
        return false
    }

    /// `${timestamp()}` of a bake file, `$(Get-Date)` of PowerShell; with a format it may say no more than the day.
    /// Sources: docs.docker.com, "Bake standard library functions"; learn.microsoft.com, `Get-Date`.
    private static func callsClock(_ text: String) -> Bool {
        text.contains("timestamp()") && !text.contains("formatdate")
            || text.lowercased().contains("$(get-date)")
    }

    /// `$(git rev-parse HEAD)`, `$(git describe)`, `$(git log -1 …)`.
    private static func asksGit(_ text: String) -> Bool {
        for open in ["$(git ", "`git ", "$(shell git "] {
            guard let start = text.firstRange(of: open) else { continue }
            let call = text[start.upperBound...].prefix { $0 != ")" && $0 != "`" }
            let words = call.split(separator: " ")
            if words.contains("rev-parse") {
                return words.contains("HEAD") && !words.contains { $0.hasPrefix("--abbrev-ref") }
            }
            return words.contains("describe") || words.contains("log")
        }
        return false
    }
}
