import Diagnostics
import HCL
import SourceText

/// Works out what bake files say: variables, functions, targets and groups, each when something needs it.
///
/// The environment of this process is no part of it: a variable has its default, or what a command gives it.
/// Sources: docs.docker.com/build/bake/reference; docker/buildx, `bake/hclparser/hclparser.go`.
struct BakeEvaluation {
    private let given: [String: String]
    private var variables: [String: Variable] = [:]
    private var definitions: [String: (block: HCLBlock, path: String)] = [:]
    /// Names that are set outside of all blocks.
    private var settings: [String: (value: HCLExpression, path: String)] = [:]
    private var blocks: [Block] = []
    /// Indices of `blocks` by what they are called.
    private var named: [String: [Int]] = [:]

    private var values: [String: HCLValue] = [:]
    private var functions: [String: HCLFunction] = [:]
    /// Attributes of blocks that are known, by block and leg.
    private var known: [Leg: [String: HCLValue]] = [:]
    /// What is being worked out: none of it may need itself.
    private var open: Set<Need> = []
    private(set) var problems: [BakeProblem] = []

    private struct Variable {
        let value: HCLExpression?
        let type: HCLExpression?
        let path: String
    }

    /// A target or group.
    private struct Block {
        let block: HCLBlock
        let path: String
        /// What a matrix gives its names, for each of its legs; one leg where there is no matrix.
        var legs: [[String: HCLValue]] = [[:]]
        var names: [String] = []
    }

    private struct Leg: Hashable {
        let block: Int
        let leg: Int
    }

    private enum Need: Hashable {
        case variable(String)
        case function(String)
        case attribute(Leg, String)
    }

    /// - Parameters:
    ///   - files: in the order in which bake reads them.
    ///   - given: values of variables, as the environment would have them.
    init(_ files: [BakeFile], given: [String: String]) {
        self.given = given
        for file in files {
            let path = file.source.path
            for attribute in file.body.attributes { settings[attribute.name] = (attribute.value, path) }
            for block in file.body.blocks {
                switch block.type {
                case "variable":
                    guard let name = block.labels.first else { break }
                    variables[name] = Variable(
                        value: block.body["default"], type: block.body["type"], path: path)
                case "function":
                    if let name = block.labels.first { definitions[name] = (block, path) }
                case "target", "group":
                    guard block.labels.count == 1, BakeModel.isTarget(block.labels[0]) else {
                        note(
                            "`\(block.labels.first ?? "")` is no name of a \(block.type); it is not read",
                            BakePlace(path: path, range: block.range))
                        break
                    }
                    blocks.append(Block(block: block, path: path))
                default: break
                }
            }
        }
    }

    private mutating func note(_ message: String, _ place: BakePlace) {
        let problem = BakeProblem(message: message, place: place)
        if !problems.contains(problem), problems.count < Limits.bakeProblems { problems.append(problem) }
    }

    // MARK: - Blocks

    /// - Returns: targets by their blocks, in the order of the files, several of one name among them; groups likewise.
    mutating func run(
        work: inout WorkBudget
    ) -> (targets: [BakeTarget], groups: [BakeGroup]) {
        for index in blocks.indices { nameLegs(of: index, &work) }
        var targets: [BakeTarget] = []
        var groups: [BakeGroup] = []
        for index in blocks.indices {
            let block = blocks[index]
            for (leg, name) in block.names.enumerated() {
                let wasSpent = work.isSpent
                let attributes = attributes(of: Leg(block: index, leg: leg), &work)
                if work.isSpent, !wasSpent {
                    note(WorkBudget.note, BakePlace(path: block.path, range: block.block.range))
                }
                guard work.spend() || !wasSpent else { return (targets, groups) }
                if block.block.type == "group" {
                    let place = BakePlace(path: block.path, range: block.block.range)
                    if let unknown = attributes["targets"]?.firstUnknown {
                        note("group \(name): its targets are not all known: \(unknown.reason)", place)
                    }
                    let targets = (attributes["targets"]?.elements ?? []).compactMap(\.text)
                    groups.append(BakeGroup(name: name, targets: targets, place: place))
                    continue
                }
                var target = BakeTarget(
                    name: name, place: BakePlace(path: block.path, range: block.block.range))
                target.attributes = attributes
                for attribute in block.block.body.attributes {
                    func place(_ range: Range<Int>) -> BakePlace { BakePlace(path: block.path, range: range) }
                    let value = attribute.value.range
                    target.valuePlaces[attribute.name] = place(value)
                    target.places[attribute.name] = place(
                        attribute.range.lowerBound..<max(attribute.range.upperBound, value.upperBound))
                    for item in attribute.name == "args" ? attribute.value.items ?? [] : [] {
                        guard let name = item.key.keyword else { continue }
                        target.argumentPlaces[name] = place(item.value.range)
                        target.argumentTexts[name] = item.value.jsonText
                    }
                }
                targets.append(target)
            }
        }
        return (targets, groups)
    }

