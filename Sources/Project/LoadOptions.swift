package import Diagnostics

/// How a project is to be read.
package struct LoadOptions: Sendable {
    /// Tells the checks that a configuration may name, with their parameters; nil to take any name. Asked only where
    /// there is a configuration.
    package var knownChecks: @Sendable () -> [CheckID: [KnownParameter]]?
    /// Tells the checks of a category by its name; none where there is no such category. Asked as `knownChecks` is.
    package var checksOfCategory: @Sendable (String) -> [CheckID] = { _ in [] }
    /// What a configuration and a custom check may name.
    package var vocabulary: Vocabulary
    /// False where the rule files that a configuration names are those of another state of the repository, whose checks
    /// are known already.
    package var readsCustomChecks = true
    /// A configuration to read in place of the root's `.clm-doctor.yaml`: an absolute path, or one relative to the
    /// working directory.
    package var configurationPath: String?
    /// Whether `ignore:` of the repository's own configuration holds; a policy may say no.
    package var heedsIgnoredPaths = true
    /// Dockerfiles that were parsed to find their contexts are kept (`Project.parsedDockerfile`), for who reads all of them
    /// once more.
    package var keepsParsed = false
    /// This process's environment: where programs are found, and what they may know.
    package var environment: [String: String]
    /// A build that the command line names.
    package var build: NamedBuild?

    package init(
        knownChecks: @escaping @Sendable () -> [CheckID: [KnownParameter]]? = { nil },
        vocabulary: Vocabulary = Vocabulary(),
        configurationPath: String? = nil,
        environment: [String: String] = [:], build: NamedBuild? = nil
    ) {
        self.knownChecks = knownChecks
        self.vocabulary = vocabulary
        self.configurationPath = configurationPath
        self.environment = environment
        self.build = build
    }

    /// A parameter of a check.
    package struct KnownParameter: Sendable {
        package let name: String
        /// Takes the value as the configuration has it (a list as one text with commas); says what it should be, such
        /// as `a whole number`, or nil where it is fine.
        package let problem: @Sendable (String) -> String?

        package init(name: String, problem: @escaping @Sendable (String) -> String?) {
            self.name = name
            self.problem = problem
        }
    }

    /// Names that the facts know.
    package struct Vocabulary: Sendable {
        /// Of the table of package managers.
        package var managers: [String]
        /// Families of distributions.
        package var distributions: [String]
        /// Formats of reports.
        package var formats: [String]

        package init(managers: [String] = [], distributions: [String] = [], formats: [String] = []) {
            self.managers = managers
            self.distributions = distributions
            self.formats = formats
        }
    }

    /// `--file D --context C`: absolute paths, or relative to the working directory.
    package struct NamedBuild: Sendable {
        package let dockerfile: String
        /// nil: inferred as for a Dockerfile that nothing states.
        package let context: String?

        package init(dockerfile: String, context: String?) {
            self.dockerfile = dockerfile
            self.context = context
        }
    }
}

/// Why a project could not be read at all.
package enum LoadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A path of the command line that does not exist or cannot be examined, and why.
    case path(String, reason: String)
    case configuration(ConfigurationError)

    package var description: String {
        switch self {
        case .path(let path, let reason): "\(path): \(reason)"
        case .configuration(let error): error.description
        }
    }
}

/// A mistake in the configuration.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    /// From 1.
    package let line: Int
    /// From 1.
    package let column: Int
    /// What is wrong, and where it can be told, what was meant.
    package let message: String

    package init(path: String, line: Int, column: Int, message: String) {
        self.path = path
        self.line = line
        self.column = column
        self.message = message
    }

    package var description: String { "\(path):\(line):\(column): \(message)" }
}
