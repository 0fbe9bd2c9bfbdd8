internal import Dockerfile
internal import Facts

/// What a step is for, and whether it is cheap to run again, by the same facts that the checks use.
struct StepClass {
    let kind: StepKind
    /// All caches that the step uses are kept in cache mounts, and nothing switches them off.
    let hasWorkingCache: Bool

    /// For each manager that brings in dependencies in a stage, the index of the first step in which it does.
    struct Fetching {
        private var first: [PackageManager: Int] = [:]

        init(_ stage: StageFacts) {
            for step in stage.steps {
                for invocation in step.invocations
                where invocation.action == .install || invocation.action == .fetch {
                    if first[invocation.manager] == nil { first[invocation.manager] = step.index }
                }
            }
        }

        func isDone(by manager: PackageManager, before step: StepFacts) -> Bool {
            first[manager].map { $0 < step.index } ?? false
        }
    }

    /// - Parameters:
    ///   - facts: of the step.
    ///   - fetching: of its stage, for what runs before it.
    init(_ facts: StepFacts, _ fetching: Fetching) {
        switch facts.instruction.body {
        case .from: self.init(.base)
        case .copy: self.init(facts.step.copy?.origin == .context ? .code : .other)
        case .run: self.init(run: facts, fetching)
        default: self.init(.other)
        }
    }

    private init(_ kind: StepKind, hasWorkingCache: Bool = false) {
        self.kind = kind
        self.hasWorkingCache = hasWorkingCache
    }

    private init(run facts: StepFacts, _ fetching: Fetching) {
        let invocations = facts.invocations
        let brings = invocations.filter {
            $0.action == .install || $0.action == .fetch || $0.action == .update
        }
        if brings.contains(where: \.manager.isForSystem) {
            self.init(.system)
            return
        }
        // `go build` or `mvn package` on their own download what is missing.
        let building = invocations.filter { $0.action == .build }
        let downloading = building.filter {
            !$0.isOffline && !$0.caches.isEmpty && !fetching.isDone(by: $0.manager, before: facts)
        }
        let dependencies = brings + downloading
        if !dependencies.isEmpty {
            // What keeps no cache at all (`mix local.hex`) is small beside what does.
            let caching = dependencies.filter { !$0.caches.isEmpty }
            self.init(
                .dependencies, hasWorkingCache: !caching.isEmpty && caching.allSatisfy(Self.isCached))
        } else if !building.isEmpty || facts.weight == .heavy {
            self.init(
                .build, hasWorkingCache: !building.isEmpty && building.allSatisfy(Self.isCached))
        } else {
            self.init(.other)
        }
    }

    private static func isCached(_ invocation: Invocation) -> Bool {
        let caches = invocation.caches.filter { !$0.cache.isMinor }
        return invocation.defeats.isEmpty && !caches.isEmpty
            && caches.allSatisfy { if case .cacheMount = $0.coverage { true } else { false } }
    }
}

extension Verdict {
    /// The verdict where these steps run again.
    init(of steps: some Sequence<StepImpact>) {
        self = steps.map(Self.init(of:)).max() ?? .none
    }

    private init(of step: StepImpact) {
        switch step.kind {
        case .base, .system: self = .slow
        case .dependencies: self = step.hasWorkingCache ? .medium : .slow
        case .build, .code, .other: self = .fast
        }
    }
}
