internal import Diagnostics

/// How the steps of a build are written in its recorded Dockerfile, with single blanks.
///
/// A step's name has values of variables in it; what is written there does not change with them.
package struct WrittenSteps: Sendable {
    private let texts: [Int: String]

    /// Of ranges that overlap, as no Dockerfile has them, no more is read than `Limits.maskingWork`.
    package init(_ record: BuildRecord) {
        let lines =
            record.dockerfile?.text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            ?? []
        var budget = WorkBudget(Limits.maskingWork)
        var texts: [Int: String] = [:]
        for (index, vertex) in record.vertices.enumerated() {
            guard vertex.step != nil, let range = vertex.lines, range.lowerBound > 0,
                range.upperBound <= lines.count
            else { continue }
            var words: [UInt8] = []
            for line in lines[range.lowerBound - 1..<range.upperBound] {
                guard budget.spend(line.count + 1) else { break }
                words += line
                words.append(UInt8(ascii: " "))
            }
            guard !budget.isSpent else { break }
            texts[index] = StepIdentity.collapsed(String(decoding: words, as: UTF8.self))
        }
        self.texts = texts
    }

    package var all: Set<String> { Set(texts.values) }

    /// - Parameter vertex: an index of the record's.
    /// - Returns: nil where the source does not tell.
    package func text(of vertex: Int) -> String? { texts[vertex] }
}
