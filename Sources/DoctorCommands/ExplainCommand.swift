import ArgumentParser
import Catalogue
import Checks
import Reports

/// `clm-doctor explain`: prints the page of a check, or of a reason that `clm-doctor why` gives.
struct ExplainCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what a check or a reason of `why` means, why it costs time, and what to do instead.",
        discussion: """
            EXAMPLES:
              clm-doctor explain cache-mount-missing
              clm-doctor explain context-file        a reason for which a step runs again
              clm-doctor explain DL3006              hadolint's and BuildKit's names work where the rule is the same
            """)

    @Argument(
        help: ArgumentHelp(
            "The id of a check, as findings show it in brackets, or of a reason.", valueName: "id"),
        completion: .ofRepository)
    var id: String

    @OptionGroup var custom: CustomCheckOptions
    @OptionGroup var options: ProjectOptions

    /// Rules of hadolint that ask for the opposite of what a cache mount needs.
    private static let emptiedCaches: Set = [
        "DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060",
    ]

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        if let page = MissPages.page(id) {
            surroundings.output(surroundings.calledByName(page))
            return .clean
        }
        var catalogue = try Catalogue.builtin()
        // A mistake in the configuration is no reason to say nothing of a check of ours.
        if catalogue.entry(named: id) == nil {
            catalogue = try await options.catalogue(with: custom, in: surroundings)
        }
        let opposed = Self.emptiedCaches.contains(id) ? "cache-mount-missing" : nil
        guard let entry = catalogue.entry(named: opposed ?? id) else {
            let error = UnknownCheckError(name: id, in: catalogue)
            throw CommandFailure.usage("\(error)\n`clm-doctor checks` lists them all.")
        }
        var page = entry.page
        if opposed != nil {
            page =
                "hadolint's \(id) asks to empty a package manager's cache, or to switch it off. On a cache mount it is no "
                + "part of the image, and each rebuild finds it:\n\n" + page
        }
        if !entry.description.isEnabled {
            page +=
                "\nOff by default; `\(entry.id): on` below `checks:` in .clm-doctor.yaml switches it on.\n"
        }
        page = surroundings.calledByName(page)
        surroundings.output(withoutWorkflowCommands(printableLines(page).joined(separator: "\n") + "\n"))
        return .clean
    }
}
