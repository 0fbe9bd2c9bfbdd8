package import Catalogue
package import Checks
package import Diagnostics
package import Facts
import JSON
import Processes

/// A program that has checks of its own: it is told facts as JSON on its standard input and answers with findings on
/// its standard output (`docs/custom-checks.md`).
///
/// It runs with the rights of who calls us, so only the command line or the user's own configuration may name one.
package struct CheckProgram: Sendable {
    /// Names the shape of questions and answers; changes when a member changes its meaning or goes.
    package static let schema = "clm-doctor/check-program/1"

    /// Absolute.
    package let path: String
    /// The checks that it says it has.
    package let entries: [CatalogueEntry]
    private let environment: [String: String]
    private let timeLimit: Duration

    /// Asks a program for its checks.
    /// - Parameters:
    ///   - path: absolute.
    ///   - environment: this process's own; the program sees the part that every program needs.
    ///   - timeLimit: for each of its answers.
    /// - Throws: `CheckProgramError` where it does not run to its end, or answers something else.
    package init(
        _ path: String, environment: [String: String], timeLimit: Duration
    ) async throws(CheckProgramError) {
        self.path = path
        self.environment = filteredEnvironment(environment)
        self.timeLimit = timeLimit
        let question: JSON = ["schema": .string(Self.schema), "request": "describe"]
        let answer = try await Self.ask(
            path, Array(question.text().utf8), environment: self.environment, timeLimit: timeLimit)
        var entries: [CatalogueEntry] = []
        for check in answer["checks"]?.array ?? [] {
            do {
                let entry = try CatalogueEntry(declaredBy: check)
                guard !entries.contains(where: { $0.id == entry.id }) else {
                    throw CheckProgramError(path, "it declares \(entry.id) twice")
                }
                entries.append(entry)
            } catch let error as CheckProgramError {
                throw error
            } catch let error as CatalogueError {
                throw CheckProgramError(
                    path, "\(error.id.name.isEmpty ? "a check" : error.id.name): \(error.message)")
            } catch {
                throw CheckProgramError(path, "\(error)")
            }
        }
        guard !entries.isEmpty else { throw CheckProgramError(path, "it declares no checks") }
        self.entries = entries
    }

    /// Lets the program judge a project.
    /// - Parameters:
    ///   - severities: of the checks that are to run; a finding of another one is dropped.
    /// - Returns: its findings; a failure instead where it does not keep to its limits or its words.
    package func answer(on project: ProjectFacts, severities: [CheckID: Severity]) async -> ProgramAnswer {
        do throws(CheckProgramError) {
            let question = FactsDocument(project, checks: severities.keys.sorted()).bytes
            guard question.count <= Limits.checkProgramInput else {
                throw CheckProgramError(
                    path, "the facts of the project are more than \(Limits.checkProgramInput) bytes")
            }
            let answer = try await Self.ask(path, question, environment: environment, timeLimit: timeLimit)
            let reader = ProgramFindings(program: path, project: project, severities: severities)
            return ProgramAnswer(ran: severities.keys.sorted(), findings: try reader.read(answer))
        } catch {
            return ProgramAnswer(failure: error.description)
        }
    }

    private static func ask(
        _ path: String, _ question: [UInt8], environment: [String: String], timeLimit: Duration
    ) async throws(CheckProgramError) -> JSON {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
        var command = Command(
            program: path, arguments: [], workingDirectory: folder.isEmpty ? "/" : folder,
            environment: environment,
            input: question, timeLimit: timeLimit, outputLimit: Limits.checkProgramOutput)
        command.isOutputLarge = true
        let output: Command.Output
        do {
            output = try await command.run()
        } catch {
            throw CheckProgramError(error)
        }
        guard output.succeeded else {
            let words =
                String(decoding: output.standardError.prefix(500), as: UTF8.self)
                .split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
            throw CheckProgramError(path, "it ended with \(output.status.text)\(words)")
        }
        let answer: JSON
        do {
            answer = try JSON.parse(
                output.standardOutput, limits: JSON.Limits(bytes: Limits.checkProgramOutput))
        } catch {
            throw CheckProgramError(path, "its answer is no JSON: \(error)")
        }
        guard answer["schema"]?.string == schema else {
            throw CheckProgramError(path, "its answer has not the schema \"\(schema)\"")
        }
        return answer
    }
}

/// Why a program with checks cannot be used.
package struct CheckProgramError: Error, Sendable, Hashable, CustomStringConvertible {
    /// As a sentence without its final dot, the program's path first.
    package let description: String

    init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }

    init(_ failure: Command.Failure) { description = failure.description }
}

extension Command.Output.Status {
    fileprivate var text: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
