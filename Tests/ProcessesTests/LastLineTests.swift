import Testing

@testable import Processes

@Suite struct LastLineTests {
    private func line(_ fill: (inout LastLine) -> Void) -> String {
        var line = LastLine()
        fill(&line)
        return String(decoding: line.ended(), as: UTF8.self)
    }

    @Test func textFromOutsideIsEscaped() {
        let outside = Array("a\nb\u{1B}[31m##[x]`\\é::error::".utf8)
        let made = line { line in outside.withUnsafeBufferPointer { line.add(outside: $0) } }
        #expect(made == "a b\\x1b[31m\\x23\\x23[x]\\x60\\x5c\\xc3\\xa9::error::\n")
    }

    @Test func numbers() {
        #expect(line { $0.add(0) } == "0\n")
        #expect(line { $0.add(1_234_567) } == "1234567\n")
    }

    @Test func whatIsTooLongIsCutAndEndsWithALineFeed() {
        let long = [UInt8](repeating: 0, count: 5000)
        let made = line { line in
            for _ in 0..<10 { long.withUnsafeBufferPointer { line.add(outside: $0, limit: 5000) } }
        }
        #expect(made.utf8.count <= 2048)
        #expect(made.last == "\n")
        let short = line { line in long.withUnsafeBufferPointer { line.add(outside: $0, limit: 3) } }
        #expect(short == "\\x00\\x00\\x00\n")
    }
}
