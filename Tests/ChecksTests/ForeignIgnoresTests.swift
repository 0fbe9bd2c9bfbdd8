import Diagnostics
import Dockerfile
import SourceText
import Testing

@testable import Catalogue
@testable import Checks

/// Comments of hadolint and BuildKit, by a catalogue whose checks have aliases there.
struct ForeignIgnoresTests {
    private func hides(_ text: String, _ check: CheckID, line: Int?) throws -> Bool {
        let catalogue = Catalogue(
            [("ours", "hadolint:DL3009"), ("kit", "buildkit:CopyIgnoredFile")].map { id, alias in
                CatalogueEntry(
                    description: CheckDescription(
                        id: CheckID(id), title: "t", category: .cache, severity: .info, cost: .none,
                        aliases: [alias]), page: "")
            })
        let source = SourceText(path: "Dockerfile", text: text)
        let place = line.map { SourcePosition(line: $0, column: 1) }
        let finding = Finding(
            check: check, severity: .info, path: "Dockerfile",
            range: place.map { SourceRange(start: $0, end: $0) }, message: "", subject: "")
        return ForeignIgnores(
            in: ParsedDockerfile(parsing: source), rules: ForeignIgnores.Rules(catalogue)
        ).hides(finding)
    }

    @Test(arguments: [
        ("# hadolint ignore=DL3009", true), ("#hadolint ignore=DL3015, DL3009", true),
        ("# hadolint ignore = DL3009 # why", true), ("# hadolint ignore=DL3008", false),
        ("# hadolint ignore=crazy,DL3009", false), ("# hadolint shell=bash", false),
        ("# hadolint ignore=DL3009\n", false), ("# hadolintignore=DL3009", false),
        ("# hadolint global ignore=DL3009\n# more", true),
    ])
    func hadolintsHoldForTheNextLine(comment: String, isHidden: Bool) throws {
        let text = "FROM debian\n\(comment)\nRUN a \\\n  b\n"
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).count - 2
        #expect(try hides(text, "ours", line: line + 1) == isHidden)
        #expect(try hides(text, "ours", line: line) == isHidden)
        #expect(try hides(text, "ours", line: 1) == comment.contains("global"))
        #expect(try !hides(text, "kit", line: line))
    }

    @Test(arguments: [
        ("# check=skip=CopyIgnoredFile", true), ("# check=error=true;skip=A, CopyIgnoredFile", true),
        ("# check=skip=all", true), ("# check=skip=copyignoredfile", false), ("# check=error=true", false),
        ("# check skip=all", false),
    ])
    func buildKitsHoldForTheFile(directive: String, isHidden: Bool) throws {
        #expect(try hides("\(directive)\nFROM debian\n", "kit", line: nil) == isHidden)
        #expect(try !hides("\(directive)\nFROM debian\n", "ours", line: nil))
    }
}