    /// The targets that a label stands for: what a matrix makes of it.
    var renamed: [(label: String, names: [String])] {
        blocks.compactMap { block in
            let label = block.block.labels[0]
            return block.names == [label] || block.block.type == "group" ? nil : (label, block.names)
        }
    }

    private mutating func nameLegs(of index: Int, _ work: inout WorkBudget) {
        let block = blocks[index]
        let label = block.block.labels[0]
        let place = BakePlace(path: block.path, range: block.block.range)
        if let matrix = block.block.body["matrix"], block.block.type == "target" {
            let value = value(of: matrix, locals: [:], path: block.path, depth: 0, &work)
            if let legs = Self.legs(of: value, &work) {
                blocks[index].legs = legs
            } else {
                let reason = value.firstUnknown?.reason ?? "it is too large, or no object of lists"
                note("target \(label): its matrix is not known: \(reason)", place)
                // One target stands for all that there are.
                var leg: [String: HCLValue] = [:]
                for item in matrix.items ?? [] {
                    if let name = item.key.keyword { leg[name] = .unknown(HCLUnknown(reason)) }
                }
                blocks[index].legs = [leg]
                blocks[index].names = [label]
            }
        }
        if blocks[index].names.isEmpty {
            blocks[index].names = blocks[index].legs.map { leg in
                guard let name = block.block.body["name"] else { return label }
                let value = value(of: name, locals: leg, path: block.path, depth: 0, &work)
                guard let text = (try? HCLType.string.convert(value))?.text, BakeModel.isTarget(text) else {
                    let reason = value.firstUnknown?.reason ?? "it is none that bake takes"
                    note("target \(label): a name is not known: \(reason)", place)
                    return label
                }
                return text
            }
        }
        for name in Set(blocks[index].names) {
            named["\(block.block.type) \(name)", default: []].append(index)
        }
    }

