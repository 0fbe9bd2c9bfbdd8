internal import BuildContext
internal import Diagnostics

/// What a computation of keys asks of a context.
enum ContextQuery: Hashable {
    case digest(ContextSource, isShared: Bool)
    case landing(ContextSource, at: ContextPath, isFolderDestination: Bool)
    case matching(ContextSource, String)
    case isMissing(ContextSource)
    case isFolder(ContextSource)
    case mayHoldSymlinks

    /// What a context says to that: of what shape, and what the files are.
    struct Answer {
        let shape: Shape
        let digest: KeyDigest?
    }

    /// What the computation goes on with, whatever the files hold.
    enum Shape: Hashable {
        case digest, file, nothing, unclear
        case isTrue(Bool)
        case folder(ContextSource)
        case link(path: String, target: String, rest: String)
    }
}

/// The questions of computations, each once, in the order in which they were first asked.
final class ContextQueries {
    private(set) var all: [ContextQuery] = []
    private var known: Set<ContextQuery> = []

    func add(_ query: ContextQuery) {
        if known.insert(query).inserted { all.append(query) }
    }
}

extension ContextKeys {
    func answer(_ query: ContextQuery) -> ContextQuery.Answer {
        switch query {
        case .digest(let source, let isShared):
            return ContextQuery.Answer(shape: .digest, digest: digest(source, isShared: isShared))
        case .landing(let source, let path, let isFolderDestination):
            return answer(landing(source, at: path, isFolderDestination: isFolderDestination))
        case .matching(let source, let pattern): return answer(landing(source, matching: pattern))
        case .isMissing(let source): return answer(isMissing(source))
        case .isFolder(let source): return answer(isFolder(source))
        case .mayHoldSymlinks: return answer(mayHoldSymlinks)
        }
    }

    private func answer(_ isTrue: Bool) -> ContextQuery.Answer {
        ContextQuery.Answer(shape: .isTrue(isTrue), digest: nil)
    }

    private func answer(_ landing: Landing) -> ContextQuery.Answer {
        switch landing {
        case .file(let digest): ContextQuery.Answer(shape: .file, digest: digest)
        case .folder(let source): ContextQuery.Answer(shape: .folder(source), digest: nil)
        case .link(let digest, let path, let target, let rest):
            ContextQuery.Answer(shape: .link(path: path, target: target, rest: rest), digest: digest)
        case .nothing: ContextQuery.Answer(shape: .nothing, digest: nil)
        case .unclear: ContextQuery.Answer(shape: .unclear, digest: nil)
        }
    }
}

/// Comparisons of one build with which others are equal but for what files hold.
///
/// Which steps run again depends on which answers of the contexts differ, and on nothing else that changes from commit to
/// commit, as long as no answer of one side is that to another question on the other. So a replay computes keys once for
/// each set of answers that differ.
struct KnownComparisons {
    private let queries: [(context: String, query: ContextQuery, shape: ContextQuery.Shape)]
    private var comparisons: [[Int]: BuildComparison] = [:]

    /// - Parameters:
    ///   - contexts: what was asked of each, by both sides.
    /// - Returns: nil where the sides have not asked the same.
    init?(_ contexts: [ContextComparison]) {
        var queries: [(context: String, query: ContextQuery, shape: ContextQuery.Shape)] = []
        for context in contexts {
            guard let base = context.base, let asked = context.head.queries?.all,
                base.queries?.all ?? [] == asked
            else { return nil }
            for query in asked {
                queries.append((context.head.name, query, context.head.answer(query).shape))
            }
        }
        self.queries = queries
    }

    /// Which answers differ; nil where computations would ask otherwise, or what one side has here the other has there.
    func difference(_ contexts: [ContextComparison]) -> [Int]? {
        var differing: [Int] = []
        var before: Set<KeyDigest> = []
        var after: [KeyDigest] = []
        for (index, (name, query, shape)) in queries.enumerated() {
            guard let context = contexts.first(where: { $0.head.name == name }), let base = context.base,
                !context.isCutShort
            else { return nil }
            let (old, new) = (base.answer(query), context.head.answer(query))
            guard old.shape == shape, new.shape == shape else { return nil }
            if let digest = old.digest { before.insert(digest) }
            if old.digest != new.digest {
                differing.append(index)
                if let digest = new.digest { after.append(digest) }
            }
        }
        return after.contains(where: before.contains) ? nil : differing
    }

    /// - Returns: nil where none with these differences is known.
    func comparison(_ difference: [Int], _ contexts: [ContextComparison]) -> BuildComparison? {
        var known = comparisons[difference]
        known?.contexts = contexts
        return known
    }

    mutating func add(_ comparison: BuildComparison, _ difference: [Int]) {
        if comparisons.count < Limits.knownComparisons { comparisons[difference] = comparison }
    }
}
