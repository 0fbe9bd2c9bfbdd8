import Impact

/// A build, told twice: `NAME` in its Dockerfile stands for the scenario, so that none finds the layers of another.
struct ReasonScenario {
    let name: String
    let reason: MissReason
    var certainty = Miss.Certainty.likely
    /// The text of the root that the reason is of; `NAME` as in the Dockerfile.
    var root = "RUN first NAME"
    var dockerfile = Self.plain
    /// nil for the same.
    var next: String?
    var before: [String] = []
    var after: [String] = []
    /// What is written into the context between the two.
    var edit: [String: String] = [:]
    /// Without the record of the first build.
    var isAlone = false
    /// Other reasons that other roots have.
    var others: Set<MissReason> = []

    static let plain = "FROM stub:1\nCOPY a.txt /a\nRUN first NAME\nRUN second NAME\n"
    static let stages = """
        FROM stub:1 AS deps
        RUN first NAME write=/first
        FROM stub:1 AS final
        COPY b.txt /b
        COPY --from=deps /first /first
        RUN last NAME

        """
}
