import ArgumentParser
import Catalogue
import CheckPrograms
import Checks
import Diagnostics
import Facts
import Project

/// What every command takes that knows checks: programs with more of them.
struct CustomCheckOptions: ParsableArguments {
    @Option(
        name: .customLong("check-program"),
        help: ArgumentHelp(
            "Run this program as well: it is told facts as JSON and answers with findings. May be repeated.",
            discussion: "A repository cannot name programs; your own ~/.config/clm-doctor/config.yaml can.",
            valueName: "path"), completion: .file())
    var programs: [String] = []

    @Option(
        name: .customLong("check-program-timeout"),
        help: ArgumentHelp(
            "How long such a program may take for an answer, in seconds.", valueName: "seconds"))
    var timeout = Int(Limits.checkProgramTime.components.seconds)

    func validate() throws {
        if !(1...3600).contains(timeout) {
            throw ValidationError("--check-program-timeout is a number of seconds from 1 to 3600")
        }
    }

    /// Asks the programs of the command line and of the user's own configuration for their checks.
    /// - Parameter root: absolute path of the repository.
    /// - Throws: `CommandFailure` for one that does not answer, and for an id that there is already.
    func describedPrograms(
        root: String, in surroundings: Surroundings
    ) async throws -> [CheckProgram] {
        var paths = try programs.map { try surroundings.named($0) }
        do {
            paths +=
                try UserConfiguration.load(environment: surroundings.environment, outside: root)?
                .checkPrograms
                ?? []
        } catch {
            throw CommandFailure.usage("\(error)")
        }
        var described: [CheckProgram] = []
        var taken = Set(try Catalogue.builtin().entries.map(\.id))
        for path in paths where !described.contains(where: { $0.path == path }) {
            do {
                let program = try await CheckProgram(
                    path, environment: surroundings.environment, timeLimit: .seconds(timeout))
                for entry in program.entries where !taken.insert(entry.id).inserted {
                    throw CommandFailure.usage("\(path): there is a check \(entry.id) already")
                }
                described.append(program)
            } catch let error as CheckProgramError {
                throw CommandFailure.usage("\(error)")
            }
        }
        return described
    }
}

extension [CheckProgram] {
    /// Lets all judge, side by side.
    @Sendable func answers(on project: ProjectFacts, _ severities: [CheckID: Severity]) async
        -> [ProgramAnswer]
    {
        let answers = await concurrentMap { program -> ProgramAnswer? in
            let own = severities.filter { id, _ in program.entries.contains { $0.id == id } }
            return own.isEmpty ? nil : await program.answer(on: project, severities: own)
        }
        return answers.compactMap { $0 }
    }
}

extension CustomCheck {
    var entry: CatalogueEntry { CatalogueEntry(description: description, page: page) }
}
