import Diagnostics
import Dockerfile
import Fixes
import Foundation
import SourceText
import Testing

@testable import Checks

/// Every case of `checks/`, as it is and changed in ways that must not matter or whose effect is known. One after the other:
/// side by side they would take every thread from tests that wait for programs with a time limit.
@Suite(.serialized) struct CaseTests {
    /// One after the other within a case, so that the case as it is runs once.
    @Test(arguments: CheckFolders.cases)
    func holds(_ project: CaseProject) async throws {
        #expect(project.malformed.isEmpty, "lines of `expected` that are no report lines")
        #expect(project.isBad != project.expected.isEmpty, "a bad case expects findings, a good one none")
        let outcome = try await project.run()
        #expect(outcome.skipped.isEmpty)
        expect(outcome.findings, toBe: project.expected)

        var mutants: [(CaseProject, Mutation?)] = [(project, nil)]
        for mutation in Mutation.allCases where !project.exempt.contains(mutation.rawValue) {
            var mutant = project
            for path in project.dockerfiles {
                if let bytes = mutation.apply(to: project.source(path)) { mutant.files[path] = bytes }
            }
            guard mutant.files != project.files else { continue }
            mutants.append((mutant, mutation))
            let changed = try await mutant.run()
            #expect(changed.skipped.isEmpty, "\(mutation)")
            #expect(
                places(of: changed.findings, in: mutant) == places(of: outcome.findings, in: project),
                "\(mutation): \(report(changed.findings))")
        }
        guard project.isBad else { return }
        if !project.exempt.contains("ignore") { try await expectIgnored(outcome.findings, in: project) }
        try await expectRepaired(outcome.findings, in: project)
        let offered = outcome.findings.filter { finding in
            finding.fix.map { !$0.edits.isEmpty && $0.applicability != .manual } ?? false
        }
        // That a mutant offers the same is known by now.
        for (mutant, mutation) in offered.isEmpty ? [mutants[0]] : mutants {
            try await expectFixed(mutant, mutation, offered: offered.count)
        }
    }

    /// An ignore comment above a finding hides it.
    private func expectIgnored(_ findings: [Finding], in project: CaseProject) async throws {
        for finding in findings {
            guard let line = lineForComment(above: finding, in: project) else { continue }
            var quiet = project
            let source = project.source(finding.path)
            let place = line <= source.lineCount ? source.lineStarts[line - 1] : source.bytes.count
            var bytes = source.bytes
            let comment = "# clm-doctor: ignore[\(finding.check)] reason=\"tried\"\n"
            bytes.insert(contentsOf: Array(comment.utf8), at: max(place, line == 1 ? source.textStart : 0))
            quiet.files[finding.path] = bytes
            let after = try await quiet.run()
            #expect(
                !after.findings.contains { $0.fingerprint == finding.fingerprint },
                "still there: \(finding.reportLine)")
            #expect(after.ignored.contains { $0.subject == finding.subject }, "\(finding.reportLine)")
        }
    }

    /// Each thing that a finding names is new by itself, although all others are known.
    @Test(arguments: CheckFolders.cases.filter(\.isBad))
    func eachPartCanBeNew(_ project: CaseProject) async throws {
        let outcome = try await project.run(tellsOnce: false)
        for finding in outcome.findings where !finding.parts.isEmpty {
            let all = Baseline(of: outcome.findings).entries
            var known = outcome
            known.leaveOut(Baseline(of: [], keeping: all))
            #expect(known.findings.isEmpty)
            for (part, fingerprint) in zip(finding.parts, finding.fingerprints) {
                var later = outcome
                later.leaveOut(Baseline(of: [], keeping: all.filter { $0.fingerprint != fingerprint }))
                let told = later.findings.filter { $0.fingerprint == finding.fingerprint }
                #expect(told.count == 1, "\(part) of \(finding.reportLine)")
                if finding.parts.count > 1 {
                    #expect(told.first?.message.contains("New among these: \(part).") == true)
                }
            }
        }
    }

    /// A second stage like the last one, which has findings of its own: they are new although the first ones are known,
    /// and an ignore comment before one of them hides it.
    @Test(arguments: CheckFolders.cases.filter(\.isBad))
    func aSecondPlaceIsNew(_ project: CaseProject) async throws {
        guard !Self.judgingTheWhole.contains(project.check) else { return }
        let outcome = try await project.run(tellsOnce: false)
        for path in Set(outcome.findings.map(\.path)) {
            guard let (made, lastStage, copy) = project.doublingTheLastStage(of: path) else { continue }
            var doubled = made
            let first = outcome.findings.filter { finding in
                finding.path == path && finding.range.map { lastStage <= $0.start.line } ?? false
            }
            guard !first.isEmpty else { continue }
            var later = try await doubled.run(tellsOnce: false)
            // What is true of the last stage only has moved.
            let staying = later.findings.filter { finding in
                finding.path == path && finding.range.map { $0.start.line < copy } ?? false
            }
            guard !staying.isEmpty else { continue }
            later.leaveOut(Baseline(of: outcome.findings))
            let second = later.findings.first { finding in
                finding.path == path && finding.range.map { copy <= $0.start.line } ?? false
            }
            guard let second, let line = lineForComment(above: second, in: doubled) else {
                Issue.record("no second finding: \(report(later.findings)) besides \(report(first))")
                continue
            }
            guard !project.exempt.contains("ignore") else { continue }
            let source = doubled.source(path)
            var bytes = source.bytes
            let comment = "# clm-doctor: ignore[\(second.check)] reason=\"tried\"\n"
            bytes.insert(contentsOf: Array(comment.utf8), at: source.lineStarts[line - 1])
            doubled.files[path] = bytes
            let quiet = try await doubled.run(tellsOnce: false)
            #expect(quiet.ignored.contains { $0.fingerprint == second.fingerprint }, "\(second.reportLine)")
            #expect(!quiet.findings.contains { $0.fingerprint == second.fingerprint }, "\(second.reportLine)")
        }
    }

    /// Checks whose finding is about a file, a build or a context as a whole, wherever it stands.
    static let judgingTheWhole: Set<CheckID> = [
        // The context, or the lack of its ignore file; and whether it is the context that the Dockerfile is written for.
        "context-huge", "dockerignore-missing", "context-outside", "build-command-mismatch",
        // Files of the checkout, each of which is a part of the finding, whoever copies them.
        "context-mode-drift", "crlf-drift", "lfs-pointer",
        // The Dockerfile: its frontend, its folder; and two Dockerfiles, of which each has one such stage.
        "syntax-missing", "legacy-base-image", "base-skew", "arg-default-skew",
        // Comments, which are written so that the doubled stage follows them.
        "ignore-invalid",
    ]

    /// The edits of a finding repair it, bring no other, and leave other instructions alone.
    private func expectRepaired(_ findings: [Finding], in project: CaseProject) async throws {
        for finding in findings {
            guard let fix = finding.fix, !fix.edits.isEmpty else { continue }
            var fixed = project
            for (path, edits) in Dictionary(grouping: fix.edits, by: \.path) {
                var bytes = project.files[path] ?? []
                let sorted = edits.sorted { $0.bytes.lowerBound > $1.bytes.lowerBound }
                for (later, earlier) in zip(sorted, sorted.dropFirst()) {
                    #expect(earlier.bytes.upperBound <= later.bytes.lowerBound, "edits overlap")
                }
                for edit in sorted { bytes.replaceSubrange(edit.bytes, with: Array(edit.replacement.utf8)) }
                fixed.files[path] = bytes
                expectUntouched(project.source(path), after: edits, in: fixed.source(path))
            }
            let after = try await fixed.run()
            #expect(after.skipped.isEmpty)
            let before = findings.filter { $0.fingerprint != finding.fingerprint }
            #expect(
                after.findings.count == before.count,
                "after the edits: \(report(after.findings)) in \(report(before))")
        }
    }

    /// What `--fix` writes is proved by itself; here that it does write what a case's findings offer, in whatever way
    /// the file is written, and that there is nothing to fix afterwards.
    private func expectFixed(_ project: CaseProject, _ mutation: Mutation?, offered: Int) async throws {
        let what = mutation.map { "\($0): " } ?? ""
        let planned = mutation == nil ? try await project.planned() : nil
        let plan = if let planned { planned.plan } else { try await project.plan() }
        let reasons = plan.refused.map { "\($0.finding.reportLine): \($0.reason)" }
        #expect(
            reasons.count == project.refusals.count
                && project.refusals.allSatisfy { part in reasons.contains { $0.contains(part) } },
            "\(what)refused: \(reasons.joined(separator: "\n"))")
        // What one edit repairs along with its own finding needs no other.
        #expect(plan.fixed.count + plan.refused.count <= max(offered, 1) + 1, "\(what)")
        #expect(offered == plan.refused.count || !plan.fixed.isEmpty, "\(what)")
        guard !plan.files.isEmpty else { return }
        let fixed = project.with(plan)
        for file in plan.files {
            guard let before = file.before else { continue }
            #expect(!plan.fixed.isEmpty, "\(what)")
            let hasBareNewlines = zip(file.after, [0] + file.after).contains { $0 == 0x0A && $1 != 0x0D }
            if mutation == .crlf, project.dockerfiles.contains(file.path),
                before.contains(UInt8(ascii: "\r"))
            {
                #expect(!hasBareNewlines, "a line end that is not the file's: \(fixed.source(file.path))")
            }
            #expect(
                file.after.starts(with: [0xEF, 0xBB, 0xBF]) == before.starts(with: [0xEF, 0xBB, 0xBF]),
                "\(what)")
            #expect(
                ParsedDockerfile(parsing: fixed.source(file.path)).escape
                    == ParsedDockerfile(parsing: project.source(file.path)).escape, "\(what)")
        }
        // What was proved is what stands on the disk then, of every category: nothing is new, and no comment that hid
        // something is gone.
        if let (_, before, after) = planned {
            let written = try await fixed.runAll()
            #expect(written.findings.map(\.reportLine) == after.findings.map(\.reportLine))
            #expect(written.ignored.map(\.reportLine) == after.ignored.map(\.reportLine))
            #expect(
                kinds(of: written.findings).subtracting(kinds(of: before.findings)).isEmpty,
                "brought by the repair")
        }
        let again = try await fixed.plan()
        #expect(again.files.isEmpty, "\(what)fixed once more: \(again.fixed.map(\.finding.reportLine))")
    }

    // MARK: Comparing

    private func expect(_ findings: [Finding], toBe expected: [ExpectedFinding]) {
        var rest = findings
        for line in expected {
            if let index = rest.firstIndex(where: line.matches) {
                rest.remove(at: index)
            } else {
                Issue.record("expected, and not found: \(line)\nfound: \(report(findings))")
            }
        }
        #expect(rest.isEmpty, "found, and not expected: \(report(rest))")
    }

    private func report(_ findings: [Finding]) -> String {
        findings.map { "\n  " + $0.reportLine }.joined()
    }

    private func kinds(of findings: [Finding]) -> Set<String> {
        Set(findings.map { "\($0.check) in \($0.path)" })
    }

    /// The findings by instruction, so that lines may move.
    private func places(of findings: [Finding], in project: CaseProject) -> [String] {
        findings.map { finding in
            let place: String
            if let position = finding.range?.start, project.dockerfiles.contains(finding.path) {
                let instructions = ParsedDockerfile(parsing: project.source(finding.path)).instructions
                let index =
                    instructions.firstIndex { $0.lines.upperBound >= position.line } ?? instructions.count
                place = "\(finding.path), instruction \(index)"
            } else {
                place = placeText(finding.path, finding.range?.start)
            }
            let fix =
                finding.fix.map { "\($0.applicability)\($0.edits.isEmpty ? "" : ", with edits")" } ?? "none"
            return "\(finding.check) \(place) \(finding.severity), fix: \(fix)"
        }.sorted()
    }

    /// Where an ignore comment for a finding goes: above its instruction, or above its line in other files.
    private func lineForComment(above finding: Finding, in project: CaseProject) -> Int? {
        if project.dockerfiles.contains(finding.path) {
            let source = project.source(finding.path)
            let parsed = ParsedDockerfile(parsing: source)
            let instructions = parsed.instructions
            // A comment above a directive would end the directives.
            let afterDirectives =
                parsed.directives.map { source.line(at: $0.range.lowerBound) + 1 }.max() ?? 1
            guard let position = finding.range?.start, position.line >= afterDirectives else {
                return instructions.first?.lines.lowerBound
            }
            let next = instructions.first { $0.lines.upperBound >= position.line }?.lines.lowerBound
            return next.map { min($0, position.line) }
        }
        return finding.path.hasSuffix(".json") ? nil : finding.range?.start.line
    }

    /// Instructions that no edit touches read the same afterwards.
    private func expectUntouched(_ before: SourceText, after edits: [Edit], in after: SourceText) {
        let instructions = ParsedDockerfile(parsing: before).instructions.filter { instruction in
            !edits.contains { edit in
                edit.bytes.lowerBound <= instruction.range.upperBound
                    && edit.bytes.upperBound >= instruction.range.lowerBound
            }
        }
        let texts = ParsedDockerfile(parsing: after).instructions.map(\.text)
        for instruction in instructions {
            #expect(
                texts.contains(instruction.text), "an edit of something else has changed this instruction")
        }
    }
}
