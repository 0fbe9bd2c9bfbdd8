/// The ticks of a time axis at round times.
struct TimeAxis {
    struct Tick {
        let milliseconds: Int
        let label: String
    }

    let ticks: [Tick]

    /// - Parameters:
    ///   - length: of the axis, in milliseconds; more than 0.
    ///   - count: about how many ticks may stand on it.
    init(length: Int, count: Int) {
        let rounds = [
            100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
            1_800_000,
            3_600_000,
        ]
        let step = rounds.first { length / $0 <= max(1, count) } ?? max(1, length / max(1, count))
        ticks = stride(from: 0, through: length, by: step).map { time in
            Tick(milliseconds: time, label: Self.label(time, step))
        }
    }

    private static func label(_ time: Int, _ step: Int) -> String {
        let seconds = time / 1000
        if step < 1000 { return "\(seconds).\(time % 1000 / 100) s" }
        if seconds < 60 || step < 60_000 && seconds < 120 { return "\(seconds) s" }
        let rest = seconds % 60
        return rest == 0 ? "\(seconds / 60) min" : "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}