    /// All combinations of the values of a matrix; nil for what is none, and for too many.
    private static func legs(of matrix: HCLValue, _ work: inout WorkBudget) -> [[String: HCLValue]]? {
        guard let members = matrix.members else { return nil }
        var legs: [[String: HCLValue]] = [[:]]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let values = value.elements ?? value.members.map { $0.sorted { $0.key < $1.key }.map(\.value) }
            guard let values, legs.count * max(1, values.count) <= Limits.bakeLegs,
                work.spend(legs.count * value.size)
            else { return nil }
            legs = values.flatMap { value in
                legs.map { $0.merging([name: value]) { $1 } }
            }
        }
        return legs
    }

    private mutating func attributes(of leg: Leg, _ work: inout WorkBudget) -> [String: HCLValue] {
        let block = blocks[leg.block].block
        for attribute in block.body.attributes where Self.type(of: attribute.name, in: block.type) != nil {
            resolve(attribute, of: leg, depth: 0, &work)
        }
        return known[leg] ?? [:]
    }

    private static func type(of attribute: String, in block: String) -> HCLType? {
        if block == "target" { return BakeTarget.types[attribute] }
        return attribute == "targets" ? .list(.string) : attribute == "description" ? .string : nil
    }

    private mutating func resolve(
        _ attribute: HCLAttribute, of leg: Leg, depth: Int, _ work: inout WorkBudget
    ) {
        let block = blocks[leg.block]
        guard known[leg]?[attribute.name] == nil,
            let type = Self.type(of: attribute.name, in: block.block.type)
        else { return }
        let need = Need.attribute(leg, attribute.name)
        guard open.insert(need).inserted else { return }
        defer { open.remove(need) }
        let locals = block.legs.indices.contains(leg.leg) ? block.legs[leg.leg] : [:]
        var value = value(of: attribute.value, locals: locals, path: block.path, depth: depth, &work)
        do throws(HCLMismatch) { value = try type.convert(value) } catch {
            let message = "`\(attribute.name)` is \(error.message)"
            note(message, BakePlace(path: block.path, range: attribute.range))
            value = .unknown(HCLUnknown(message))
        }
        known[leg, default: [:]][attribute.name] = value
    }

    // MARK: - Values

    /// - Parameter path: of the file that the expression stands in.
    /// - Returns: unknown for an expression that bake does not take.
    private mutating func value(
        of expression: HCLExpression, locals: [String: HCLValue], path: String, depth: Int,
        _ work: inout WorkBudget
    ) -> HCLValue {
        let needs = expression.references()
        guard work.spend(expression.range.count / 8 + needs.values.count + needs.functions.count + 1) else {
            return .unknown(HCLUnknown(WorkBudget.note))
        }
        for function in needs.functions.sorted() { resolve(function: function, depth: depth + 1, &work) }
        var blocks: [String: [String: HCLValue]] = [:]
        for reference in needs.values.sorted(by: {
            ($0.root, $0.path.joined(separator: ".")) < ($1.root, $1.path.joined(separator: "."))
        })
        where locals[reference.root] == nil {
            if reference.root == "target" || reference.root == "group" {
                guard let name = reference.path.first else { continue }
                let attributes = attributes(of: reference, depth: depth + 1, &work)
                if let attributes { blocks[reference.root, default: [:]][name] = attributes }
            } else {
                resolve(variable: reference.root, depth: depth + 1, &work)
            }
        }
        let scope = locals.merging(blocks.mapValues(HCLValue.object)) { own, _ in own }
        do throws(HCLError) {
            return try HCLEvaluator(values: values, functions: functions, locals: scope)
                .value(of: expression, work: &work)
        } catch {
            // A template of JSON counts from its own begin.
            let range = expression.range
            note("bake does not take it: \(error.message)", BakePlace(path: path, range: range))
            return .unknown(HCLUnknown("bake does not take it: \(error.message)"))
        }
    }

    /// What `target.NAME` stands for: the attributes of its blocks, those that are needed.
    private mutating func attributes(
        of reference: HCLExpression.Reference, depth: Int, _ work: inout WorkBudget
    ) -> HCLValue? {
        let name = reference.path[0]
        guard let indices = named["\(reference.root) \(name)"] else { return nil }
        guard depth < Limits.hclReferences, work.spend(indices.count) else {
            return .unknown(HCLUnknown("too many things refer to each other"))
        }
        var result: [String: HCLValue] = [:]
        for index in indices {
            let block = blocks[index]
            for (leg, own) in block.names.enumerated() where own == name {
                for attribute in block.block.body.attributes
                where reference.path.count < 2 || attribute.name == reference.path[1] {
                    let place = Leg(block: index, leg: leg)
                    if open.contains(.attribute(place, attribute.name)) {
                        return .unknown(
                            HCLUnknown("\(reference.root).\(name).\(attribute.name) needs itself"))
                    }
                    resolve(attribute, of: place, depth: depth, &work)
                    result[attribute.name] = known[place]?[attribute.name]
                }
            }
        }
        let all = reference.root == "target" ? Array(BakeTarget.types.keys) : ["targets", "description"]
        for attribute in all where result[attribute] == nil { result[attribute] = .null }
        result["name"] = .string(name)
        return .object(result)
    }

    private mutating func resolve(variable name: String, depth: Int, _ work: inout WorkBudget) {
        guard values[name] == nil else { return }
        switch name {
        // Source: docker/buildx, `commands/bake.go`; of a local folder.
        case "BAKE_CMD_CONTEXT": values[name] = .string("cwd://")
        case "BAKE_LOCAL_PLATFORM":
            values[name] = .unknown(HCLUnknown("BAKE_LOCAL_PLATFORM is the builder's own platform"))
        default:
            guard variables[name] != nil || settings[name] != nil else { return }
            guard depth < Limits.hclReferences, open.insert(.variable(name)).inserted else {
                values[name] = .unknown(HCLUnknown("\(name) needs itself, or too many others"))
                return
            }
            let value = value(ofVariable: name, depth: depth, &work)
            open.remove(.variable(name))
            // One that needs itself was told already.
            if values[name] == nil { values[name] = value }
        }
    }

    private mutating func value(
        ofVariable name: String, depth: Int, _ work: inout WorkBudget
    ) -> HCLValue {
        let variable = variables[name]
        let type = variable?.type.flatMap { HCLType($0) }
        let expression = settings[name] ?? variable?.value.map { ($0, variable?.path ?? "") }
        var value: HCLValue?
        if let (expression, path) = expression {
            let made = self.value(of: expression, locals: [:], path: path, depth: depth, &work)
            do throws(HCLMismatch) { value = try type?.convert(made) ?? made } catch {
                note(
                    "the variable \(name) is \(error.message)", BakePlace(path: path, range: expression.range)
                )
                value = .unknown(HCLUnknown("the variable \(name) is \(error.message)"))
            }
        }
        guard variable != nil, let text = given[name] else {
            return value ?? .unknown(HCLUnknown("nothing gives the variable \(name) a value"))
        }
        return Self.value(text, type: type, like: value)
            ?? .unknown(HCLUnknown("the environment's \(name) is not of the variable's type"))
    }

    /// A value of the environment.
    /// Source: docker/buildx, `bake/hclparser/hclparser.go`, `resolveValue`.
    /// - Parameter before: the default.
    /// - Returns: nil for a text that is none of the type.
    private static func value(_ text: String, type: HCLType?, like before: HCLValue?) -> HCLValue? {
        switch type {
        case .list(let inner)?, .set(let inner)?:
            guard !text.contains("\"") else { return nil }
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map {
                HCLValue.string(String($0))
            }
            return try? HCLType.list(inner).convert(.list(parts))
        case .any?, .string?: return .string(text)
        case .number?, .bool?: return try? type?.convert(.string(text))
        case .map?, .tuple?, .object?: return nil
        case nil:
            switch before {
            case nil, .null?, .string?, .unknown?: return .string(text)
            case .bool?:
                switch text {
                case "1", "t", "T", "TRUE", "true", "True": return .bool(true)
                case "0", "f", "F", "FALSE", "false", "False": return .bool(false)
                default: return nil
                }
            case .number?: return HCLNumber(text).map(HCLValue.number)
            case .list?, .set?, .object?: return nil
            }
        }
    }

    // MARK: - Functions

    private mutating func resolve(function name: String, depth: Int, _ work: inout WorkBudget) {
        guard functions[name] == nil, let (block, path) = definitions[name],
            let result = block.body["result"], depth < Limits.hclReferences, work.spend()
        else { return }
        let parameters = block.body["params"]?.elements?.compactMap(\.keyword) ?? []
        let variadic = block.body["variadic_params"]?.keyword
        guard open.insert(.function(name)).inserted else {
            note("the function \(name) needs itself", BakePlace(path: path, range: block.range))
            return
        }
        defer { open.remove(.function(name)) }
        let needs = result.references()
        for function in needs.functions.sorted() { resolve(function: function, depth: depth + 1, &work) }
        for reference in needs.values where reference.root != variadic && !parameters.contains(reference.root)
        {
            resolve(variable: reference.root, depth: depth + 1, &work)
        }
        functions[name] = HCLFunction(parameters: parameters, variadic: variadic, result: result)
    }
}

/// A group of targets and groups.
struct BakeGroup {
    let name: String
    /// Those that are known.
    let targets: [String]
    let place: BakePlace
}

/// What cannot be worked out, and where.
package struct BakeProblem: Sendable, Hashable {
    package let message: String
    let place: BakePlace
    var path: String { place.path }
}
