import Diagnostics
import Testing

@Suite struct RunLimitsTests {
    @Test func environmentRaisesThem() throws {
        let usual = try RunLimits(environment: [:])
        #expect(usual.processorSeconds == Limits.runSeconds)
        #expect(usual.memoryBytes == Limits.runBytes)
        let raised = try RunLimits(environment: [
            "CLM_DOCTOR_MAX_CPU_SECONDS": "60", "CLM_DOCTOR_MAX_MEMORY_MB": "4000",
        ])
        #expect(raised.processorSeconds == 60)
        #expect(raised.memoryBytes == 4000 << 20)
    }

    @Test(arguments: ["0", "-1", "x", "1.5", "1000001", "99999999999999999999", " 1"])
    func whatIsNoLimitIsAnError(_ value: String) {
        for variable in ["CLM_DOCTOR_MAX_CPU_SECONDS", "CLM_DOCTOR_MAX_MEMORY_MB"] {
            #expect(throws: RunLimits.InvalidValue.self) { try RunLimits(environment: [variable: value]) }
        }
    }

    /// A handler reads what this thread has told last, and the file that has been worked on for longest.
    @Test func fileOfAThreadIsTold() async {
        func text(_ bytes: UnsafeBufferPointer<UInt8>?) -> String? {
            bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        // One thread: nothing is awaited between.
        ExaminedFile.begin("a/Dockerfile")
        #expect(text(ExaminedFile.ofThisThread) == "a/Dockerfile")
        ExaminedFile.begin(String(repeating: "é", count: 1000))
        #expect(ExaminedFile.ofThisThread?.count == 256)
        ExaminedFile.end()
        #expect(ExaminedFile.ofThisThread == nil)
    }
}
