import BuildRecords
import Testing

/// One log behind what each CI system puts in front of its lines.
struct LogPrefixTests {
    private static let plain = """
        #0 building with "default" instance using docker driver

        #1 [internal] load build definition from Dockerfile
        #1 DONE 0.1s

        #2 [build 1/3] FROM docker.io/library/stub:1
        #2 CACHED

        #3 [build 2/3] COPY . .
        #3 DONE 0.2s

        #4 [build 3/3] RUN make
        #4 0.100 2026-11-29T07:26:24.2441234Z #9 [x 1/1] RUN no step
        #4 DONE 1.5s

        #5 exporting to image
        #5 DONE 0.4s
        """
    private static let classic = """
        Sending build context to Docker daemon  4.655kB\r\r
        Step 1/3 : FROM stub:1
         ---> b5f3b07abaf9
        Step 2/3 : COPY . .
         ---> Using cache
         ---> 9178cff09e57
        Step 3/3 : RUN make
         ---> Running in db64de204d4d
        Removing intermediate container db64de204d4d
         ---> 391abfa2f1ab
        Successfully built 391abfa2f1ab
        """
    private static let rawJSON = """
        {"vertexes":[{"digest":"sha256:a","name":"[build 2/3] COPY . .","started":"2026-11-29T07:26:24Z","completed":"2026-11-29T07:26:25Z","cached":true}]}
        {"vertexes":[{"digest":"sha256:b","name":"[build 3/3] RUN make","started":"2026-11-29T07:26:25Z","completed":"2026-11-29T07:26:26.5Z"}]}
        """

    private static func lines(_ text: String, _ change: (String) -> String) -> String {
        // A carriage return with a newline is one character.
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { change(String($0)) + "\n" }.joined()
    }

    enum CI: String, CaseIterable, Sendable {
        case bare, crlf, colour, mark
        case github, githubGroups, ghRun, azure
        case gitlab, gitlabTimestamps, gitlabSplit
        case buildkite, buildkiteTimestamps, dockerLogs, moreutils
        case jenkins, jenkinsElapsed, jenkinsPipeline, jenkinsBranch, jenkinsRaw

        func wrap(_ text: String) -> String {
            switch self {
            case .bare: return text
            case .crlf: return lines(text) { $0 + "\r" }
            case .colour: return lines(text) { "\u{1B}[36m" + $0 + "\u{1B}[0m" }
            case .mark: return "\u{FEFF}" + text
            case .github: return "\u{FEFF}" + lines(text) { "2026-11-29T07:26:24.2441234Z " + $0 }
            case .githubGroups:
                return lines("##[group]Run docker build .\n##[endgroup]\n" + text + "\n##[error]no") {
                    "2026-11-29T07:26:24.2441234Z " + $0
                }
            case .ghRun:
                return lines(text) {
                    "build (linux/amd64)\tBuild image\t\u{FEFF}2026-11-29T07:26:24.2441234Z " + $0
                }
            case .azure: return lines(text) { "2026-11-29T07:26:24.2441234Z " + $0 }
            case .gitlab:
                return "section_start:1690000000:step_script[collapsed=true]\r\u{1B}[0K" + text
                    + "\nsection_end:1690000001:step_script\r\u{1B}[0K\n"
            case .gitlabTimestamps: return lines(text) { "2024-05-22T12:43:46.962646Z 00O " + $0 }
            case .gitlabSplit:
                return lines(text) { line in
                    let middle = line.index(line.startIndex, offsetBy: max(0, line.count - 2))
                    return "2024-05-22T12:43:46.962646Z 01E " + line[..<middle]
                        + "\n2024-05-22T12:43:46.962646Z 01E+" + line[middle...]
                }
            case .buildkite: return lines(text) { "\u{1B}_bk;t=1745322209921\u{07}" + $0 }
            case .buildkiteTimestamps: return lines(text) { "[2025-04-22T11:30:09.921Z] " + $0 }
            case .jenkins: return lines(text) { "12:00:07  " + $0 }
            case .jenkinsElapsed: return lines(text) { "00:00:07.123  " + $0 }
            case .jenkinsPipeline:
                return lines("[Pipeline] sh\n+ docker build .\n" + text + "\n[Pipeline] }") {
                    "[2024-01-30T10:00:00.123Z] " + $0
                }
            case .jenkinsBranch: return "[Pipeline] [linux] sh\n" + lines(text) { "[linux] " + $0 }
            case .jenkinsRaw:
                let note = "\u{1B}[8mha:////4CQ+sSvT+e1nFAAAApB+LCAAAAAAAAP9b85aBtbiIQTGjNKU=\u{1B}[0m"
                return note + "[Pipeline] sh\n" + lines(text) { note + $0 }
            case .moreutils: return lines(text) { "Nov  9 07:26:24 " + $0 }
            case .dockerLogs: return lines(text) { "2024-01-30 10:00:00,123 " + $0 }
            }
        }

