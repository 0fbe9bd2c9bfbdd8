import ArgumentParser
import Catalogue
import Checks
import Diagnostics
import Project
import Reports

/// What is told of the examination itself.
struct InspectionOptions: ParsableArguments {
    @Flag(help: "Print how many findings each check has, in place of the findings.")
    var statistics = false

    @Flag(help: "Print the configuration that is in effect, in its own syntax, and examine nothing.")
    var showConfig = false

    @Flag(help: "Print the files that are examined, each with what it is, and examine nothing.")
    var showFiles = false

    @Flag(help: "Print to standard error how long each check took.")
    var profile = false

    func validate() throws {
        if showConfig, showFiles {
            throw ValidationError("--show-config and --show-files exclude each other")
        }
    }

    /// Prints what is asked for in place of an examination.
    /// - Returns: whether anything was.
    func listing(
        of project: Project, runner: Runner, catalogue: Catalogue, in surroundings: Surroundings
    ) -> Bool {
        if showConfig {
            surroundings.output(
                ConfigurationListing(project.configuration, catalogue: catalogue, running: runner.ids).text())
        } else if showFiles {
            surroundings.output(FilesListing(project).text())
        }
        return showConfig || showFiles
    }

    func reportTimes(of outcome: Outcome, in surroundings: Surroundings) {
        if profile { surroundings.errorOutput(ProfileListing(outcome).text()) }
    }
}
