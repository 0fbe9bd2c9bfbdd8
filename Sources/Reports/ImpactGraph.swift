import Dockerfile
import Impact

/// The stages of one build as a drawing: each a box with its steps, left of those that need it, with an arrow for each
/// FROM, COPY and mount between them.
struct ImpactGraph {
    private let build: BuildImpact
    private let boxes: [String: Box]
    /// What makes text safe in markup.
    private let escaped: (String) -> String

    private static let boxWidth = 300
    private static let gap = 76
    private static let header = 30
    private static let rowHeight = 24
    private static let causeHeight = 18
    private static let margin = 12
    /// How far below boxes an arrow passes them: inside of the margin, and half of the space between boxes.
    private static let laneBelow = 9

    private struct Box {
        let left: Int
        let top: Int
        let height: Int
        /// The middle of each step's row, by the step's index in the build.
        var rows: [Int: Int] = [:]
        /// Where arrows leave: the last row, or the header of a stage without steps.
        var exit: Int { rows.values.max() ?? entry }
        /// Where FROM arrives.
        var entry: Int { top + ImpactGraph.header / 2 }
        var right: Int { left + ImpactGraph.boxWidth }
        var bottom: Int { top + height }
    }

    init(_ build: BuildImpact, escaped: @escaping (String) -> String) {
        self.build = build
        self.escaped = escaped
        boxes = Self.layout(build)
    }

    private var width: Int { (boxes.values.map(\.right).max() ?? 0) + Self.margin }
    private var height: Int { (boxes.values.map(\.bottom).max() ?? 0) + Self.margin }

    /// Whether it can still be read on a sheet of A4 or Letter, which is about 700 pixels wide and 1,000 high.
    var fitsOnPaper: Bool { width <= 1_400 && height <= 1_000 * max(700, width) / 700 }

    func svg() -> String {
        var svg = "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" "
        svg += "height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" role=\"img\" "
        svg += "aria-label=\"Stages of the build and what they take from each other\">\n"
        for stage in build.stages {
            if let box = boxes[stage.name] { svg += draw(stage, in: box) }
        }
        for stage in build.stages {
            guard let box = boxes[stage.name] else { continue }
            if let source = stage.continued.flatMap({ boxes[$0] }) {
                svg += arrow(from: source, to: box, at: box.entry, past: boxes.values, kind: "from")
            }
            for (index, row) in box.rows.sorted(by: { $0.key < $1.key }) {
                for source in build.steps[index].reads.compactMap({ boxes[$0] }) {
                    svg += arrow(from: source, to: box, at: row, past: boxes.values, kind: "reads")
                }
            }
        }
        return svg + "</svg>\n"
    }

    /// Stages in columns: each right of all that it needs.
    private static func layout(_ build: BuildImpact) -> [String: Box] {
        var columns: [String: Int] = [:]
        var bottoms: [Int: Int] = [:]
        var boxes: [String: Box] = [:]
        for stage in build.stages {
            let steps = build.steps.indices.filter { build.steps[$0].stage == stage.name }
            let needs = steps.flatMap { build.steps[$0].reads } + [stage.continued].compactMap { $0 }
            let column = needs.compactMap { columns[$0] }.map { $0 + 1 }.max() ?? 0
            columns[stage.name] = column
            let top = bottoms[column] ?? Self.margin
            var place = top + Self.header
            var rows: [Int: Int] = [:]
            for index in steps {
                rows[index] = place + Self.rowHeight / 2
                place += Self.height(of: build.steps[index])
            }
            let height = place + 6 - top
            boxes[stage.name] = Box(
                left: Self.margin + column * (Self.boxWidth + Self.gap), top: top, height: height, rows: rows)
            bottoms[column] = top + height + 22
        }
        return boxes
    }

    private static func height(of step: StepImpact) -> Int {
        step.cause == nil ? rowHeight : rowHeight + causeHeight
    }

    private func draw(_ stage: BuildStage, in box: Box) -> String {
        var svg = "<rect class=\"box\" x=\"\(box.left)\" y=\"\(box.top)\" width=\"\(Self.boxWidth)\" "
        svg += "height=\"\(box.height)\" rx=\"8\"/>\n"
        svg += text(stage.name, "name", x: box.left + 10, y: box.top, width: Self.boxWidth - 20, baseline: 20)
        for (index, row) in box.rows.sorted(by: { $0.key < $1.key }) {
            let step = build.steps[index]
            let top = row - Self.rowHeight / 2
            svg += "<g><title>\(escaped(title(of: step)))</title>"
            svg += "<rect class=\"\(step.state.rawValue)\" x=\"\(box.left + 6)\" y=\"\(top + 1)\" "
            svg += "width=\"\(Self.boxWidth - 12)\" height=\"\(Self.height(of: step) - 2)\" rx=\"3\"/>"
            let line = "\(step.label.number)/\(step.label.of) \(step.instruction)"
            let (left, width) = (box.left + 12, Self.boxWidth - 24)
            svg += text(
                ImpactWords.shortened(line, to: 38), "step", x: left, y: top, width: width, baseline: 16)
            if let cause = step.cause {
                svg += text(
                    ImpactWords.shortened(ImpactWords.text(of: cause), to: 42), "why", x: left,
                    y: top + Self.rowHeight - 4, width: width, baseline: 13)
            }
            svg += "</g>\n"
        }
        return svg
    }

    private func title(of step: StepImpact) -> String {
        let cause = step.cause.map { ": \(ImpactWords.text(of: $0))" } ?? ""
        return "\(ImpactWords.label(step)) \(step.state.rawValue)\(cause) · "
            + ImpactWords.shortened(step.instruction, to: 300)
    }

    /// Text that ends at the box, however wide its letters are.
    private func text(_ text: String, _ style: String, x: Int, y: Int, width: Int, baseline: Int) -> String {
        "<svg x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(Self.header)\">"
            + "<text class=\"\(style)\" x=\"0\" y=\"\(baseline)\">\(escaped(text))</text></svg>"
    }

    /// An arrow that passes below the boxes between its ends where its direct way would cross one of them.
    private func arrow(
        from source: Box, to target: Box, at row: Int, past boxes: some Sequence<Box>, kind: String
    ) -> String {
        let (x, y) = (source.right, source.exit)
        let end = target.left - 7
        let between = boxes.filter { $0.left > x && $0.right < target.left }
        let isBlocked = between.contains { $0.top <= max(y, row) && min(y, row) <= $0.bottom }
        var way = "M\(x) \(y) "
        if isBlocked, let lowest = between.map(\.bottom).max() {
            let lane = lowest + Self.laneBelow
            let (before, after) = (x + Self.gap, target.left - Self.gap)
            let middle = x + Self.gap / 2
            way += "C\(middle) \(y) \(middle) \(lane) \(before) \(lane) H\(after) "
            way += "C\(after + Self.gap / 2) \(lane) \(end - Self.gap / 2) \(row) \(end) \(row)"
        } else {
            let bend = max(30, (end - x) / 2)
            way += "C\(x + bend) \(y) \(end - bend) \(row) \(end) \(row)"
        }
        return
            "<path class=\"\(kind)\" d=\"\(way)\"/><path class=\"tip\" d=\"M\(end) \(row - 4) l7 4 l-7 4 z\"/>\n"
    }
}
