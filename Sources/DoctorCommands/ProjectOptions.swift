import ArgumentParser
import Catalogue
import CheckPrograms
import Diagnostics
import Facts
import Project
import SourceText

/// What every command that examines a repository takes.
struct ProjectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read this configuration in place of the repository's .clm-doctor.yaml.", valueName: "file"),
        completion: .file())
    var config: String?

    @Flag(
        name: .customLong("no-host"),
        help: "Ask nothing of this machine's Docker: host checks do not run."
    )
    var noHost = false

    /// Reads a project.
    /// - Parameter heedsIgnoredPaths: see `LoadOptions`.
    /// - Throws: `CommandFailure` for a path that is not there and for a mistake in the configuration.
    func load(
        _ paths: [String], build: LoadOptions.NamedBuild? = nil, catalogue: Catalogue,
        heedsIgnoredPaths: Bool = true, in surroundings: Surroundings
    ) async throws -> Project {
        var options = try loadOptions(build: build, catalogue: catalogue, in: surroundings)
        options.heedsIgnoredPaths = heedsIgnoredPaths
        try refuseEmpty(paths)
        let absolute = try (paths.isEmpty && build == nil ? ["."] : paths).map { try surroundings.named($0) }
        do {
            return try await Project.load(absolute, options: options)
        } catch {
            throw CommandFailure.usage(message(for: error, absolute: absolute, written: paths))
        }
    }

    /// The root of the repository that holds the paths; nothing is read of it.
    /// - Throws: `CommandFailure` for a path that is not there.
    func root(of paths: [String], in surroundings: Surroundings) throws -> String {
        try refuseEmpty(paths)
        let absolute = try (paths.isEmpty ? ["."] : paths).map { try surroundings.named($0) }
        do {
            return try Project.root(of: absolute)
        } catch {
            throw CommandFailure.usage(message(for: error, absolute: absolute, written: paths))
        }
    }

    /// The checks to list: this program's, those of programs, and those that the repository here declares.
    /// - Throws: `CommandFailure` for a mistake in the configuration, and for a program that does not answer.
    func catalogue(with custom: CustomCheckOptions, in surroundings: Surroundings) async throws -> Catalogue {
        let programs = try await custom.describedPrograms(
            root: root(of: [], in: surroundings), in: surroundings)
        let catalogue = try Catalogue.builtin().adding(programs.flatMap(\.entries))
        let options = try loadOptions(catalogue: catalogue, in: surroundings)
        do {
            let configuration = try Project.configuration(
                of: [surroundings.workingDirectory], options: options)
            return catalogue.listed { configuration.enabled[$0] == true }
                .adding(configuration.customChecks.map(\.entry))
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }

    /// How to read a project.
    /// - Parameter catalogue: asked for only where there is a configuration.
    func loadOptions(
        build: LoadOptions.NamedBuild? = nil, catalogue: @escaping @autoclosure @Sendable () -> Catalogue?,
        in surroundings: Surroundings
    ) throws(CommandFailure) -> LoadOptions {
        var configurationPath: String?
        if let config { configurationPath = try surroundings.named(config) }
        var options = LoadOptions(
            knownChecks: { catalogue().map(Self.knownChecks) },
            vocabulary: LoadOptions.Vocabulary(
                managers: PackageManager.all.map(\.name),
                distributions: Distribution.Family.allCases.filter { $0 != .unknown }.map(\.rawValue),
                formats: ReportFormatChoice.allCases.map(\.rawValue)),
            configurationPath: configurationPath, environment: surroundings.environment, build: build)
        options.checksOfCategory = { catalogue()?.checks(ofCategory: $0) ?? [] }
        return options
    }

    /// A script whose variable is not set means some folder, and not all that is here.
    private func refuseEmpty(_ paths: [String]) throws {
        if paths.contains("") { throw CommandFailure.usage("a path is empty; is a variable not set?") }
    }

    /// The error with the path as it was written, and what may have been meant.
    private func message(for error: LoadError, absolute: [String], written: [String]) -> String {
        guard case .path(let path, let reason) = error else { return "\(error)" }
        guard let index = absolute.firstIndex(of: path), index < written.count else {
            return "\(path): \(reason)"
        }
        let commands = Doctor.configuration.subcommands.compactMap { $0.configuration.commandName }
        let command = written[index].contains("/") ? nil : closestMatch(to: written[index], among: commands)
        let hint = command.map { "; did you mean the command `clm-doctor \($0)`?" } ?? ""
        return "\(written[index]): \(reason)\(hint)"
    }

    /// What a configuration may say of checks.
    private static func knownChecks(of catalogue: Catalogue) -> [CheckID: [LoadOptions.KnownParameter]] {
        var known: [CheckID: [LoadOptions.KnownParameter]] = [:]
        for entry in catalogue.entries {
            known[entry.id] = entry.description.options.map { option in
                LoadOptions.KnownParameter(name: option.name) { text in
                    option.reading(text) == nil ? option.typeName : nil
                }
            }
        }
        return known
    }
}
