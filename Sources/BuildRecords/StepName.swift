/// What the name of a step's vertex says: `[linux/arm64 build 2/5] RUN make`.
///
/// Source: BuildKit's `dockerfile2llb/convert.go` (prefixCommand), buildx's `util/progress` (WithPrefix).
package struct StepName: Sendable, Hashable {
    package var platform: String?
    /// Of an unnamed stage `stage-0`, or nil where the builder leaves it out.
    package var stage: String?
    package var number: Int
    package var of: Int
    /// The instruction with its variables expanded: `RUN make`.
    package var text: String

    package init(platform: String? = nil, stage: String?, number: Int, of: Int, text: String) {
        self.platform = platform
        self.stage = stage
        self.number = number
        self.of = of
        self.text = text
    }

    /// - Parameter vertexName: of a vertex, without a target's word.
    /// - Returns: nil for `[internal] …`, `exporting to image` and all else that is no step.
    package init?(vertexName: String) {
        guard let step = VertexName(vertexName, hasTargets: false).step else { return nil }
        self = step
    }

    /// `[build 2/5]`, without the platform.
    package var label: String { "[\(stage.map { $0 + " " } ?? "")\(number)/\(of)]" }
    /// `RUN`, in capitals.
    package var keyword: String { text.prefix { $0 != " " }.uppercased() }
    /// FROM: its lookup counts as run in every build, so it has no place in a ratio of hits.
    package var isBase: Bool { keyword == "FROM" }
}
