import Diagnostics
import Facts
import Project
import SourceText

/// A cache that holds the layers of the image alone, of a build whose expensive steps are in other stages.
/// Sources: docs.docker.com, "Cache storage backends" (`mode` is `min` by default; `inline` knows no other);
/// docker/build-push-action#180.
struct CacheModeMin: ProjectCheck {
    static let id: CheckID = "cache-mode-min"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.project.dockerStatements.compactMap { finding(for: $0, in: project) }.onePerPlace()
    }

    private func finding(for statement: BuildStatement, in project: ProjectFacts) -> Finding? {
        let given = statement.options("cache-to")
        let entries = given.compactMap(CacheEntry.init)
        guard entries.count == given.count, !statement.mayHaveMore, !entries.isEmpty || isInline(statement),
            entries.allSatisfy(\.isMinByDefault), let outline = project.outline(of: statement)
        else { return nil }
        let lost = outline.stages.filter { !$0.isInImage && !$0.expensiveLines.isEmpty }
        let lines = lost.flatMap(\.expensiveLines)
        guard let line = lines.first else { return nil }
        let option = entries.first?.option ?? statement.options("build-arg").first(where: isInlineArgument)
        guard let option, let source = project.source(option.path) else { return nil }
        let type = entries.first?.type ?? "inline"
        let remedy =
            type == "inline"
            ? "Export the cache beside the image: `type=registry,ref=<image>:buildcache,mode=max`, and import it from there."
            : misspelling(in: entries).map { "Write mode=max: buildx knows no `\($0)`." }
                ?? "Add `,mode=max`."
        return finding(
            at: option.bytes, in: source,
            message: "The cache leaves out \(stageText(lost)) of \(outline.path): "
                + (type == "inline"
                    ? "an inline cache holds the layers of the image and no others."
                    : "without mode=max only the layers of the image itself are exported."),
            cost: "A change that reaches \(lost.count == 1 ? "it" : "them") runs line \(line)"
                + "\(lines.count == 1 ? "" : " and \(lines.count - 1) more") from the start.",
            fix: Fix(remedy), subject: "\(option.written) \(outline.path)")
    }

    /// `mod=max`: an attribute that nothing reads.
    private func misspelling(in entries: [CacheEntry]) -> String? {
        entries.lazy.flatMap(\.attributes).first { $0.value == "max" }.map { "\($0.key)=max" }
    }

    private func stageText(_ stages: [BuildOutline.Stage]) -> String {
        stages.count == 1
            ? "stage \(stages[0].name)" : "stages \(stages.prefix(3).map(\.name).joined(separator: ", "))"
    }

    private func isInline(_ statement: BuildStatement) -> Bool {
        statement.options("build-arg").contains(where: isInlineArgument)
    }

    /// What made an inline cache before `--cache-to type=inline`, and still does.
    private func isInlineArgument(_ option: BuildOption) -> Bool {
        option.value == "BUILDKIT_INLINE_CACHE=1"
    }
}
