internal import Project

/// Which build of the base is compared with a build of the head.
///
/// Builds of a matrix have one Dockerfile, context and target; they are told apart by what is asked, not by their place.
struct BuildPairing {
    private let pairs: [String: Build]

    /// - Parameters:
    ///   - head: builds with names of their own.
    ///   - base: the same of the other side.
    init(head: [Build], base: [Build]) {
        var pairs: [String: Build] = [:]
        var isTaken = [Bool](repeating: false, count: base.count)
        let ofDockerfile = Dictionary(grouping: base.indices) { base[$0].dockerfile }
        let ofName = Dictionary(grouping: base.indices) { base[$0].name }
        func pair(_ rule: (Build, Build) -> Bool, isTakenAllowed: Bool = false) {
            for build in head where pairs[build.name] == nil {
                let candidates = (ofName[build.name] ?? []) + (ofDockerfile[build.dockerfile] ?? [])
                let found = candidates.first { (isTakenAllowed || !isTaken[$0]) && rule(build, base[$0]) }
                guard let found else { continue }
                pairs[build.name] = base[found]
                isTaken[found] = true
            }
        }
        pair { $0.isAskedLike($1) }
        // A leg whose values changed was the one that has most of them.
        for build in head where pairs[build.name] == nil {
            let left = (ofDockerfile[build.dockerfile] ?? []).filter {
                !isTaken[$0] && build.target == base[$0].target && build.context == base[$0].context
            }
            guard left.count > 1 else { continue }
            let likeness = left.map { build.likeness(to: base[$0]) }
            guard let most = likeness.max(), most > 0, let found = likeness.firstIndex(of: most) else {
                continue
            }
            pairs[build.name] = base[left[found]]
            isTaken[left[found]] = true
        }
        pair { $0.name == $1.name && $0.dockerfile == $1.dockerfile && $0.target == $1.target }
        pair { $0.dockerfile == $1.dockerfile && $0.target == $1.target && $0.context == $1.context }
        pair { $0.name == $1.name && $0.target == $1.target }
        // A further leg finds what the others have left.
        pair(
            { $0.dockerfile == $1.dockerfile && $0.target == $1.target && $0.context == $1.context },
            isTakenAllowed: true)
        self.pairs = pairs
    }

    func before(_ build: Build) -> Build? { pairs[build.name] }
}

extension Build {
    /// How many values another build is passed as well.
    fileprivate func likeness(to other: Build) -> Int {
        args.count { name, value in value != nil && other.args[name] == value }
            + (platforms == other.platforms && !platforms.isEmpty ? 1 : 0)
    }
}

/// The builds of one side that make what others stand on.
struct BuildMakers {
    private var ofService: [String: [BuildStatement]] = [:]
    private var ofImage: [String: Build] = [:]
    private let builds: [Build]

    var isEmpty: Bool { ofService.isEmpty && ofImage.isEmpty }
    var makesImages: Bool { !ofImage.isEmpty }

    init() { builds = [] }

    init(_ builds: [Build], _ statements: [BuildStatement]) {
        self.builds = builds
        for statement in statements {
            guard let build = statement.build else { continue }
            if statement.kind == .compose || statement.kind == .bake, let name = statement.name {
                ofService[name, default: []].append(statement)
            }
            for option in statement.options("tag") {
                guard let tag = option.value, !tag.isEmpty else { continue }
                let name = ImageReference.normalized(tag)
                if ofImage[name] == nil { ofImage[name] = build }
            }
        }
    }

    /// `target:NAME` of bake and `service:NAME` of compose; an image by its name.
    func maker(ofContext text: String, for build: Build) -> Build? {
        if text.hasPrefix("docker-image://") {
            return maker(ofImage: ImageReference.normalized(String(text.dropFirst("docker-image://".count))))
        }
        guard let scheme = ["target:", "service:"].first(where: { text.hasPrefix($0) }) else { return nil }
        let found = ofService[String(text.dropFirst(scheme.count))] ?? []
        let same = found.first { statement in build.statedBy.contains { $0.path == statement.path } }
        return (same ?? found.first)?.build.map(named)
    }

    func maker(ofImage name: String) -> Build? { ofImage[name].map(named) }

    /// By the name that the report has for it.
    private func named(_ build: Build) -> Build { builds.first { $0.isAskedLike(build) } ?? build }
}
