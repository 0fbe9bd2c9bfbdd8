import ArgumentParser

/// `clm-doctor records`: keeps what builds did, so that many of them can be looked at together.
struct RecordsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Keep records of builds, list them, and hand them to other programs.",
        discussion: """
            The store is a folder in your cache with one small file for each build, the last 90 days and 1,000 builds. \
            Nothing leaves this machine. Values of build arguments and names of secrets are not stored.

            EXAMPLES:
              docker buildx history export -o build.dockerbuild
              clm-doctor records add build.dockerbuild      keep that build
              clm-doctor records add --repository . ci.log  a log does not tell which repository it is of
              clm-doctor records list                       what is kept
              clm-doctor timings                            the builds of this repository, together
              clm-doctor records export --format jsonl > steps.jsonl
              clm-doctor records clear                      delete all of them
            """,
        subcommands: [
            RecordsAddCommand.self, RecordsListCommand.self, RecordsExportCommand.self,
            RecordsClearCommand.self,
        ],
        defaultSubcommand: RecordsListCommand.self)
}
