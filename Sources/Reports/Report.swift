package import Catalogue
package import Diagnostics
package import Project
package import SourceText

/// All that a report can show of one examination of a project.
package struct Report: Sendable {
    /// The program's version.
    package let version: String
    package let project: Project
    package let outcome: Outcome
    package let catalogue: Catalogue
    /// The text of files that findings point into, by path; a finding in a file that is not here has no code frame.
    package let sources: [String: SourceText]

    package init(
        version: String, project: Project, outcome: Outcome, catalogue: Catalogue,
        sources: [String: SourceText]
    ) {
        self.version = version
        self.project = project
        self.outcome = outcome
        self.catalogue = catalogue
        self.sources = sources
    }

    /// What is to be known of the run: of the repository, then of the Docker host.
    /// - Parameter withSilence: whether that the host does not answer is one of them.
    func notes(withSilence: Bool = true) -> [Note] {
        let silence =
            withSilence ? outcome.hostSilence.map { ["the Docker host is not examined: \($0)"] } : nil
        let others = outcome.programFailures + outcome.notes + (silence ?? []) + outcome.hostNotes
        return project.notes + outcome.unexamined.map { Note(path: nil, message: $0) }
            + others.map { Note(path: nil, message: $0, isUnexamined: false) }
    }

    /// What keeps findings out of the report.
    var exceptions: [Exceptions.Item] { outcome.exceptions.items }

    /// What was not read or not looked at, for formats that have no notes.
    var unexamined: [Note] {
        project.notes.filter(\.isUnexamined) + outcome.unexamined.map { Note(path: nil, message: $0) }
    }

    /// Each place of each finding as a finding of its own, for formats that show one place of a finding.
    var places: [Finding] { outcome.findings.flatMap(\.unfolded) }

    /// How many findings have edits of this kind.
    func fixable(_ applicability: Fix.Applicability) -> Int {
        places.count {
            $0.fix.map { !$0.edits.isEmpty && $0.applicability == applicability } ?? false
        }
    }

    /// How many findings there are of a severity.
    func count(_ severity: Severity) -> Int {
        outcome.findings.reduce(0) { $0 + ($1.severity == severity ? 1 : 0) }
    }
}

/// A way to write a report.
package protocol ReportFormat: Sendable {
    /// Gives the report to `output`, piece by piece: whole lines in the end, safe to print. Nothing in them drives a
    /// terminal or a CI system but our own colours.
    func write(_ report: Report, to output: @escaping (String) -> Void)
}

extension Fix {
    /// Without empty lines at its end.
    var trimmedText: String { String(text.reversed().drop { $0.isNewline }.reversed()) }
}
