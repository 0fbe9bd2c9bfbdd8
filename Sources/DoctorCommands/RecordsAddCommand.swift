import ArgumentParser
import BuildRecords
import Diagnostics
import Git
import Reports

/// `clm-doctor records add`: puts builds into the store.
struct RecordsAddCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Put builds into the store, from their logs or records.",
        discussion: """
            Takes all that `clm-doctor timings` reads: logs of --progress=rawjson and plain, also of CI services, \
            .dockerbuild archives, and a build that a builder remembers, by its id. A build that is there already is \
            not added again.

            EXAMPLES:
              clm-doctor records add build.dockerbuild
              clm-doctor records add default/default/m2k1…  a build that a builder remembers
              clm-doctor records add ~/Downloads/records    every file of a folder
              gh run view --log 123456 | clm-doctor records add --repository . -
              clm-doctor records add --records .build-records build.log
            """)

    @Argument(
        help: ArgumentHelp(
            "Logs, .dockerbuild archives, or folders of them; - for standard input; ids of builds.",
            valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "Which repository the builds are of where their source does not tell: an address, or a folder in it.",
            valueName: "address"))
    var repository: String?

    @OptionGroup var options: RecordOptions
    @OptionGroup var waiting: HostOptions

    func validate() throws {
        if files.isEmpty {
            throw ValidationError(
                "name a log or a record; `docker buildx history export -o build.dockerbuild` writes one")
        }
    }

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let store = try options.store(in: surroundings)
        let stated = try repository.map { try address(of: $0, in: surroundings) }
        let remembered = try await RememberedBuilds(files, waiting, in: surroundings)
        var isWhole = true
        let added = try store.add { key throws(CommandFailure) in
            let read = try RecordFiles.records(files, remembered, key: key, in: surroundings)
            isWhole = read.isWhole
            return read.records.map { record in
                var record = record
                record.repository = record.repository ?? stated
                return record
            }
        }
        var parts = [counted(added.new, "build") + " added to \(store.path)"]
        if added.replaced > 0 { parts.append("\(added.replaced) told better than before") }
        if added.known > 0 { parts.append("\(added.known) already there") }
        if added.tooOld > 0 {
            parts.append("\(added.tooOld) older than \(Limits.storedDays) days and not kept")
        }
        if added.tooLarge > 0 {
            parts.append("\(added.tooLarge) larger than \(Limits.storedRecordBytes >> 20) MiB and not kept")
        }
        if added.tooMany > 0 {
            parts.append(
                "\(added.tooMany) more not added: the newest \(Limits.addedRecords) of one run are, so that older builds "
                    + "stay")
        }
        if added.expired > 0 { parts.append("\(added.expired) of the oldest deleted for them") }
        surroundings.output(withoutWorkflowCommands(printable(parts.joined(separator: ", ")) + "\n"))
        return isWhole ? .clean : .usage
    }

    /// - Parameter text: an address, or a folder of this machine.
    private func address(of text: String, in surroundings: Surroundings) throws(CommandFailure) -> String {
        guard surroundings.exists(text) else {
            guard text.contains(":") else {
                throw .usage("--repository takes an address or a folder, and there is no \(text)")
            }
            return text
        }
        let path = try surroundings.named(text)
        guard let repository = WorkTree.holding(path.hasSuffix("/.") ? String(path.dropLast(2)) : path)
        else { throw .usage("--repository: \(text) lies in no git repository") }
        return repository.remoteAddresses.first ?? repository.root
    }
}
