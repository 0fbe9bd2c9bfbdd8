import Diagnostics
import Dockerfile
import Fixes
import Project
import SourceText
import Testing

@testable import Catalogue
@testable import Checks

/// Fix, then parse, then fix again: nothing changes. Over all cases with all checks, and over Dockerfiles that are put
/// together of the instructions of all cases, from a fixed seed.
@Suite(.serialized) struct FixPropertyTests {
    @Test func ofAllCases() async throws {
        for example in CheckFolders.cases where example.isBad {
            let flaw = try await example.flawOfFixes()
            #expect(flaw == nil, "\(example)")
        }
    }

    @Test func ofGeneratedDockerfiles() async throws {
        let instructions = CheckFolders.cases.flatMap { example in
            example.dockerfiles.flatMap { path in
                let parsed = ParsedDockerfile(parsing: example.source(path))
                return parsed.instructions.map { Array(parsed.source.bytes[$0.range]) }
            }
        }
        let bases = [
            "FROM debian:12\n", "FROM python:3.12 AS a\n", "FROM node:22\nWORKDIR /app\n",
            "FROM alpine:3.20\n",
        ]
        let ends = [[UInt8(ascii: "\n")], Array("\r\n".utf8), Array(" \n".utf8), Array("\n# note\n\n".utf8)]
        let prover = try Runner(configuration: Configuration(), catalogue: try Catalogue.builtin())
        let request = FixPlan.Request(checks: prover.ids, applicabilities: [.safe, .unsafe])
        var random = SeededGenerator(state: 20_261_129)
        var fixed = 0
        for _ in 0..<250 {
            var bytes = Array(bases.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                bytes += instructions.randomElement(using: &random)! + ends.randomElement(using: &random)!
            }
            // Bytes that are not UTF-8, here and there.
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.insert(contentsOf: [0xC4, 0xFA], at: Int.random(in: 0..<bytes.count, using: &random))
            }
            let project = FixPlan.project(of: SourceText(path: "Dockerfile", bytes: bytes))
            let flaw = await FixPlan.flaw(
                of: project, request, loading: { FixPlan.project(of: "Dockerfile", in: $0) }
            ) { await prover.run(on: $0) }
            #expect(flaw == nil, "\(String(decoding: bytes, as: UTF8.self))")
            fixed += await prover.run(on: project).findings.count { !($0.fix?.edits.isEmpty ?? true) }
        }
        #expect(fixed > 40, "there is something to fix")
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
            return value ^ value >> 31
        }
    }
}
