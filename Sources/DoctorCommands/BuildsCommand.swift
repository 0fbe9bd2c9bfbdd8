import ArgumentParser
import Catalogue
import Project
import Reports

/// `clm-doctor builds`: lists what a repository builds.
struct BuildsCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "builds",
        abstract: "List the image builds of a repository, each with the file and line that states it.",
        discussion: """
            Builds are read from .clm-doctor.yaml, compose and bake files, the files of CI systems, and `docker build` \
            lines in scripts and Makefiles. A Dockerfile that nothing states gets the context that its COPY sources point to.
            """)

    @Argument(
        help: ArgumentHelp("Folders and Dockerfiles (default: the repository here).", valueName: "path"),
        completion: .file())
    var paths: [String] = []

    @OptionGroup var options: ProjectOptions
    @OptionGroup var display: DisplayOptions

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let project = try await options.load(paths, catalogue: try Catalogue.builtin(), in: surroundings)
        let listing = BuildsListing(project)
        try display.write(listing, in: surroundings)
        return project.builds.isEmpty ? .nothingToCheck : .clean
    }
}
