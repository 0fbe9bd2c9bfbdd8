import Impact
import Project
import TestSupport
import Testing

/// Shapes whose work grows with a power of their size where each question is answered anew.
@Suite struct WorkTests {
    /// Each stage takes all of the one before it twice: 2 to the power of their number, if each way is gone.
    @Test func stagesThatCopyTwiceFromTheOneBefore() async throws {
        func dockerfile(_ count: Int) -> String {
            "FROM alpine:3.20 AS s0\nCOPY a /x/a\n"
                + (1...count).map {
                    "FROM alpine:3.20 AS s\($0)\nCOPY --from=s\($0 - 1) / /l/\nCOPY --from=s\($0 - 1) / /r/\n"
                }.joined()
        }
        let repository = try await TestRepository(["Dockerfile": dockerfile(60), "a": "1", "b": "1"])
        try await repository.commit(["b": "2"])
        let same = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(same.states("Dockerfile").allSatisfy { $0.hasSuffix("cached") })
        try await repository.commit(["a": "2"])
        let changed = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect(changed.states("Dockerfile").suffix(2).allSatisfy { $0.hasSuffix("rebuild") })
    }

    /// The same by way of paths that get longer with each stage.
    @Test func stagesThatNestWhatTheyCopy() async throws {
        let count = 400
        let dockerfile =
            "FROM alpine:3.20 AS s0\nCOPY a /x\n"
            + (1...count).map { "FROM alpine:3.20 AS s\($0)\nCOPY --from=s\($0 - 1) / /d/\n" }.joined()
            + "FROM alpine:3.20\nCOPY --from=s\(count) \(String(repeating: "/d", count: count))/x /x\n"
        let repository = try await TestRepository(["Dockerfile": dockerfile, "a": "1"])
        try await repository.commit(["a": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        // It is not followed to its end, and what is not followed is not called cached.
        #expect(report.states("Dockerfile").last?.hasSuffix("cached") == false)
    }

    /// Variables are told apart in their order, by value, and whichever way they came to be set.
    @Test(arguments: [
        ("ENV A=1\nENV B=2\n", "ENV A=1 B=2\n", "cached"),
        ("ENV A=1\nENV B=2\n", "ENV B=2\nENV A=1\n", "rebuild"),
        ("ENV A=1\nENV B=2\n", "ENV A=0\nENV B=0\nENV A=1\nENV B=2\n", "cached"),
        ("ENV A=1\nENV B=2\n", "ENV A=1\nENV B=2\nENV A=1\n", "rebuild"),
        ("ENV A=1\nENV B=2\n", "ENV A=12\nENV B=\n", "rebuild"),
        ("ENV A=1\n", "ARG A=1\n", "cached"),
    ])
    func environments(_ before: String, _ after: String, _ state: String) async throws {
        func dockerfile(_ text: String) -> String { "FROM alpine:3.20\n\(text)RUN make\n" }
        let repository = try await TestRepository(["Dockerfile": dockerfile(before)])
        try repository.write(["Dockerfile": dockerfile(after)])
        #expect(try await repository.impact(base: "HEAD").states("Dockerfile").last == "[2/2] \(state)")
    }

    @Test func environmentsThatStagesInherit() async throws {
        func dockerfile(_ first: String, _ second: String) -> String {
            "FROM alpine:3.20 AS a\n\(first)RUN one\nFROM a AS b\n\(second)RUN two\n"
        }
        let repository = try await TestRepository(["Dockerfile": dockerfile("ENV A=1 B=2\n", "ENV C=3\n")])
        try repository.write(["Dockerfile": dockerfile("ENV A=1 B=2\n", "ENV B=2\nENV C=3\n")])
        #expect(
            try await repository.impact(base: "HEAD").states("Dockerfile")
                == ["[a 1/2] cached", "[a 2/2] cached", "[b 1/1] cached"])
        try repository.write(["Dockerfile": dockerfile("ENV A=1 B=2\n", "ENV A=1\nENV C=3\n")])
        #expect(
            try await repository.impact(base: "HEAD").states("Dockerfile")
                == ["[a 1/2] cached", "[a 2/2] cached", "[b 1/1] rebuild"])
    }
}

/// Files that name files that name files: each is known only once the one before it was read.
@Suite struct FetchingTests {
    @Test(arguments: [(8, true), (15, false)])
    func filesThatNameEachOther(_ count: Int, _ isReached: Bool) async throws {
        var files = [
            "compose.yaml": "include: [part1.inc]\n", "app/Dockerfile": "FROM alpine:3.20\nCOPY a /a\n",
            "app/a": "1", "part\(count).inc": "services:\n  last:\n    build: ./app\n",
        ]
        for number in 1..<count { files["part\(number).inc"] = "include: [part\(number + 1).inc]\n" }
        let repository = try await TestRepository(files)
        try await repository.commit(["app/a": "2"])
        let report = try await repository.impact(base: "HEAD~1", head: .commit("HEAD"))
        #expect((report.build("last") != nil) == isReached)
        // What is not reached is told, never taken for absent.
        #expect(report.notes.contains { $0.message.contains("is not read") } == !isReached)
    }
}
