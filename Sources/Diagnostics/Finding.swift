package import SourceText

/// One thing that a check found in one place.
package struct Finding: Sendable {
    package let check: CheckID
    package var severity: Severity
    package let confidence: Confidence
    /// The file, relative to the project's root; absolute for the engine's daemon.json; `Finding.host` for what is in
    /// no file.
    package private(set) var path: String
    /// The place in the file; nil for the file as a whole (or for a file that should exist).
    package private(set) var range: SourceRange?
    /// What is wrong here, as one sentence or two.
    package private(set) var message: String
    /// What it costs, as one sentence; empty where the message says it.
    package private(set) var cost: String
    /// The remedy as text, and as edits where it is certain.
    package private(set) var fix: Fix?
    /// What the fingerprint is made of besides check and path: text of the instruction that the finding is about,
    /// free of line numbers.
    package let subject: String
    /// 1, or more where check, path and subject are those of a finding above it in the same file; the runner sets it.
    package var ordinal = 1
    /// How often what it is about ran again; nil where no history tells.
    package var rebuilds: RebuildHistory?
    /// What the remedy changes for others too, such as the ignore file of several builds: the findings of a check with
    /// the same are told once. nil where it is the finding's own.
    package private(set) var sharedRemedy: String?
    /// What the finding names that can each be new by itself: files, folders, mounts, commands; as text, each once, in
    /// order. Empty where there is one thing only, or the whole is judged.
    package private(set) var parts: [String] = []
    /// How a report tells it together with others of the same kind; nil where only those with the same text are one.
    package private(set) var fold: Fold?
    /// It is in a Dockerfile that no build states, while others are stated: it is told last.
    package private(set) var isAside = false
    /// The findings that it stands for in a report, itself among them, in order; empty where it stands for itself alone.
    package private(set) var members: [Finding] = []

    package init(
        check: CheckID, severity: Severity, confidence: Confidence = .certain, path: String,
        range: SourceRange?, message: String, cost: String = "", fix: Fix? = nil, subject: String
    ) {
        self.check = check
        self.severity = severity
        self.confidence = confidence
        self.path = path
        self.range = range
        self.message = message
        self.cost = cost
        self.fix = fix
        self.subject = subject
    }
}

extension Finding {
    /// The finding as one of those that one remedy mends.
    package func sharing(remedy: String) -> Finding {
        var finding = self
        finding.sharedRemedy = remedy
        return finding
    }

    /// The finding as one that a report tells together with those that have the same key.
    package func folding(_ fold: Fold) -> Finding {
        var finding = self
        finding.fold = fold
        return finding
    }

    /// The finding as one in a Dockerfile that no build states.
    package func setAside(asInfo: Bool) -> Finding {
        var finding = self
        finding.isAside = true
        if asInfo { finding.severity = .info }
        return finding
    }

