import Testing

/// The model against what Docker Engine 28.5 did with each pair; `EngineConformanceTests` asks the engine again.
@Suite struct RecordedTruthTests {
    static let truths = try! Truth.recorded("forky")

    @Test(arguments: Pair.all.filter { truths[$0.name] != nil })
    func theModelAgrees(_ pair: Pair) async throws {
        let repository = try await ScratchRepository(pair)
        defer { repository.remove() }
        let differences = try await pair.predicted(in: repository).differences(
            from: Self.truths[pair.name]!.states)
        #expect(differences.isEmpty, "\(pair.name): \(differences)")
    }

    @Test func pairsHaveNamesOfTheirOwn() {
        #expect(Set(Pair.all.map(\.name)).count == Pair.all.count)
        #expect(Pair.all.count >= 150)
        let without = Pair.all.filter { Self.truths[$0.name] == nil }.map(\.name)
        // BuildKit cannot transfer a name that is not UTF-8 (gRPC refuses it).
        #expect(without == ["copy-invalid-utf8-name"])
    }
}
