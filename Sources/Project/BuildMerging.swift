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
        }
    }

    init(_ build: StatedBuild, dockerfile: String) {
        self.init(
            name: build.name ?? dockerfile, dockerfile: dockerfile, context: build.context,
            target: build.target,
            args: build.args, platforms: build.platforms, namedContexts: build.namedContexts,
            noCache: build.noCache, cacheFrom: build.cacheFrom, cacheTo: build.cacheTo,
            statedBy: [build.statement])
        changes = build.changes
    }

    private func copy(name: String? = nil, statedBy: [Statement]? = nil) -> Build {
        var copy = Build(
            name: name ?? self.name, dockerfile: dockerfile, context: context, target: target, args: args,
            platforms: platforms, namedContexts: namedContexts, noCache: noCache, cacheFrom: cacheFrom,
            cacheTo: cacheTo, statedBy: statedBy ?? self.statedBy)
        copy.changes = changes
        return copy
    }

    /// With what another statement of the same build adds to it.
    func adding(_ other: StatedBuild) -> Build {
        let isNew = !statedBy.contains(other.statement)
        var build = isNew ? copy(statedBy: statedBy + [other.statement]) : self
        build.changes.merge(other.changes) { first, second in first == .everyBuild ? first : second }
        return build
    }

    /// The context in a text that sorts.
    var contextText: String {
        switch context {
        case .directory(let path): path
        case .elsewhere(let text): text
        case .unknown: ""
        }
    }

    /// Names that several builds share get the Dockerfile, then the target, then a number.
    static func withUniqueNames(_ builds: [Build]) -> [Build] {
        var counts: [String: Int] = [:]
        for build in builds { counts[build.name, default: 0] += 1 }
        var taken: Set<String> = []
        return builds.map { build in
            var name = build.name
            if counts[name]! > 1, name != build.dockerfile { name += " (\(build.dockerfile))" }
            if taken.contains(name), let target = build.target { name += " [\(target)]" }
            var number = 2
            let base = name
            while !taken.insert(name).inserted {
                name = "\(base) #\(number)"
                number += 1
            }
            return name == build.name ? build : build.copy(name: name)
        }
    }
}
