package import Diagnostics
import JSON

/// Findings that are known and are not told again: a file in the repository, which `--update-baseline` writes.
package struct Baseline: Sendable {
    package struct Entry: Hashable, Sendable {
        package let fingerprint: String
        package let check: CheckID
        /// As in a finding.
        package let path: String

        /// Whether it is of a version that made fingerprints another way.
        package var isEarlier: Bool { fingerprint.utf8.count == 16 }
    }

    /// Changes when a member changes its meaning or goes.
    package static let schema = "clm-doctor/baseline/2"
    /// Of the version before, whose fingerprints are read, too.
    package static let earlierSchema = "clm-doctor/baseline/1"

    /// By path, check and fingerprint.
    package let entries: [Entry]

    private init(_ entries: some Sequence<Entry>) {
        self.entries = Set(entries).sorted {
            ($0.path, $0.check, $0.fingerprint) < ($1.path, $1.check, $1.fingerprint)
        }
    }

    /// - Parameter kept: of an earlier baseline, to be had beside the findings.
    package init(of findings: [Finding], keeping kept: [Entry] = []) {
        self.init(
            findings.lazy.filter { Self.mayKnow($0.check) }.flatMap { finding in
                finding.fingerprints.map { Entry(fingerprint: $0, check: finding.check, path: finding.path) }
            } + kept)
    }

    /// A Dockerfile that does not parse has no other findings: nobody would see that it went unexamined.
    fileprivate static func mayKnow(_ check: CheckID) -> Bool { check != ParseError.id }

    /// - Throws: `BaselineError` for what is no baseline.
    package init(reading bytes: [UInt8]) throws(BaselineError) {
        let json: JSON
        do { json = try JSON.parse(bytes) } catch { throw BaselineError(description: "\(error)") }
        let schema = json["schema"]?.string
        guard schema == Self.schema || schema == Self.earlierSchema, let findings = json["findings"]?.array
        else {
            throw BaselineError(
                description: "it is no baseline of this program (\"schema\" is not \"\(Self.schema)\")")
        }
        var entries: [Entry] = []
        for finding in findings {
            guard let fingerprint = finding["fingerprint"]?.string, let check = finding["check"]?.string,
                let file = finding["file"], file.isNull || file.string != nil
            else { throw BaselineError(description: "a finding in it needs fingerprint, check and file") }
            entries.append(
                Entry(fingerprint: fingerprint, check: CheckID(check), path: file.string ?? Finding.host))
        }
        self.init(entries)
    }

    /// The file. Each finding has lines of its own, so that two branches that change it can be merged.
    package var text: String {
        let findings = entries.map { entry -> JSON in
            [
                "file": entry.path == Finding.host ? .null : .string(entry.path),
                "check": .string(entry.check.name), "fingerprint": .string(entry.fingerprint),
            ]
        }
        let json: JSON = ["schema": .string(Self.schema), "findings": .array(findings)]
        return json.text(.pretty) + "\n"
    }

    /// The entries of which the run can tell that nothing is there any more.
    /// - Parameters:
    ///   - outcome: of the run, before anything is left out because of this baseline.
    ///   - isExamined: whether all that is to be found in a file was looked for.
    package func stale(after outcome: Outcome, isExamined: (String) -> Bool) -> [Entry] {
        let found = [outcome.findings, outcome.ignored, outcome.known].reduce(into: Set()) {
            $0.formUnion($1.entries)
        }
        let judged = Set(outcome.ran).subtracting(outcome.skipped.map(\.check))
        return entries.filter { entry in
            !found.contains(entry) && judged.contains(entry.check) && isExamined(entry.path)
        }
    }
}

extension Finding {
    /// How a baseline may have the finding: check and path are part of it, whatever its fingerprint says.
    package var entries: Set<Baseline.Entry> {
        Set(
            (fingerprints + [earlierFingerprint]).map {
                Baseline.Entry(fingerprint: $0, check: check, path: path)
            })
    }

    /// What of it a baseline does not have: nil for nothing, and empty for a finding without parts.
    fileprivate func newParts(besides known: Set<Baseline.Entry>) -> [String]? {
        func isKnown(_ fingerprint: String) -> Bool {
            known.contains(Baseline.Entry(fingerprint: fingerprint, check: check, path: path))
        }
        // A version that knew no parts has judged the whole.
        if isKnown(earlierFingerprint) { return nil }
        let fingerprints = fingerprints
        if fingerprints.allSatisfy(isKnown) { return nil }
        return zip(parts, fingerprints).filter { !isKnown($1) }.map(\.0)
    }
}

extension Sequence<Finding> {
    package var entries: Set<Baseline.Entry> { reduce(into: []) { $0.formUnion($1.entries) } }
}

/// Why a file is no baseline, as a sentence without its final dot.
package struct BaselineError: Error, Sendable, CustomStringConvertible {
    package let description: String
}

extension Outcome {
    /// Makes known what a baseline has.
    package mutating func leaveOut(_ baseline: Baseline) {
        let entries = Set(baseline.entries.lazy.filter { Baseline.mayKnow($0.check) })
        keep { $0.newParts(besides: entries) }
    }

    /// Makes known what an earlier state had, so that only what the change brought is left.
    ///
    /// A finding is the same where its fingerprint is, which holds no line number; where its file has one of that check
    /// that says the same, as its instruction was edited otherwise; or where its file has another name now. Each
    /// finding of the earlier state stands for one of the later; what that names besides is new.
    /// - Parameters:
    ///   - before: what the same checks say of the earlier state.
    ///   - isGone: whether a path of the earlier state is there no more.
    package mutating func leaveOut(before: Outcome, isGone: (String) -> Bool) {
        var rest = before.findings
        /// By the later finding's fingerprint, what the earlier one named.
        var known: [String: Set<String>] = [:]
        func pair(_ isSame: (_ earlier: Finding, _ later: Finding) -> Bool) {
            for finding in findings where known[finding.fingerprint] == nil {
                guard let index = rest.firstIndex(where: { $0.check == finding.check && isSame($0, finding) })
                else { continue }
                known[finding.fingerprint] = Set(rest.remove(at: index).parts)
            }
        }
        pair { $0.fingerprint == $1.fingerprint }
        pair { $0.path == $1.path && withoutNumbers($0.message) == withoutNumbers($1.message) }
        rest = rest.filter { isGone($0.path) }
        pair { $0.subject == $1.subject }
        keep { finding in
            guard let parts = known[finding.fingerprint] else { return finding.parts }
            let new = finding.parts.filter { !parts.contains($0) }
            // One that was edited, or has another name now, stands for one that is gone.
            return new.count <= parts.subtracting(finding.parts).count ? nil : new
        }
    }

    /// - Parameter newParts: what of a finding is new; nil where all of it is known.
    private mutating func keep(_ newParts: (Finding) -> [String]?) {
        var kept: [Finding] = []
        for finding in findings {
            guard let new = newParts(finding) else {
                known.append(finding)
                continue
            }
            kept.append(new.count < finding.parts.count ? finding.told(withNew: new.listed()) : finding)
        }
        findings = kept
    }
}

/// A message without the lines and counts that it names.
private func withoutNumbers(_ message: String) -> [UInt8] {
    message.utf8.filter { !(0x30...0x39).contains($0) }
}
