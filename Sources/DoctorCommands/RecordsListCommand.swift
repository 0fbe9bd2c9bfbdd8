import ArgumentParser
import BuildRecords
import Reports

/// `clm-doctor records list`: shows which builds the store holds.
struct RecordsListCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the builds in the store, the last one at the end.",
        discussion: """
            EXAMPLES:
              clm-doctor records list
              clm-doctor records list --format concise | cut -f 4   how long each build took, in milliseconds
              clm-doctor records list --records ~/Downloads/records
            """)

    @OptionGroup var options: RecordOptions
    @OptionGroup var display: DisplayOptions

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let listing = RecordsListing(
            try options.contents(in: surroundings), folder: try options.store(in: surroundings).path)
        try display.write(listing, in: surroundings)
        return .clean
    }
}
