import BuildRecords
import Impact
import Testing

/// The reasons that records alone show, each with a case that differs from it in one thing.
@Suite struct MissAnalysisTests {
    /// `FROM` > `COPY` > `RUN npm ci` > `RUN make`, as an archive tells it.
    private static func record(
        ran: Set<String> = [], change: (inout BuildRecord) -> Void = { _ in }
    ) -> BuildRecord {
        var record = BuildRecord(source: .archive, status: .completed)
        let texts = ["FROM docker.io/library/node:22@sha256:aa", "COPY . .", "RUN npm ci", "RUN make 1"]
        for (index, text) in texts.enumerated() {
            let isBase = index == 0
            var vertex = BuildVertex(
                name: "[build \(index + 1)/4] \(text)", category: .step,
                outcome: isBase || ran.contains(text) ? .ran : .cached)
            vertex.step = StepName(stage: "build", number: index + 1, of: 4, text: text)
            vertex.inputs = isBase ? [] : [index - 1]
            vertex.milliseconds = ran.contains(text) ? 1000 * (index + 1) : 0
            vertex.definition = "definition \(index)"
            let line = index == 3 ? 5 : index + 1
            vertex.lines = line...line
            record.vertices.append(vertex)
        }
        record.dockerfile = RecordedDockerfile(
            path: "Dockerfile", text: Array("FROM node:22\nCOPY . .\nRUN npm ci\nARG N\nRUN make $N\n".utf8))
        record.platforms = ["linux/amd64"]
        change(&record)
        return record
    }

    private func miss(_ record: BuildRecord, _ earlier: BuildRecord?) throws -> Miss {
        let misses = MissAnalysis(record, earlier: earlier, prediction: nil).misses
        #expect(misses.count == 1)
        return try #require(misses.first)
    }

