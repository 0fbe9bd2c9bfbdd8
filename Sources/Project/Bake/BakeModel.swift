package import Diagnostics
import HCL
package import SourceText

/// The targets and groups of bake files that are read together, everything worked out.
package struct BakeModel: Sendable {
    /// Those that files state, in their order, with what they inherit.
    package private(set) var targets: [BakeTarget] = []
    /// What groups name, and what the label of a matrix stands for.
    package private(set) var groups: [String: [String]] = [:]
    package private(set) var problems: [BakeProblem] = []
    /// Targets that others inherit.
    private var inherited: Set<String> = []
    /// Targets that groups name, and that are named contexts of others.
    private var asked: Set<String> = []

    /// - Parameters:
    ///   - sources: in the order in which bake reads them.
    ///   - base: targets of compose files, which are read before.
    ///   - given: values of variables, as the environment would have them.
    package init(
        _ sources: [SourceText], over base: [BakeTarget] = [], given: [String: String] = [:],
        work: inout WorkBudget
    ) {
        var files: [BakeFile] = []
        for source in sources {
            do throws(HCLError) { files.append(try BakeFile(source)) } catch {
                problems.append(
                    BakeProblem(
                        message: "is not read: \(error.message)",
                        place: BakePlace(path: source.path, range: error.range)))
            }
        }
        var evaluation = BakeEvaluation(files, given: given)
        // Where one target takes too much, there is still something left for what the others inherit.
        let (blocks, groups) = work.lend(work.left / 2) { evaluation.run(work: &$0) }
        problems += evaluation.problems
        for group in groups { self.groups[group.name] = group.targets }
        for (label, names) in evaluation.renamed where self.groups[label] == nil {
            self.groups[label] = names
        }
        resolve(blocks, over: base, &work)
        for group in groups { asked.formUnion(group.targets) }
        for target in targets {
            for context in (target.attributes["contexts"]?.members ?? [:]).values {
                if let text = context.text, text.hasPrefix("target:") {
                    asked.insert(String(text.dropFirst("target:".count)))
                }
            }
        }
        let names = Set(targets.map(\.name)).union(base.map(\.name)).union(self.groups.keys)
        for group in groups {
            for member in group.targets where !names.contains(member) {
                problems.append(
                    BakeProblem(
                        message: "group \(group.name) names \(member), which there is not", place: group.place
                    ))
            }
        }
        problems = Array(problems.prefix(Limits.bakeProblems))
    }

    /// Whether something builds a target: a group, another target as its context, or whoever names it. Those that others
    /// inherit are there for that.
    func isBuilt(_ name: String) -> Bool {
        asked.contains(name) || !inherited.contains(name) && !name.hasPrefix("_")
    }

    /// Whether bake takes a text as the name of a target.
    /// Source: docker/buildx, `bake/bake.go`, `targetNamePattern`.
    static func isTarget(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    // MARK: - Inheritance

    private mutating func resolve(
        _ blocks: [BakeTarget], over base: [BakeTarget], _ work: inout WorkBudget
    ) {
        var own: [String: BakeTarget] = [:]
        for target in base { own[target.name] = target }
        var order: [String] = []
        var stated: Set<String> = []
        for block in blocks {
            if stated.insert(block.name).inserted { order.append(block.name) }
            if own[block.name] != nil {
                own[block.name]?.merge(block)
            } else {
                own[block.name] = block
            }
        }
        for target in own.values { inherited.formUnion(Self.parents(of: target)) }
        var inheritance = Inheritance(own: own)
        let places = Dictionary(blocks.map { ($0.name, $0.place) }) { first, _ in first }
        for name in order {
            guard let target = inheritance.resolved(name, work: &work), work.spend(target.size),
                let place = places[name]
            else {
                let message =
                    work.isSpent ? WorkBudget.note : "target \(name) inherits through too many others"
                if let place = places[name] { problems.append(BakeProblem(message: message, place: place)) }
                if work.isSpent { break }
                continue
            }
            targets.append(target.stated(at: place))
        }
        for (name, parent) in inheritance.missing {
            guard let place = places[name] else { continue }
            problems.append(
                BakeProblem(message: "target \(name) inherits \(parent), which there is not", place: place))
        }
    }

    fileprivate static func parents(of target: BakeTarget) -> [String] {
        (target.attributes["inherits"]?.elements ?? []).compactMap(\.text)
    }
}

/// Targets with what they inherit, each made once.
/// Source: docker/buildx, `bake/bake.go`, `Config.target`.
private struct Inheritance {
    let own: [String: BakeTarget]
    private var known: [String: BakeTarget] = [:]
    /// Those that are being made.
    private var open: Set<String> = []
    /// One of those was met again, so that what is made now lacks it.
    private var hasMetItself = false
    /// Names that are inherited and are no target's, with who does.
    private(set) var missing: [(name: String, parent: String)] = []

    init(own: [String: BakeTarget]) { self.own = own }

    /// Later ones win, its own attributes last. A target that inherits itself gives nothing there.
    /// - Returns: nil for a chain that is too long, and where the budget is spent.
    mutating func resolved(_ name: String, work: inout WorkBudget) -> BakeTarget? {
        if let target = known[name] { return target }
        guard let target = own[name], open.count < Limits.bakeInherits, work.spend() else { return nil }
        if open.isEmpty { hasMetItself = false }
        open.insert(name)
        defer { open.remove(name) }
        var result = BakeTarget(name: name, place: target.place)
        for parent in BakeModel.parents(of: target) {
            guard own[parent] != nil else {
                missing.append((name, parent))
                continue
            }
            if open.contains(parent) {
                hasMetItself = true
                continue
            }
            guard let parent = resolved(parent, work: &work), work.spend(parent.size) else { return nil }
            result.merge(parent)
        }
        // What is not known may say anything.
        if let unknown = target.unknown(in: "inherits") {
            for attribute in BakeTarget.types.keys where result.attributes[attribute] == nil {
                result.attributes[attribute] = .unknown(unknown)
            }
        }
        result.merge(target)
        result.normalize()
        if open.count == 1 || !hasMetItself { known[name] = result }
        return result
    }
}
