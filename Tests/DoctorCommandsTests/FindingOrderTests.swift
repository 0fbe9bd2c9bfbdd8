import DoctorCommands
import JSON
import TestSupport
import Testing

/// What costs most in the history of a repository is told first.
@Suite struct FindingOrderTests {
    private static let dockerfile = "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"

    /// Of two services, `web` changes in each of twelve commits and `api` in one.
    private func repository() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        let files = [
            "api/Dockerfile": Self.dockerfile, "web/Dockerfile": Self.dockerfile, "api/package.json": "{}",
            "api/package-lock.json": "{}", "web/package.json": "{}", "web/package-lock.json": "{}",
            "api/.dockerignore": "node_modules\n", "web/.dockerignore": "node_modules\n",
            "compose.yaml": "services:\n  api: {build: api}\n  web: {build: web}\n",
        ]
        for (path, text) in files { try folder.write(text, to: path) }
        try await folder.git(["init", "-q", "-b", "main"])
        for number in 0...12 {
            try folder.write("\(number)", to: "web/index.js")
            if number % 7 == 0 { try folder.write("\(number)", to: "api/index.js") }
            try await folder.git(["add", "-A"])
            try await folder.git(["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "x"])
        }
        return folder
    }

    private func findings(_ arguments: String...) async throws -> [JSON] {
        let session = await Session.run(
            ["check", "--no-host", "--format", "json", "--only", "broad-copy-before-install"] + arguments,
            in: try await repository())
        let all = try session.json()["findings"]?.array ?? []
        // Equal findings are one with places.
        return all.flatMap { $0["places"]?.array ?? [$0] }
    }

    @Test func byHowOftenItsStepRuns() async throws {
        let findings = try await findings("--history")
        #expect(findings.compactMap { $0["file"]?.string } == ["web/Dockerfile", "api/Dockerfile"])
        #expect(findings.map { $0["rebuilds"]?["commits"]?.integer } == [12, 12])
        #expect(findings.map { $0["rebuilds"]?["certain"]?.integer } == [12, 1])
        #expect(findings.allSatisfy { $0["rebuilds"]?["secondsEach"] == .null })
    }

    @Test func orByPlaceWithoutHistory() async throws {
        let findings = try await findings()
        #expect(findings.compactMap { $0["file"]?.string } == ["api/Dockerfile", "web/Dockerfile"])
        #expect(findings.allSatisfy { $0["rebuilds"] == .null })
    }

    /// A gate that cannot tell does not pass.
    @Test func aCostWithoutRecordsIsNone() async throws {
        let session = await Session.run(
            ["check", "--no-host", "--fail-on-cost", "1min/week", "--records", "none"],
            in: try await repository())
        #expect(session.status == .usage)
        #expect(session.errors.contains("records add"))
    }

    @Test(arguments: ["10min", "x/week", "/week"]) func aCostIsATimeAWeek(_ text: String) async throws {
        let session = await Session.run(["check", "--fail-on-cost", text], in: try ScratchFolder())
        #expect(session.status == .usage)
        #expect(session.errors.contains("10min/week"))
    }
}
