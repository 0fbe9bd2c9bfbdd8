import Diagnostics
import Testing

@Suite struct DayTests {
    @Test(arguments: [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-30", 20_787)])
    func isCountedFrom1970(_ text: String, _ days: Int) throws {
        #expect(try #require(Day(text)).daysSince1970 == days)
        #expect(Day(daysSince1970: days).description == text)
    }

    @Test func eachDayComesBack() {
        for days in stride(from: 0, to: 2_932_896, by: 29) {
            #expect(Day(daysSince1970: days).daysSince1970 == days)
        }
    }
}
