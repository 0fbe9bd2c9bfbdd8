import Diagnostics
import Git
import Host
import JSON

@Sendable func fuzzIndex(_ bytes: [UInt8]) {
    guard let index = IndexFile(parsing: bytes, pathBytes: Limits.gitIndexBytes) else { return }
    _ = index.isExecutable(bytes)
}

/// What `git status`, `git diff --raw`, `git cat-file --batch` write, and `info/exclude`.
@Sendable func fuzzGitOutput(_ bytes: [UInt8]) {
    _ = WorkTreeStatus(output: bytes)
    _ = RawDiff.changes(bytes)
    _ = RawDiff.unmerged(bytes)
    var reader = CommitReader(commits: 1, contentLimit: 1 << 20, skipping: []) { _, _ in true }
    bytes.withUnsafeBufferPointer { _ = reader.read($0) }
    _ = IgnoreFile(parsing: bytes)
}

/// The first half answers `docker info`, the second each other question.
@Sendable func fuzzDockerAnswers(_ bytes: [UInt8]) {
    let (info, other) = halves(bytes)
    for question in HostQuestion.allCases {
        var answers = HostAnswers(hasDocker: true)
        answers.answers[.info] = .said(output: info, error: [])
        answers.answers[question] = .said(output: other, error: [])
        answers.usages["b"] = .said(output: other, error: [])
        answers.inspections["b"] = .said(output: other, error: [])
        answers.daemonFile = .read("/etc/docker/daemon.json", other)
        answers.clientConfiguration = other
        _ = HostSnapshot(reading: answers)
    }
}

/// What is read and written is read as the same.
@Sendable func fuzzJSON(_ bytes: [UInt8]) {
    guard let value = try? JSON.parse(bytes) else { return }
    let text = Array(value.text().utf8)
    guard let again = try? JSON.parse(text) else { fatalError("what was written cannot be read") }
    require(Array(again.text().utf8) == text, "read as something else")
}
