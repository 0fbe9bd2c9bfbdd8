import ArgumentParser
import Reports

/// `clm-doctor records clear`: empties the store.
struct RecordsClearCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Delete the builds in the store, after a question.",
        discussion: """
            Deletes what `records add` has written. Other files of the folder stay, .dockerbuild files among them.

            EXAMPLES:
              clm-doctor records clear
              clm-doctor records clear --yes --records .build-records
            """)

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup var options: RecordOptions

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let store = try options.store(in: surroundings)
        let builds = counted(store.count, "build")
        if !yes, store.count > 0 {
            guard
                try surroundings.isAllowed(
                    "Delete \(builds) from \(printable(store.path))?", otherwise: "nothing was deleted")
            else {
                surroundings.output("Nothing was deleted.\n")
                return .clean
            }
        }
        let count = try store.clear()
        surroundings.output(
            withoutWorkflowCommands("\(counted(count, "build")) deleted from \(printable(store.path))\n"))
        return .clean
    }
}