    /// The finding as the one that a report tells for others of its kind.
    /// - Parameter members: all that it stands for, itself among them.
    package func representing(_ members: [Finding]) -> Finding {
        var finding = self
        finding.members = members
        guard let summary = fold?.summary else { return finding }
        finding.message = "\(members.count) \(summary)"
        guard let fix else { return finding }
        let folds = members.compactMap(\.fold)
        let remedies = Self.distinct(folds.compactMap(\.remedy)).prefix(Limits.foldedRemedies)
        var lines = remedies.count > 1 ? [fix.heading] + remedies.map { "    " + $0 } : [fix.text]
        let hints = Self.distinct(folds.flatMap(\.hints)).prefix(Limits.foldedRemedies)
        lines += hints.filter { !lines[0].contains($0) }
        finding.fix = Fix(lines.joined(separator: "\n"), edits: fix.edits, fix.applicability)
        return finding
    }

    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }

    /// Each place as a finding of its own.
    package var unfolded: [Finding] { members.isEmpty ? [self] : members }

    /// The finding as one that names several things, each of which can be new although the others are known.
    /// - Parameter parts: free of line numbers; those past `Limits.findingParts` count as one.
    package func naming(_ parts: [String]) -> Finding {
        var finding = self
        var seen: Set<String> = []
        finding.parts = parts.filter { seen.insert($0).inserted }
        if finding.parts.count > Limits.findingParts {
            let rest = finding.parts[Limits.findingParts...].joined(separator: "\n")
            finding.parts = finding.parts[..<Limits.findingParts] + [rest]
        }
        return finding
    }

    /// The finding where some of what it names is known.
    /// - Parameter text: which of its parts are new.
    package func told(withNew text: String) -> Finding {
        var finding = self
        finding.message += " New among these: \(text)."
        return finding
    }

    /// The finding as the one that speaks for others.
    /// - Parameter paths: the files that the same is to be said of.
    package func told(alsoFor paths: String) -> Finding {
        var finding = Finding(
            check: check, severity: severity, confidence: confidence, path: path, range: range,
            message: message,
            cost: cost + (cost.isEmpty ? "" : " ") + "The same holds for \(paths).", fix: fix,
            subject: subject)
        finding.ordinal = ordinal
        finding.parts = parts
        finding.rebuilds = rebuilds
        finding.fold = fold
        return finding
    }

    /// The finding as one in another file.
    /// - Parameter edits: its own, there.
    package func placed(in path: String, at range: SourceRange?, edits: [Edit]) -> Finding {
        var finding = self
        finding.path = path
        finding.range = range
        finding.fix = fix.map { Fix($0.text, edits: edits, $0.applicability) }
        return finding
    }

    /// The path of a finding about the Docker host itself: none.
    package static let host = ""

    /// Identifies the finding from run to run, also where lines moved: check, path, subject and ordinal, hashed with
    /// SHA-256 and cut to 32 hexadecimal digits. What a change may write in a file is in it, so it must not be possible
    /// to find a text for a fingerprint that is known.
    package var fingerprint: String { Self.hash([check.name, path, subject, String(ordinal)]) }

    /// As `fingerprint`, one for each of its parts; of a finding without parts, its own.
    package var fingerprints: [String] {
        parts.isEmpty
            ? [fingerprint] : parts.map { Self.hash([check.name, path, subject, String(ordinal), $0]) }
    }

    private static func hash(_ parts: [String]) -> String {
        var text: [UInt8] = []
        for part in parts {
            // Its length before each part, so that no text can move from one into the next.
            text.append(contentsOf: "\(part.utf8.count):".utf8)
            text.append(contentsOf: part.utf8)
        }
        return Diagnostics.hexadecimal(SHA256.digest(of: text).prefix(16))
    }

    /// The fingerprint that versions up to 0.1 gave, by FNV-1a: baselines that hold it are read until 0.3.
    package var earlierFingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in [check.name, path, subject, String(ordinal)] {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = hash &* 0x100_0000_01b3
        }
        return Self.hexadecimal(hash, digits: 16)
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}

/// What makes findings of one check one finding of a report.
package struct Fold: Sendable, Hashable {
    /// The same for those that are told together.
    package let key: String
    /// What is said of several, behind their number; nil where the first one's message is true of all.
    package let summary: String?
    /// The remedy of this one in a line, for a list of those that differ.
    package let remedy: String?
    /// What else belongs to the remedy here, a sentence each.
    package let hints: [String]

    package init(_ key: String, summary: String? = nil, remedy: String? = nil, hints: [String] = []) {
        self.key = key
        self.summary = summary
        self.remedy = remedy
        self.hints = hints
    }
}

/// A remedy.
package struct Fix: Sendable {
    /// What to do, for people; may hold several lines, of which indented ones are code.
    package let text: String
    /// The same as edits; empty where it is not certain enough.
    package let edits: [Edit]
    /// Who may make the edits; without meaning where there are none.
    package let applicability: Applicability

    /// What has to be known before edits are made.
    package enum Applicability: String, Sendable, CaseIterable {
        /// The image holds what it held, and the build does what it did: `--fix` makes them.
        case safe
        /// The image may come out otherwise, or somebody should look at it: `--unsafe-fixes` makes them too.
        case unsafe
        /// For an editor to offer: the file as it is cannot be read well enough to prove anything.
        case manual
    }

    /// - Parameter applicability: what a check does not say is taken with care.
    package init(_ text: String, edits: [Edit] = [], _ applicability: Applicability = .unsafe) {
        self.text = text
        self.edits = edits
        self.applicability = applicability
    }

    /// The first line.
    var heading: String { String(text.prefix { !$0.isNewline }) }
}

/// A replacement of bytes in one file. Of a file that is not there, an insertion at 0 makes it.
package struct Edit: Hashable, Sendable {
    package let path: String
    /// Byte offsets into the file; empty for an insertion.
    package let bytes: Range<Int>
    package let replacement: String

    package init(path: String, bytes: Range<Int>, replacement: String) {
        self.path = path
        self.bytes = bytes
        self.replacement = replacement
    }
}
