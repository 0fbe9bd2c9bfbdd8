import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Feeds one reader or analysis with noise: `clm-doctor-fuzz TARGET OPTIONS…`, the options being libFuzzer's.
///
/// A target takes any bytes; it traps where what comes out cannot be. A crash, more than the time or the memory that
/// `run.sh` allows, is a fault of the program too.
@main struct Fuzz {
    static let targets: [String: @Sendable ([UInt8]) -> Void] = [
        "dockerfile": fuzzDockerfile,
        "ignore": fuzzIgnoreFile,
        "compose": { examine($0, as: "compose.yaml") },
        "workflow": { examine($0, as: ".github/workflows/a.yml") },
        "gitlab": { examine($0, as: ".gitlab-ci.yml") },
        "circleci": { examine($0, as: ".circleci/config.yml") },
        "azure": { examine($0, as: "azure-pipelines.yml") },
        "bitbucket": { examine($0, as: "bitbucket-pipelines.yml") },
        "drone": { examine($0, as: ".drone.yml") },
        "woodpecker": { examine($0, as: ".woodpecker.yml") },
        "travis": { examine($0, as: ".travis.yml") },
        "cloudbuild": { examine($0, as: "cloudbuild.yaml") },
        "codebuild": { examine($0, as: "buildspec.yml") },
        "buildkite": { examine($0, as: ".buildkite/pipeline.yml") },
        "bake": { examine($0, as: "docker-bake.json") },
        "hcl": { examine($0, as: "docker-bake.hcl") },
        "make": { examine($0, as: "Makefile") },
        "taskfile": { examine($0, as: "Taskfile.yml") },
        "justfile": { examine($0, as: "justfile") },
        "package": { examine($0, as: "package.json") },
        "buildfile": fuzzBuildFile,
        "script": { examine($0, as: "build.sh") },
        "run": {
            examine(Array("FROM debian:12\nRUN <<EOF\n".utf8) + $0 + Array("\nEOF\n".utf8), as: "Dockerfile")
        },
        "configuration": { examine($0, as: ".clm-doctor.yaml") },
        "custom": fuzzCustomChecks,
        "baseline": fuzzBaseline,
        "index": fuzzIndex,
        "git": fuzzGitOutput,
        "docker": fuzzDockerAnswers,
        "log": fuzzRecords,
        "archive": fuzzRecords,
        "record": fuzzRecordParts,
        "json": fuzzJSON,
        "impact": fuzzImpact,
        "fix": fuzzFixes,
    ]

    nonisolated(unsafe) private static var target: (@Sendable ([UInt8]) -> Void)?

    static func main() {
        guard CommandLine.arguments.count > 1, let target = targets[CommandLine.arguments[1]] else {
            print(targets.keys.sorted().joined(separator: "\n"))
            exit(2)
        }
        self.target = target
        // libFuzzer takes the name of the program first.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            runDriver(&count, &arguments) { data, size in
                Fuzz.target?(Array(UnsafeBufferPointer(start: data, count: size)))
                return 0
            })
    }
}

/// `LLVMFuzzerRunDriver` of libFuzzer (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// A precondition whose message is printed in an optimised build too.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

/// The bytes up to the first 0xFF, and those behind it: for targets that read two files.
func halves(_ bytes: [UInt8]) -> (first: [UInt8], second: [UInt8]) {
    guard let end = bytes.firstIndex(of: 0xFF) else { return (bytes, bytes) }
    return (Array(bytes[..<end]), Array(bytes[(end + 1)...]))
}

/// Runs to its end on this thread, as a fuzzer wants it: the same input takes the same way.
func wait(for work: @escaping @Sendable () async -> Void) {
    let thread = ThisThread()
    Task(executorPreference: thread) {
        await work()
        thread.end()
    }
    thread.run()
}

private final class ThisThread: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isOver = false
    }

    private let state = Mutex(State())

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    func end() { state.withLock { $0.isOver = true } }

    func run() {
        while !state.withLock({ $0.isOver }) {
            if let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else {
                usleep(50)
            }
        }
    }
}
