package import Diagnostics
package import Dockerfile
package import Facts
package import Host
package import SourceText

/// A diagnosis: a pure function of facts. Severity, options, page and cases live in `checks/<id>/`; the type holds
/// only the judgement. Its file in `Sources/Checks/Builtin` is named as the type, and the type as the id.
package protocol Check: Sendable {
    static var id: CheckID { get }
    var options: CheckOptions { get }
    /// - Throws: `CheckOptionError` for values that cannot go together; the check is then skipped, with that reason.
    init(options: CheckOptions) throws
    /// This check as what it looks at, and nil as anything else. The protocols below answer: asked by `as?`, the runtime
    /// searches all types of the program for each answer, which is a third of the time that a small repository takes.
    var ofDockerfiles: (any DockerfileCheck)? { get }
    var ofProjects: (any ProjectCheck)? { get }
    var ofHosts: (any HostCheck)? { get }
    var ofIgnoreComments: (any IgnoreCheck)? { get }
}

extension Check {
    package var ofDockerfiles: (any DockerfileCheck)? { nil }
    package var ofProjects: (any ProjectCheck)? { nil }
    package var ofHosts: (any HostCheck)? { nil }
    package var ofIgnoreComments: (any IgnoreCheck)? { nil }
}

extension DockerfileCheck {
    package static var isAboutFrontends: Bool { false }
    package var ofDockerfiles: (any DockerfileCheck)? { self }
}

extension ProjectCheck {
    package var ofProjects: (any ProjectCheck)? { self }
}

extension HostCheck {
    package var ofHosts: (any HostCheck)? { self }
}

extension IgnoreCheck {
    package var ofIgnoreComments: (any IgnoreCheck)? { self }
}

/// Looks at one build of one Dockerfile.
package protocol DockerfileCheck: Check {
    /// What it says holds for BuildKit's frontends alone, and not for how other builders read a Dockerfile.
    static var isAboutFrontends: Bool { get }
    /// - Throws: `CannotTell` where something outside of the facts is in the way; the check is reported as skipped.
    func findings(in build: BuildFacts) throws -> [Finding]
}

/// Looks at files against each other: ignore files, compose, workflows, several images.
package protocol ProjectCheck: Check {
    /// - Throws: `CannotTell`, as above.
    func findings(in project: ProjectFacts) throws -> [Finding]
}

/// Looks at the Docker host; its findings have no file, or daemon.json.
package protocol HostCheck: Check {
    /// What it has to have heard of the host besides `.info`. What no check that runs needs is not asked.
    static var questions: Set<HostQuestion> { get }
    /// - Throws: `CannotTell`, as above.
    func findings(in facts: HostFacts) throws -> [Finding]
}

/// Looks at the ignore comments of one file after all other checks have run.
package protocol IgnoreCheck: Check {
    func findings(in comments: IgnoreComments) -> [Finding]
}

/// Why a check could not run, as a sentence without its final dot.
package struct CannotTell: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ reason: String) { description = reason }
}

extension Check {
    /// A finding of this check in a text file.
    /// - Parameters:
    ///   - bytes: the place in `source`.
    ///   - severity: lower than the check's own, where this finding is worth less.
    ///   - subject: what identifies it apart from its place; nil for the text at the place.
    package func finding(
        at bytes: Range<Int>, in source: SourceText, severity: Severity? = nil,
        confidence: Confidence = .certain, message: String, cost: String = "", fix: Fix? = nil,
        subject: String? = nil
    ) -> Finding {
        Finding(
            check: Self.id, severity: severity ?? options.severity, confidence: confidence, path: source.path,
            range: source.range(of: bytes), message: message, cost: cost, fix: fix,
            subject: subject ?? source.string(bytes))
    }

    /// A finding of this check about the Docker host.
    /// - Parameter subject: what identifies it besides the check, such as a builder's name.
    package func finding(
        onHost subject: String, severity: Severity? = nil, confidence: Confidence = .certain, message: String,
        cost: String = "", fix: Fix? = nil
    ) -> Finding {
        Finding(
            check: Self.id, severity: severity ?? options.severity, confidence: confidence,
            path: Finding.host,
            range: nil, message: message, cost: cost, fix: fix, subject: subject)
    }

    /// A finding of this check at an instruction: the keyword's line up to the end of its first physical line is
    /// what is marked.
    package func finding(
        at instruction: Instruction, in build: BuildFacts, severity: Severity? = nil,
        confidence: Confidence = .certain, message: String, cost: String = "", fix: Fix? = nil
    ) -> Finding {
        finding(
            at: build.source.firstLine(of: instruction), in: build.source, severity: severity,
            confidence: confidence, message: message, cost: cost, fix: fix, subject: instruction.text)
    }
}

extension SourceText {
    /// What a finding about an instruction as a whole marks: the keyword's line, as far as it is the instruction's.
    func firstLine(of instruction: Instruction) -> Range<Int> {
        let line = bytes(ofLine: line(at: instruction.range.lowerBound))
        return instruction.range.lowerBound..<min(line.upperBound, instruction.range.upperBound)
    }
}
