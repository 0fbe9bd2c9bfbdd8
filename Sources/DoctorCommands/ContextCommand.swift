import ArgumentParser

struct ContextCommand: DoctorCommand {
    static let configuration = CommandConfiguration(commandName: "context", abstract: "…")
    @OptionGroup var display: DisplayOptions
    func run(in surroundings: Surroundings) throws -> ExitStatus { .clean }
}
