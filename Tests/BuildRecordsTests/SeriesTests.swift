import BuildRecords
import Testing

/// What several builds have in common, and where their time went.
@Suite struct SeriesTests {
    @Test(
        arguments: [([], nil), ([5], 5), ([4, 1], 3), ([1, 9, 2], 2), ([1, 2, 10, 4], 3)] as [([Int], Int?)])
    func theMedianOfAnEvenCountIsTheMean(values: [Int], median: Int?) {
        #expect(BuildSeries.median(of: values) == median)
        #expect(BuildSeries.median(of: values + [.max, 0]) != nil)
    }

    /// `RUN make $MODE`, whose name has a value, or `${MODE}` in its place.
    private static func build(_ text: String, milliseconds: Int, hasDockerfile: Bool = true) -> BuildRecord {
        var record = BuildRecord(source: hasDockerfile ? .archive : .plain, status: .completed)
        for (number, text) in [(2, "RUN npm ci"), (3, text)] {
            var vertex = BuildVertex(name: "[\(number)/3] \(text)", category: .step, outcome: .ran)
            vertex.step = StepName(stage: nil, number: number, of: 3, text: text)
            vertex.lines = hasDockerfile ? (number + 1)...(number + 1) : nil
            vertex.milliseconds = milliseconds
            record.vertices.append(vertex)
        }
        if hasDockerfile {
            record.dockerfile = RecordedDockerfile(
                path: "Dockerfile",
                text: Array("FROM node\nARG MODE=fast\nRUN npm ci\nRUN make $MODE\n".utf8))
        }
        return record
    }

    @Test func aStepIsOneWhateverItsArgumentStandsFor() {
        let records = [
            Self.build("RUN make ${MODE}", milliseconds: 3), Self.build("RUN make fast", milliseconds: 5),
            Self.build("RUN make fast", milliseconds: 7, hasDockerfile: false),
        ]
        let steps = BuildSeries(records).steps
        #expect(steps.map(\.name.text).sorted() == ["RUN make ${MODE}", "RUN npm ci"])
        #expect(steps.allSatisfy { $0.milliseconds == [3, 5, 7] })
        let rows = BuildDifference(records[0], records[1]).rows
        #expect(rows.count == 2)
        #expect(rows.allSatisfy { $0.before?.milliseconds == 3 && $0.after?.milliseconds == 5 })
    }

    /// Two steps of one build that are written alike stay two.
    @Test func whatIsWrittenTwiceIsNotMixedUp() {
        var record = Self.build("RUN make fast", milliseconds: 3)
        var other = record.vertices[1]
        other.step?.text = "RUN make slow"
        record.vertices.append(other)
        #expect(BuildSeries([record]).steps.count == 3)
    }

    /// BuildKit loads what a remote cache holds, and tells of no layer.
    @Test func aCachedStepThatTookTimeIsInACategory() throws {
        func log(_ end: String) throws -> BuildTimings {
            BuildTimings(
                try record(
                    #"{"vertexes":[{"digest":"a","name":"[1/2] FROM node","started":"2026-01-01T00:00:00Z","#
                        + #""completed":"2026-01-01T00:00:01Z"},{"digest":"b","name":"[2/2] RUN make","#
                        + #""started":"2026-01-01T00:00:01Z","completed":"2026-01-01T00:00:0\#(end)Z","cached":true}]}"#
                ))
        }
        #expect(try log("5").share(of: .cachePull)?.milliseconds == 4000)
        #expect(try log("1").share(of: .cachePull) == nil)
    }
}
