extension Build {
    /// What makes two statements one build: everything but the name.
    struct Key: Hashable {
        let dockerfile: String
        let context: BuildSource
        let target: String?
        let args: [String: String?]
        let platforms: [String]
        let namedContexts: [String: BuildSource]
        let noCache: Bool
        let cacheFrom: [String]
        let cacheTo: [String]
        let noCacheStages: [String]
        let runOptions: RunOptions

        init(_ build: StatedBuild, dockerfile: String) {
            self.dockerfile = dockerfile
            context = build.context
            target = build.target
            args = build.args
            platforms = build.platforms
            namedContexts = build.namedContexts
            noCache = build.noCache
            cacheFrom = build.cacheFrom
            cacheTo = build.cacheTo
            noCacheStages = build.noCacheStages
            runOptions = RunOptions(build.options)
        }
    }

    init(_ build: StatedBuild, dockerfile: String) {
        self.init(
            name: build.name ?? dockerfile, dockerfile: dockerfile, context: build.context,
            target: build.target,
            args: build.args, platforms: build.platforms, namedContexts: build.namedContexts,
            noCache: build.noCache, cacheFrom: build.cacheFrom, cacheTo: build.cacheTo,
            statedBy: [build.statement] + build.commands)
        builders = [build.builder]
        changes = build.changes
        otherArguments = build.otherArguments
        noCacheStages = build.noCacheStages
        runOptions = RunOptions(build.options)
        otherValues = build.otherValues
        argumentFiles = build.bakedBy
        unknownOptions = build.unknownOptions
        pulls = build.pulls
        openStatement = build.openedBy ?? (build.mayHaveMore ? build.statement : nil)
        environmentValues = build.environmentValues
    }

    /// Adds what another statement of the same build says.
    /// - Parameter isNew: the build does not have the statement yet.
    mutating func add(_ other: StatedBuild, isNew: Bool) {
        if isNew { statedBy.append(other.statement) }
        statedBy += other.commands.filter { !statedBy.contains($0) }
        builders.insert(other.builder)
        pulls = pulls || other.pulls
        if openStatement == nil {
            openStatement = other.openedBy ?? (other.mayHaveMore ? other.statement : nil)
        }
        changes.merge(other.changes) { first, second in first == .everyBuild ? first : second }
        otherArguments = otherArguments.both(other.otherArguments)
        otherValues.merge(other.otherValues) { $0.union($1) }
        argumentFiles.formUnion(other.bakedBy)
        unknownOptions.formUnion(other.unknownOptions)
    }

    /// The context in a text that sorts.
    var contextText: String {
        switch context {
        case .directory(let path): path
        case .elsewhere(let text): text
        case .unknown: ""
        }
    }

    /// By Dockerfile, context, target and name.
    static func inOrder(_ builds: [Build]) -> [Build] {
        // A build is large: the sorting moves numbers.
        let texts = builds.map { ($0.dockerfile, $0.contextText, $0.target ?? "", $0.name) }
        return builds.indices.sorted { texts[$0] < texts[$1] }.map { builds[$0] }
    }

    /// Names that several builds share get the Dockerfile, then the target, then a number.
    static func withUniqueNames(_ builds: [Build]) -> [Build] {
        var counts: [String: Int] = [:]
        for build in builds { counts[build.name, default: 0] += 1 }
        var taken: Set<String> = []
        // Where counting goes on, so that many builds of one name do not each begin at 2.
        var next: [String: Int] = [:]
        return builds.map { build in
            var name = build.name
            if let count = counts[name], count > 1, name != build.dockerfile {
                name += " (\(build.dockerfile))"
            }
            if taken.contains(name), let target = build.target { name += " [\(target)]" }
            let base = name
            while !taken.insert(name).inserted {
                let number = next[base] ?? 2
                name = "\(base) #\(number)"
                next[base] = number + 1
            }
            var named = build
            named.name = name
            return named
        }
    }
}

extension OtherArguments {
    /// What both leave open: a build that fails as one of its statements has it does fail.
    fileprivate func both(_ other: OtherArguments) -> OtherArguments {
        switch (self, other) {
        case (.any, let open), (let open, .any): open
        case (.only(let left), .only(let right)): .only(left.intersection(right))
        }
    }
}
