package import Diagnostics
import SourceText

extension Outcome {
    /// What one remedy mends for several Dockerfiles, such as a line in the ignore file that they share, is said once.
    /// What one of them cannot do without, none can leave out: the mildest speaks.
    ///
    /// To be done last: up to here each of them is a finding of its own, which a baseline, an earlier state or a comment
    /// may know while it does not know the others.
    package mutating func tellSharedRemediesOnce() {
        struct Key: Hashable {
            let check: CheckID
            let remedy: String
        }
        let groups = Dictionary(grouping: findings.indices.filter { findings[$0].sharedRemedy != nil }) {
            Key(check: findings[$0].check, remedy: findings[$0].sharedRemedy!)
        }
        var merged = findings.map(Optional.some)
        for group in groups.values where group.count > 1 {
            // Those of one severity are in the order of reading.
            let speaker = group.min { (findings[$0].severity, $0) < (findings[$1].severity, $1) }!
            var paths: Set<String> = [findings[speaker].path]
            let others = group.map { findings[$0].path }.filter { paths.insert($0).inserted }
            for index in group where index != speaker { merged[index] = nil }
            if !others.isEmpty { merged[speaker] = findings[speaker].told(alsoFor: others.listed()) }
        }
        findings = merged.compactMap(\.self)
    }
}

extension Outcome {
    /// What is in Dockerfiles that no build states comes last.
    /// - Parameter isCertain: all that may state a build was understood, so that it fails no gate either.
    package mutating func setAside(_ paths: Set<String>, isCertain: Bool) {
        guard !paths.isEmpty else { return }
        let (aside, others) = (
            findings.filter { paths.contains($0.path) }, findings.filter { !paths.contains($0.path) }
        )
        findings = others + aside.map { $0.setAside(asInfo: isCertain) }
    }

    /// The same problem with the same remedy in several places is one finding that lists them.
    ///
    /// To be done last, as `tellSharedRemediesOnce`.
    package mutating func fold() {
        struct Key: Hashable {
            let check: CheckID
            let severity: Severity
            let isAside: Bool
            let text: [String]
        }
        let groups = Dictionary(grouping: findings.indices) { index -> Key in
            let finding = findings[index]
            let text =
                finding.fold.map { [$0.key] }
                ?? [finding.message, finding.fix?.text ?? ""].map(\.withoutDigits)
            return Key(check: finding.check, severity: finding.severity, isAside: finding.isAside, text: text)
        }
        var folded = findings.map(Optional.some)
        for group in groups.values where group.count > 1 {
            folded[group[0]] = findings[group[0]].representing(group.map { findings[$0] })
            for index in group.dropFirst() { folded[index] = nil }
        }
        findings = folded.compactMap(\.self)
    }
}

extension String {
    /// Numbers of lines and files are what like findings differ in.
    fileprivate var withoutDigits: String { filter { !$0.isASCII || !$0.isNumber } }
}
