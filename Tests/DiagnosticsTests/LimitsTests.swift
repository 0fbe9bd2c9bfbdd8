import Foundation
import Testing

/// `Limits` says that it holds every limit of the program.
@Suite struct LimitsTests {
    /// Sizes of buffers and of lists that decide nothing of what a person is told, and what other formats fix.
    private static let allowed = [
        "Dockerfile/SharedLog.swift: static var maximumDepth: Int { 8 }",
        "Processes/LargePipe.swift: private static let room = 1 << 20",
        "Processes/ProcessGuard.swift: let size = 64 << 10",
        "Impact/EnvironmentKey.swift: private static let prime: UInt64 = (1 << 61) - 1",
        "Impact/EnvironmentKey.swift: private static let bases = (UInt64.random(in: 1 << 32..<prime), UInt64.random(in: 1 << 32..<prime))",
        "Host/BuilderText.swift: guard let number = Int(digits), number < 1_000_000_000, total < 1 << 60 else { return nil }",
        "Git/IndexFile.swift: guard value < 1 << 32, let next = number(1) else { return nil }",
        "Project/FileKind.swift: guard let first = name.first, name.count <= 255 else { return nil }",
        "Checks/ContextReads.swift: guard count >= 1000 else { return count == 1 ? \"1 byte\" : \"\\(count) bytes\" }",
        "Checks/Custom/CustomCheck+Findings.swift: return line.count <= 100 ? line : line.prefix(99) + \"…\"",
        // What the system may have left this process.
        "Processes/SystemLimits.swift: private static let addressSpace = 1 << 30",
        "Processes/SystemLimits.swift: private static let ownAddressSpace = 128 << 20",
    ]

    @Test func noOtherFileHasLimits() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let isLimit = try Regex(
            #"(let|var) \w*([mM]ost|[mM]ax|[lL]imit|[lL]argest|[lL]ongest|[dD]eepest|[rR]ounds|[dD]epth)\w*(: \w+)? (= |\{ )[0-9]"#
                + #"|[0-9] << ([12]0|[3-9][0-9])|[dD]epth (<|<=|>|>=) ([2-9]|[0-9]{2,})|\.?count (<|<=|>|>=) [0-9_]{3,}|< 1 << [0-9]+"#
        )
        var found: [String] = []
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in files where file.pathExtension == "swift" {
            count += 1
            let name = file.path.dropFirst(sources.path.count + 1)
            if name == "Diagnostics/Limits.swift" || name.hasPrefix("EmbedChecks/") { continue }
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            where !line.contains("= 0") && line.contains(isLimit) {
                found.append("\(name): \(line.trimmingCharacters(in: .whitespaces))")
            }
        }
        #expect(count > 200)
        #expect(found.sorted() == Self.allowed.sorted())
    }
}
