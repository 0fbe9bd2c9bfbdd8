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
        try display.write(listing, in: surroundings)
        return .clean
    }
}
