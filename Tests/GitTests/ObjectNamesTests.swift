import Foundation
import Git
import TestSupport
import Testing

@Suite struct ObjectNamesTests {
    private func history(_ repository: TestRepository) async throws -> GitHistory {
        try await GitHistory(
            holding: repository.folder.path, environment: ProcessInfo.processInfo.environment)
    }

    @Test func aFileThatCannotBeReadTakesNothingFromTheOthers() async throws {
        let repository = try await TestRepository(["a": "1", "b": "2", "c": "1"])
        let paths = ["a", "gone", "b", "also/gone", "c"].map { Array($0.utf8) }
        let ids = try await history(repository).objectIDs(of: paths)
        #expect(ids.map { $0 == nil } == [false, true, false, true, false])
        #expect(ids[0] == ids[4] && ids[0] != ids[2])
    }

    @Test(arguments: ["a\nb", "\"quoted\"", "back\\slash", "-option", "ümlaut", "tab\there"])
    func namesOfAnyBytes(_ name: String) async throws {
        let repository = try await TestRepository(["plain": "1"])
        try repository.write([name: "1"])
        let ids = try await history(repository).objectIDs(of: [Array("plain".utf8), Array(name.utf8)])
        #expect(ids[0] != nil && ids[0] == ids[1])
    }

    /// More than the arguments of a program may hold (2 MiB on Linux, `execve(2)`).
    @Test func moreThanACommandLineHolds() async throws {
        let repository = try await TestRepository(["a": "1"])
        let path = Array((String(repeating: "./", count: 1900) + "a").utf8)
        let ids = try await history(repository).objectIDs(of: Array(repeating: path, count: 1000))
        #expect(Set(ids).count == 1 && ids[0] != nil)
    }
}