        private func lines(_ text: String, _ change: (String) -> String) -> String {
            LogPrefixTests.lines(text, change)
        }
    }

    @Test(arguments: CI.allCases) func plain(_ ci: CI) throws {
        let record = try record(ci.wrap(Self.plain))
        #expect(
            record.summary == [
                "[build 1/3] FROM docker.io/library/stub:1: cached", "[build 2/3] COPY . .: ran",
                "[build 3/3] RUN make: ran",
            ])
        #expect(record.vertices.map(\.milliseconds) == [100, nil, 200, 1500, 400])
        #expect(record.status == .completed)
        #expect(record.problems.isEmpty)
    }

    @Test(arguments: CI.allCases) func classic(_ ci: CI) throws {
        let record = try record(ci.wrap(Self.classic))
        #expect(record.source == .classic)
        #expect(
            record.summary == ["[1/3] FROM stub:1: ran", "[2/3] COPY . .: cached", "[3/3] RUN make: ran"])
        #expect(record.activities.first?.bytes == 4655)
        #expect(record.status == .completed)
    }

    @Test(arguments: CI.allCases) func rawJSON(_ ci: CI) throws {
        let record = try record(ci.wrap(Self.rawJSON))
        #expect(record.source == .rawJSON)
        #expect(record.summary == ["[build 2/3] COPY . .: cached", "[build 3/3] RUN make: ran"])
    }

    /// Times before the lines tell how long the build took, and of the classic builder each step.
    @Test func times() throws {
        var second = 0
        func timed(_ text: String) -> String {
            Self.lines(text) { line in
                second += 2
                return "2026-11-29T07:26:\(second < 10 ? "0" : "")\(second).5Z " + line
            }
        }
        let plain = try record(timed(Self.plain))
        #expect(plain.started == 1_795_937_162_500)
        #expect(plain.milliseconds == 32_000)
        second = 0
        let classic = try record(timed(Self.classic))
        #expect(classic.milliseconds == 20_000)
        #expect(classic.steps.map(\.milliseconds) == [4000, 6000, 8000])
    }

    /// Jenkins' times have no date.
    @Test func clocks() throws {
        let text = "12:00:07  #1 [1/2] RUN x\n12:00:09  #1 DONE 2.0s\n"
        #expect(try record(text).started == nil)
        #expect(try record(text).milliseconds == 2000)
        let midnight = try record(text.replacing("12:00:07", with: "23:59:59").replacing("12:", with: "00:"))
        #expect(midnight.milliseconds == nil)
    }

    /// The other branch's lines are left out: what of them belongs together cannot be told by their numbers.
    @Test func branches() throws {
        let mixed = Self.plain.split(separator: "\n").flatMap { ["[linux] \($0)", "[arm] \($0)"] }
        let records = try records(mixed.joined(separator: "\n"))
        #expect(records.allSatisfy { $0.steps.count <= 3 })
        #expect(records.flatMap(\.steps).allSatisfy { $0.outcome != .ran || $0.step?.keyword != "FROM" })
    }

    /// Two jobs in one file, of two systems.
    @Test func another() throws {
        let records = try records(CI.github.wrap(Self.plain) + CI.bare.wrap(Self.plain))
        #expect(records.map(\.steps.count) == [3, 3])
    }
}
