import BuildRecords
import Testing

struct ClassicLogTests {
    /// A program's words are no step's: pip builds wheels, and installers count steps.
    @Test func programs() throws {
        let record = try record(
            """
            Step 1/4 : FROM stub:1
             ---> b5f3b07abaf9
            Step 2/4 : RUN pip install x
             ---> Running in ff4c5d7f5029
            Successfully built pyyaml 012345678901
            #1 [internal] load build definition from Dockerfile
            Step 1/3 : install
            {"vertexes":[]}
            no newline yetRemoving intermediate container ff4c5d7f5029
             ---> baecb2eb5bde
            Step 3/4 : RUN halfline fail
             ---> Running in 600ccc1e552a
            no newline yet\u{1B}[91mstub fails
            \u{1B}[0mThe command '/bin/sh -c halfline fail' returned a non-zero code: 7
            """)
        #expect(
            record.summary == [
                "[1/4] FROM stub:1: ran", "[2/4] RUN pip install x: ran", "[3/4] RUN halfline fail: failed",
            ])
        #expect(record.status == .failed)
        #expect(record.errors == ["The command '/bin/sh -c halfline fail' returned a non-zero code: 7"])
    }

    @Test func severalBuilds() throws {
        let one =
            "Step 1/2 : FROM a\n ---> 1\nStep 2/2 : RUN x\n ---> Using cache\n ---> 2\nSuccessfully built 0123456789ab\n"
        #expect(try records("Building web\n" + one + "Building api\n" + one).map(\.steps.count) == [2, 2])
        let failed = "Step 1/2 : FROM a\n ---> 1\nStep 2/2 : RUN x\n ---> Running in 2\n"
        #expect(try records(failed + one).map { $0.steps.last?.outcome } == [.notReached, .cached])
    }
}