    @Test func whatFollowsARootIsNoRoot() throws {
        let analysis = MissAnalysis(
            Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]), earlier: Self.record(),
            prediction: nil)
        let miss = try #require(analysis.misses.first)
        #expect(analysis.misses.count == 1)
        #expect(miss.step.name == "[build 2/4] COPY . .")
        #expect(miss.followers.map(\.name) == ["[build 3/4] RUN npm ci", "[build 4/4] RUN make 1"])
        #expect(miss.milliseconds == 9000)
        #expect(MissAnalysis(Self.record(), earlier: nil, prediction: nil).misses.isEmpty)
    }

    @Test func aChangedArgumentIsCertainWhereItIsTheOnlyOne() throws {
        func now(_ names: [String]) -> BuildRecord {
            Self.record(ran: ["RUN make 1"]) { record in
                record.vertices[3].step?.text = "RUN make 2"
                record.arguments = names.map { BuildArgument(name: $0, hash: "new") }
            }
        }
        let then = Self.record { $0.arguments = [BuildArgument(name: "N", hash: "old")] }
        let one = try miss(now(["N"]), then)
        #expect(one.reason == .argumentValue)
        #expect(one.certainty == .certain)
        #expect(one.evidence == "N")
        // What no ARG takes is no part of any key.
        #expect(try miss(now(["HTTP_PROXY", "N"]), then).evidence == "N")
        // Another default is an edit of the Dockerfile.
        let edited = Self.record {
            $0.arguments = then.arguments
            $0.dockerfile?.text = Array("FROM node:22\nCOPY . .\nRUN npm ci\nARG N=1\nRUN make $N\n".utf8)
        }
        #expect(try miss(now(["N"]), edited).certainty == .likely)
    }

    @Test func stepsAboveThatDifferAreTold() throws {
        // `RUN make 1` stands on the COPY now, as `RUN npm ci` was deleted.
        let now = Self.record(ran: ["RUN make 1"]) { record in
            record.vertices.remove(at: 2)
            record.vertices[2].inputs = [1]
        }
        let above = try miss(now, Self.record())
        #expect(above.reason == .stepAbove)
        #expect(above.evidence == "it stood on `RUN npm ci` before")
        let base = Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) { record in
            record.vertices[0].step?.text = "FROM docker.io/library/node:24@sha256:bb"
        }
        let edited = try miss(base, Self.record())
        #expect(edited.reason == .instructionChanged)
        #expect(edited.evidence.contains("node:22"))
    }

    @Test func whatTheEarlierBuildDidNotFinishIsInNoCache() throws {
        let earlier = Self.record { $0.vertices[3].outcome = .failed }
        #expect(try miss(Self.record(ran: ["RUN make 1"]), earlier).reason == .neverBuilt)
    }

    @Test func whatStandsOnAStepOfABuildBesideItIsNotFound() throws {
        let record = Self.record(ran: ["RUN make 1"]) { $0.vertices[2].outcome = .shared }
        let found = try miss(record, Self.record())
        #expect(found.step.step?.text == "RUN make 1")
        #expect(found.reason == .concurrentBuilds && found.certainty == .likely)
        #expect(found.evidence.contains("RUN npm ci"))
        // It was never built before.
        #expect(try miss(record, nil).possible.contains(.concurrentBuilds))
        #expect(try miss(Self.record(ran: ["RUN make 1"]), Self.record()).reason == .unknown)
    }

    /// BuildKit tells a step that builds have in common by the name that it has in the one that came first.
    @Test func aStepThatAnotherBuildBeganWasNotEdited() throws {
        func now(_ start: Int) -> BuildRecord {
            Self.record(ran: ["RUN make 1"]) { record in
                record.vertices[3].step?.stage = "other"
                record.vertices[3].intervals = [start..<4000]
            }
        }
        #expect(try miss(now(0), Self.record()).reason == .unknown)
        let renamed = try miss(now(1), Self.record())
        #expect(renamed.reason == .instructionChanged && renamed.certainty == .likely)
    }

    @Test func aLogThatTellsNoPlatformIsOfTheSame() throws {
        let log = Self.record { $0.platforms = [] }
        #expect(try miss(Self.record(ran: ["RUN npm ci"]), log).reason == .unknown)
        #expect(
            try miss(Self.record(ran: ["RUN npm ci"]) { $0.platforms = [] }, Self.record()).reason == .unknown
        )
    }

    /// A log has values of variables in its texts, and does not tell that the build was to run without its cache.
    @Test func aLogTellsLess() throws {
        func log(ran: Set<String> = [], _ change: (inout BuildRecord) -> Void = { _ in }) -> BuildRecord {
            Self.record(ran: ran) { record in
                record.source = .rawJSON
                record.dockerfile = nil
                record.vertices[1].step?.text = "WORKDIR /src"
                record.vertices[2].step?.text = "COPY . ."
                change(&record)
            }
        }
        let other = log(ran: ["RUN make 1"]) { $0.vertices[3].step?.text = "RUN make 2" }
        let edited = try miss(other, log())
        #expect(edited.reason == .instructionChanged && edited.possible == [.argumentValue])
        #expect(try miss(log(ran: ["RUN npm ci"]), log()).reason == .contextFile)
        let uncached = try miss(log(ran: ["RUN npm ci", "RUN make 1"]), log())
        #expect(uncached.certainty == .open)
        #expect(uncached.possible.contains(.noCache) && uncached.possible.contains(.contextFile))
    }

    @Test func aBuildThatDidNotEndIsNotCached() {
        let now = Self.record { record in
            record.status = .unknown
            record.vertices[3].outcome = .notReached
        }
        let analysis = MissAnalysis(now, earlier: nil, prediction: nil)
        #expect(analysis.misses.isEmpty)
        #expect(!analysis.isWhole)
        #expect(analysis.unreached == 1)
    }

    @Test func anEditOfTheDockerfileIsTold() throws {
        let now = Self.record(ran: ["RUN make 1"]) { record in
            record.vertices[3].step?.text = "RUN make all"
            record.dockerfile?.text = Array("FROM node:22\nCOPY . .\nRUN npm ci\nARG N\nRUN make all\n".utf8)
        }
        let edited = try miss(now, Self.record())
        #expect(edited.reason == .instructionChanged)
        #expect(edited.certainty == .certain)
        #expect(edited.evidence.contains("RUN make 1"))
        // Without the text of the Dockerfile, it may be the value of a variable.
        let unknown = try miss(
            Self.record(ran: ["RUN make 1"]) { record in
                record.vertices[3].step?.text = "RUN make all"
                record.dockerfile = nil
            }, Self.record())
        #expect(unknown.certainty == .likely)
    }

    @Test func aMovedBaseIsCertain() throws {
        let now = Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) { record in
            record.vertices[0].step?.text = "FROM docker.io/library/node:22@sha256:bb"
        }
        let moved = try miss(now, Self.record())
        #expect(moved.reason == .baseMoved)
        #expect(moved.certainty == .certain)
        #expect(moved.evidence == "docker.io/library/node:22 was sha256:aa, and is sha256:bb")
        // A step that does not stand on it has another reason.
        let other = Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) { record in
            record.vertices[0].step?.text = "FROM docker.io/library/node:22@sha256:bb"
            record.vertices[1].inputs = []
        }
        #expect(try miss(other, Self.record()).reason != .baseMoved)
    }

    @Test func anotherDefinitionUnderTheSameTextIsTheEnvironment() throws {
        let now = Self.record(ran: ["RUN npm ci", "RUN make 1"]) { $0.vertices[2].definition = "other" }
        let environment = try miss(now, Self.record())
        #expect(environment.reason == .environmentValue)
        #expect(environment.certainty == .likely)
    }

    @Test func whatReadsTheContextLikelyReadAnotherFile() throws {
        let now = Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) { record in
            // Another step of the build came from the cache.
            var other = BuildVertex(name: "[x 1/1] RUN x", category: .step, outcome: .cached)
            other.step = StepName(stage: "x", number: 1, of: 1, text: "RUN x")
            record.vertices.append(other)
        }
        let file = try miss(now, Self.record())
        #expect(file.reason == .contextFile)
        #expect(file.certainty == .likely)
        // Where nothing came from the cache, a file is as likely as an empty cache.
        let ran: Set = ["COPY . .", "RUN npm ci", "RUN make 1"]
        let open = try miss(Self.record(ran: ran), Self.record())
        #expect(open.certainty == .open)
        #expect(Set(open.possible).isSuperset(of: [.contextFile, .coldBuilder, .pruned, .evicted]))
        // But it is none of a step that reads no file, and ran.
        func withTool(_ outcome: StepOutcome, ran: Set<String>) -> BuildRecord {
            Self.record(ran: ran) { record in
                var tool = BuildVertex(name: "[tool 1/1] RUN tool", category: .step, outcome: outcome)
                tool.step = StepName(stage: "tool", number: 1, of: 1, text: "RUN tool")
                tool.definition = "tool"
                record.vertices.append(tool)
            }
        }
        let cold = MissAnalysis(
            withTool(.ran, ran: ran), earlier: withTool(.cached, ran: []), prediction: nil)
        #expect(cold.misses.map(\.reason) == [.coldBuilder, .coldBuilder])
        #expect(cold.misses.allSatisfy { $0.possible == [.pruned, .evicted] })
    }

    @Test func optionsOfTheBuildAreCertain() throws {
        let ran: Set = ["RUN make 1"]
        #expect(try miss(Self.record(ran: ran) { $0.uncachedStages = [] }, nil).reason == .noCache)
        #expect(
            try miss(Self.record(ran: ran) { $0.uncachedStages = ["build"] }, nil).reason == .noCacheFilter)
        let other = try miss(Self.record(ran: ran) { $0.uncachedStages = ["test"] }, nil)
        #expect(other.reason == .unknown)
        #expect(other.certainty == .open)
        #expect(other.possible.contains(.evicted))
    }

    @Test func remoteCachesAreTold() throws {
        let ran: Set = ["RUN make 1"]
        let failed = Self.record(ran: ran) {
            $0.cacheImports = [CacheLocation(type: "gha", place: "main", error: "not found")]
        }
        #expect(try miss(failed, Self.record()).reason == .importFailed)
        let read = Self.record(ran: ran) { $0.cacheImports = [CacheLocation(type: "gha", place: "main")] }
        #expect(try miss(read, Self.record()).reason == .exportAbsent)
        let written = Self.record { $0.cacheExports = [CacheLocation(type: "gha", place: "main")] }
        #expect(try miss(read, written).reason == .importWithoutLayer)
        let broken = Self.record {
            $0.cacheExports = [CacheLocation(type: "gha", place: "main", error: "denied")]
        }
        #expect(try miss(read, broken).reason == .exportFailed)
    }

    @Test func anotherBuilderOrPlatform() throws {
        let ran: Set = ["RUN make 1"]
        let other = try miss(Self.record(ran: ran) { $0.builder = "b" }, Self.record { $0.builder = "a" })
        #expect(other.reason == .otherBuilder)
        let platform = try miss(Self.record(ran: ran) { $0.platforms = ["linux/arm64"] }, Self.record())
        #expect(platform.reason == .platformDiffers)
        #expect(platform.certainty == .certain)
    }

    /// That the earlier build has no such step does not say that it was edited.
    @Test func aStepForAnotherPlatformOrTargetWasNotEdited() throws {
        let ran: Set = ["RUN make 1"]
        func named(_ platform: String) -> (inout BuildRecord) -> Void {
            { record in
                record.platforms = ["linux/amd64", "linux/arm64"]
                for index in record.vertices.indices { record.vertices[index].step?.platform = platform }
            }
        }
        let more = try miss(Self.record(ran: ran, change: named("linux/arm64")), Self.record())
        #expect(more.reason == .platformDiffers && more.certainty == .likely)
        // Builds for one platform do not name it in their steps.
        let fewer = try miss(Self.record(ran: ran), Self.record(change: named("linux/amd64")))
        #expect(fewer.reason == .unknown, "\(fewer)")
        let earlier = Self.record {
            $0.target = "deps"
            $0.vertices.removeLast()
        }
        let whole = try miss(Self.record(ran: ran), earlier)
        #expect(whole.reason == .neverBuilt && whole.certainty == .likely)
    }

    /// What one builder has another lacks, whatever the step reads.
    @Test func anotherBuilderIsNoFile() throws {
        let other = try miss(
            Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) {
                $0.builder = "b"
                var hit = $0.vertices[1]
                hit.outcome = .cached
                hit.step = StepName(stage: "tool", number: 2, of: 2, text: "RUN tool")
                hit.inputs = []
                $0.vertices.append(hit)
            }, Self.record { $0.builder = "a" })
        #expect(other.reason == .otherBuilder)
    }

    @Test func anotherFrontendIsLikelyWhereNothingElseDiffers() throws {
        func build(_ frontend: String?, ran: Set<String> = [], syntax: String = "") -> BuildRecord {
            Self.record(ran: ran) { record in
                if let frontend {
                    record.vertices.append(
                        BuildVertex(name: "docker-image://\(frontend)", category: .preparation, outcome: .ran)
                    )
                }
                if !ran.isEmpty { record.vertices[2].definition = "of another frontend" }
                record.dockerfile?.text.insert(contentsOf: Array(syntax.utf8), at: 0)
            }
        }
        let (old, new) = ("docker.io/docker/dockerfile:1@sha256:1", "docker.io/docker/dockerfile:1@sha256:2")
        func reason(_ then: String?, _ now: String?, syntax: String = "") throws -> MissReason {
            let miss = try miss(build(now, ran: ["RUN npm ci", "RUN make 1"], syntax: syntax), build(then))
            #expect(miss.certainty == .likely)
            return miss.reason
        }
        #expect(try reason(old, new) == .frontendChanged)
        #expect(try reason(nil, new, syntax: "# syntax=docker/dockerfile:1\n") == .frontendChanged)
        #expect(try reason(old, nil) == .frontendChanged)
        #expect(try reason(new, new) == .environmentValue)
        // An argument stands in place of the name.
        #expect(try reason("${BUILDKIT_SYNTAX}@sha256:2", new) == .environmentValue)
        #expect(try reason(old, new, syntax: "ENV A=b\n") == .environmentValue)
        var log = build(new, ran: ["RUN npm ci", "RUN make 1"])
        log.dockerfile = nil
        for index in log.vertices.indices { log.vertices[index].definition = nil }
        #expect(try miss(log, build(old)).reason == .frontendChanged)
        #expect(
            MissAnalysis(log, earlier: nil, prediction: nil).misses[0].possible.contains(.frontendChanged))
        // The scanner of an SBOM is fetched in the same way.
        var scanned = build("docker.io/docker/scanner:1@sha256:1")
        scanned.vertices.append(
            BuildVertex(
                name: "[linux/amd64] generating sbom using docker.io/docker/scanner:1",
                category: .attestation,
                outcome: .ran))
        #expect(scanned.frontend == nil)
    }

    @Test func hugeTimesAreAddedUp() throws {
        let now = Self.record(ran: ["RUN npm ci", "RUN make 1"]) { record in
            for index in record.vertices.indices { record.vertices[index].milliseconds = .max / 2 + 1 }
        }
        #expect(try miss(now, nil).milliseconds == .max)
    }

    /// No step has two roots, whatever the record says of inputs.
    @Test func hostileInputsEnd() {
        let now = Self.record(ran: ["COPY . .", "RUN npm ci", "RUN make 1"]) { record in
            for index in record.vertices.indices {
                record.vertices[index].inputs = Array(record.vertices.indices)
            }
        }
        let analysis = MissAnalysis(now, earlier: now, prediction: nil)
        #expect(analysis.misses.reduce(0) { $0 + 1 + $1.followers.count } <= 3)
    }
}
