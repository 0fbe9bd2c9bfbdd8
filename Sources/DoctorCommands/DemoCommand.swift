import ArgumentParser
import Git
import Reports

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `clm-doctor demo`: a small project with problems, and what the other commands say of it.
struct DemoCommand: DoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show what this program does, on a small project with problems that it lays out.",
        discussion: """
            Lays out a git repository with two images in a new folder, and runs the commands that it shows there: what \
            keeps the cache from working, the repairs as a patch, and what one change rebuilds. What they print is what \
            they find; no Docker is needed. Nothing outside of the folder is changed, and the folder stays.

            EXAMPLES:
              clm-doctor demo                a new folder below the temporary one
              clm-doctor demo ~/sick-shop    a folder of your own, which is new or empty

            EXIT CODES:
              0  all was shown, whatever the commands found
              2  the folder is not empty or cannot be made, or there is no git
            """)

    @Argument(
        help: ArgumentHelp(
            "A folder that is not there, or an empty one (default: a new one in TMPDIR, or in /tmp).",
            valueName: "folder"), completion: .directory)
    var folder: String?

    func run(in surroundings: Surroundings) async throws -> ExitStatus {
        let place = try makeFolder(in: surroundings)
        do {
            try await layOut(in: place, environment: surroundings.environment)
        } catch let error as GitError {
            throw CommandFailure.usage("the project in \(place) is not complete: \(error)")
        } catch let error as FileWriting.Failure {
            throw CommandFailure.usage("\(error)")
        }
        var inside = surroundings
        inside.workingDirectory = place
        // What commands print on both streams is one text here.
        inside.errorOutput = surroundings.output
        inside.ask = nil
        // Records, programs with checks and settings of the user's are of other projects.
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] { inside.environment[name] = nil }

        let shown = Self.shellWord(place)
        say(
            "A shop of two images with \(DemoProject.commits.count) commits, and what slows its builds down.",
            surroundings)
        surroundings.output("\n$ cd \(shown)\n")
        let steps = [
            (["--no-host"], nil),
            (
                ["--no-host", "--diff", "--unsafe-fixes"],
                "The repairs that hold, as a patch, and what each rebuilds once:"
            ),
            (
                ["impact", "--files", DemoProject.changed],
                "One line of the page changes. What does Docker build again?"
            ),
        ]
        for (arguments, introduction) in steps {
            if let introduction { say("\n" + introduction, surroundings) }
            surroundings.output("\n$ \(surroundings.program) \(arguments.joined(separator: " "))\n")
            let status = await Doctor.run(arguments, in: inside)
            guard status == .clean || status == .findings else { return status }
        }
        say(
            """

            The API is built from the whole repository, so that it is built again for a word on the page.
            Try it yourself:
              cd \(shown)
              \(surroundings.program) fix --unsafe-fixes           make these repairs
              \(surroundings.program) explain ci-no-cache          what a finding means
              \(surroundings.program) replay                       how often each step ran again over the commits
            The folder is yours; `rm -r \(shown)` takes it away.
            """, surroundings)
        return .clean
    }

    /// A path as a shell takes it.
    private static func shellWord(_ path: String) -> String {
        let isPlain = path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+@".contains($0)) }
        return isPlain ? path : "'" + printable(path.replacing("'", with: "'\\''")) + "'"
    }

    private func say(_ text: String, _ surroundings: Surroundings) {
        surroundings.output(withoutWorkflowCommands(text + "\n"))
    }

    // MARK: - The project

    private func layOut(in place: String, environment: [String: String]) async throws {
        let repository = try await NewRepository(in: place, environment: environment)
        for folder in DemoProject.folders { mkdir("\(place)/\(folder)", 0o777) }
        for (day, commit) in DemoProject.commits.enumerated() {
            for file in commit.files {
                try FileWriting.replace("\(place)/\(file.path)", with: file.text)
            }
            try await repository.commit(commit.message, at: DemoProject.begin + day * 86_400)
        }
    }

    /// - Returns: the absolute path, without links, of a folder with nothing in it.
    private func makeFolder(in surroundings: Surroundings) throws -> String {
        let path: String
        if let folder {
            if folder.isEmpty { throw CommandFailure.usage("the folder is empty; is a variable not set?") }
            path = try surroundings.named(folder)
            if mkdir(path, 0o777) != 0 {
                guard errno == EEXIST else {
                    throw CommandFailure.usage(
                        "\(folder) cannot be made: \(String(cString: strerror(errno)))")
                }
                guard try isEmpty(path, shown: folder) else {
                    throw CommandFailure.usage("\(folder) is not empty; name a folder that is new or empty")
                }
            }
        } else {
            let parent = surroundings.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
            var template = Array("\(parent)/clm-doctor-demo-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else {
                throw CommandFailure.usage(
                    "no folder can be made in \(parent): \(String(cString: strerror(errno))); name one")
            }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        guard let resolved = realpath(path, nil) else {
            throw CommandFailure.usage("\(path) cannot be found: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func isEmpty(_ path: String, shown: String) throws -> Bool {
        guard let stream = opendir(path) else {
            throw CommandFailure.usage(
                "\(shown) is no folder that can be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { return false }
        }
        return true
    }
}
