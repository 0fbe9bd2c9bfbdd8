/// A build as one file states it, with the places of what it says, before those that say the same are put together.
package struct BuildStatement: Sendable {
    package let kind: Statement.Kind
    /// The file, relative to the project's root.
    package let path: String
    /// What a finding about the build marks, in bytes of the file.
    package internal(set) var bytes: Range<Int>
    /// Service, target or image; nil where the file gives none.
    package let name: String?
    /// nil where the file does not tell which Dockerfile it is, or it is none that is examined.
    package internal(set) var build: Build?
    /// In the order of the file.
    package internal(set) var options: [BuildOption]
    /// More options may be given than the file shows (`docker build $OPTIONS .`).
    package let mayHaveMore: Bool
    /// It stands in a branch, a loop or a function of a script, or in a profile of compose.
    package let isConditional: Bool
    /// What runs one after the other has one number in a file: a script, a recipe, a job, a step of GitHub's.
    package let unit: Int
    /// Where it stands in a pipeline.
    package let step: Pipeline.StepPlace?
    package let builder: Builder

    /// The options of one name: `cache-to`, `build-arg` …
    package func options(_ name: String) -> [BuildOption] { options.filter { $0.name == name } }
}

/// An option of a build as it stands in a file.
package struct BuildOption: Sendable, Hashable {
    /// As `docker build` calls it, without its dashes, whatever the file calls it: `cache-to`, `no-cache`, `build-arg`.
    package let name: String
    /// `true` for a switch; nil where the file does not tell.
    package let value: String?
    /// The value as the file has it.
    package let written: String
    /// How often the value changes, where its text tells.
    package let change: VolatileValue?
    /// The file that it stands in: another than the build's, where compose files extend each other.
    package let path: String
    /// In bytes of that file.
    package internal(set) var bytes: Range<Int>

    package init(
        name: String, value: String?, written: String, change: VolatileValue? = nil, path: String,
        bytes: Range<Int>
    ) {
        self.name = name
        self.value = value
        self.written = written
        self.change = change
        self.path = path
        self.bytes = bytes
    }

    mutating func clamp(to bounds: Range<Int>) { bytes = bytes.clamped(to: bounds) }

    /// The name of the argument that it passes; nil for another option.
    var argumentName: String? {
        guard name == "build-arg" else { return nil }
        return String(written.drop { "\"'".contains($0) }.prefix { $0 != "=" && !"\"'".contains($0) })
    }

    /// Whether another option of the name surely has another value: both are known, or they differ in what surrounds the
    /// same expressions.
    func differs(from other: BuildOption) -> Bool {
        if let value, let theirs = other.value { return value != theirs }
        guard value == nil, other.value == nil else { return false }
        let (own, theirs) = (Self.expressions(in: written), Self.expressions(in: other.written))
        return !own.expressions.isEmpty && own.expressions == theirs.expressions && own.rest != theirs.rest
    }

    /// The `${{ … }}` of a text of GitHub's, and what is left without them.
    private static func expressions(in text: String) -> (expressions: [String], rest: String) {
        var expressions: [String] = []
        var rest = ""
        var left = text[...]
        while let start = left.firstRange(of: "${{"), let end = left[start.upperBound...].firstRange(of: "}}")
        {
            expressions.append(left[start.upperBound..<end.lowerBound].filter { $0 != " " })
            rest += left[..<start.lowerBound] + "$"
            left = left[end.upperBound...]
        }
        return (expressions, rest + left)
    }

    /// A build argument.
    /// - Parameters:
    ///   - text: what the file gives it; nil for one that the environment does.
    ///   - value: the text with its variables in it; nil where the file does not tell.
    init(argument name: String, text: String?, value: String?, path: String, bytes: Range<Int>) {
        self.init(
            name: "build-arg", value: value.map { "\(name)=\($0)" },
            written: text.map { "\(name)=\($0)" } ?? name, change: text.flatMap { VolatileValue($0) },
            path: path, bytes: bytes)
    }
}

/// A command of docker or of a relative, in a script, a recipe or a job.
package struct DockerCommand: Sendable {
    package let kind: Statement.Kind
    package let path: String
    /// In bytes of the file.
    package internal(set) var bytes: Range<Int>
    /// Program and arguments; nil for a word that cannot be told.
    package let words: [String?]
    /// It stands in a branch, a loop or a function.
    package let isConditional: Bool
    /// As of `BuildStatement`.
    package internal(set) var unit = 0
    package internal(set) var step: Pipeline.StepPlace?

    /// `docker compose …`, `docker-compose …`.
    package var isOfCompose: Bool { words.first == "docker-compose" || words.dropFirst().first == "compose" }
}
