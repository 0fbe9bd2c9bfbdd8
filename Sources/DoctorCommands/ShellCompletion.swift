import ArgumentParser
import Catalogue
import Diagnostics
import Dockerfile
import Git
import Impact
import Project
import Reports

extension CompletionKind {
    /// Values that depend on the repository: the shell asks the program for them, and `ShellCompletion` answers.
    static var ofRepository: CompletionKind { .custom { _, _, _ in [] } }
}

/// What a shell offers for a word whose values only the program knows.
///
/// The scripts of ArgumentParser ask `clm-doctor ---completion COMMAND … -- ARGUMENT INDEX CURSOR WORD …`. Its own
/// answers may wait for nothing, and a repository is read by what does.
struct ShellCompletion {
    private enum Values { case checks, pages, builds, revisions, steps }

    private let values: Values
    /// What stands there already.
    private let word: String

    /// - Parameter arguments: without the program's name.
    /// - Returns: nil for what is no such question.
    init?(_ arguments: [String]) {
        guard arguments.first == "---completion", let end = arguments.firstIndex(of: "--"),
            end + 1 < arguments.count
        else { return nil }
        switch (arguments[1..<end].first ?? "", arguments[end + 1]) {
        case ("check", "--only"), ("check", "--skip"): values = .checks
        case ("explain", "positional@0"): values = .pages
        case ("impact", "positional@0"), ("context", "positional@0"), ("replay", "positional@0"),
            ("why", "--build"):
            values = .builds
        case (_, "--base"), (_, "--head"), (_, "--new-since"): values = .revisions
        case ("impact", "--explain"): values = .steps
        default: return nil
        }
        let rest = arguments[(end + 2)...]
        let index = rest.first.flatMap { Int($0) } ?? 0
        word = rest.dropFirst(2).dropFirst(max(0, index)).first ?? ""
    }

    /// - Returns: one word in a line, as the shell's script wants it; nothing where it cannot be told.
    func text(in surroundings: Surroundings) async -> String {
        var words = ((try? await all(in: surroundings)) ?? []).filter(Self.isHarmless)
        // zsh's script takes the last one away.
        if surroundings.environment["SAP_SHELL"] == "zsh" { words.append(" ") }
        return words.map { $0 + "\n" }.joined()
    }

    /// bash expands what it is offered, and a repository may have named it: nothing that a shell reads as more than text.
    private static func isHarmless(_ word: String) -> Bool {
        word.first != "-"
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "):
                    true
                default: "._/@+=,-".utf8.contains(byte)
                }
            }
    }

    private func all(in surroundings: Surroundings) async throws -> [String] {
        switch values {
        case .checks:
            // Several are separated by commas.
            let before = word.lastIndex(of: ",").map { String(word[...$0]) } ?? ""
            let ids = try checks(in: surroundings)
            return (Category.allCases.map(\.rawValue) + ids).map { before + $0 }
        case .pages: return try checks(in: surroundings) + MissPages.names
        case .builds:
            let project = try await Project.load(
                [surroundings.workingDirectory], options: try options(in: surroundings))
            return Set(project.builds.map(\.name)).sorted()
        case .revisions:
            let history = try await GitHistory(
                holding: surroundings.workingDirectory, environment: surroundings.environment)
            return ["HEAD"] + (try await history.references())
        case .steps:
            var request = ImpactRequest(
                folder: surroundings.workingDirectory, base: "HEAD", head: .workTree,
                options: try options(in: surroundings))
            request.allSteps = true
            let labels = try await ImpactReport.make(request).builds.flatMap { build in
                build.steps.map { String($0.label.description.dropFirst().dropLast()) }
            }
            return Set(labels).sorted()
        }
    }

    private func options(in surroundings: Surroundings) throws -> LoadOptions {
        try ProjectOptions.parse([]).loadOptions(catalogue: try? Catalogue.builtin(), in: surroundings)
    }

    /// Those of a program with checks are left out: nothing is run for a key that is pressed.
    private func checks(in surroundings: Surroundings) throws -> [String] {
        let builtin = try Catalogue.builtin()
        let configuration = try? Project.configuration(
            of: [surroundings.workingDirectory], options: try options(in: surroundings))
        let entries = builtin.listed { configuration?.enabled[$0] == true }
            .adding(configuration?.customChecks.map(\.entry) ?? []).entries
        return entries.map(\.id.name)
    }
}
