import ArgumentParser
import Catalogue
import Reports

/// `clm-doctor checks`: lists the checks.
struct ChecksCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "checks", abstract: "List every check with its category and severity.")

    @OptionGroup var custom: CustomCheckOptions
    @OptionGroup var options: ProjectOptions
    @OptionGroup var display: DisplayOptions

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let listing = ChecksListing(try await options.catalogue(with: custom, in: surroundings))
        switch display.format {
        case .text: surroundings.output(listing.text(style: surroundings.style(color: display.color)))
        case .concise: surroundings.output(listing.conciseText())
        case .json: surroundings.output(listing.json())
        }
        return .clean
    }
}
