import Diagnostics
import DoctorCommands
import Processes

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The program: gives the commands the real streams, terminal and environment. No file of this target may be named
/// `main.swift`: `@main` does not work beside one.
@main struct ClmDoctor {
    static func main() {
        // A reader that has gone (`clm-doctor | head`) is no error of ours: what is left to print is dropped.
        signal(SIGPIPE, SIG_IGN)
        if let lack = SystemLimits.lackToStart() {
            write("error: \(lack)\n", to: STDERR_FILENO, errorsTo: STDERR_FILENO)
            exit(ExitStatus.overLimits.rawValue)
        }
        let environment = environment()
        let errorOutput = guarded(by: environment)
        let threads = WorkerThreads()
        let surroundings = Surroundings(
            environment: environment, workingDirectory: workingDirectory(), today: today(),
            terminalWidth: terminalWidth(), ask: ask(on: errorOutput),
            output: { write($0, to: STDOUT_FILENO, errorsTo: errorOutput) },
            errorOutput: { write($0, to: errorOutput, errorsTo: errorOutput) }, executor: threads)
        Task(executorPreference: threads) {
            let status = await Doctor.run(
                Array(CommandLine.arguments.dropFirst()), as: CommandLine.arguments.first ?? "",
                in: surroundings)
            ProcessGuard.tellWhatWasHeard()
            ProcessGuard.exit(status.rawValue)
        }
        threads.work()
    }

    /// Sets the limits of the run, and what is to be said where it goes over them or crashes.
    /// - Returns: the descriptor for errors.
    private static func guarded(by environment: [String: String]) -> CInt {
        do {
            return ProcessGuard.install(
                program: Doctor.versionLine, limits: try RunLimits(environment: environment),
                overLimits: ExitStatus.overLimits.rawValue, crashed: ExitStatus.crashed.rawValue,
                // A report may be meant for `/dev/stderr`.
                hearsRuntime: !(CommandLine.arguments + [environment["GITHUB_STEP_SUMMARY"] ?? ""]).contains {
                    $0.contains("/dev/") || $0.contains("/proc/")
                })
        } catch {
            write("error: \(error)\n", to: STDERR_FILENO, errorsTo: STDERR_FILENO)
            exit(ExitStatus.usage.rawValue)
        }
    }

    private static func write(_ text: String, to descriptor: CInt, errorsTo errorOutput: CInt) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Glibc)
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #else
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count < 0, errno == EINTR { continue }
                if count < 0, errno != EPIPE, descriptor == STDOUT_FILENO {
                    write(
                        "error: the output cannot be written: \(String(cString: strerror(errno)))\n",
                        to: errorOutput, errorsTo: errorOutput)
                    exit(ExitStatus.usage.rawValue)
                }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// On standard error, so that standard output stays what it is; nil where nobody is at a terminal.
    private static func ask(on errorOutput: CInt) -> (@Sendable (String) -> String?)? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        return { question in
            write(question, to: errorOutput, errorsTo: errorOutput)
            return readLine()
        }
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var index = 0
        while let variable = environ[index] {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            index += 1
        }
        return variables
    }

    private static func today() -> Day {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        return Day(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
    }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }

    private static func terminalWidth() -> Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
