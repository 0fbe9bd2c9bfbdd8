import Dockerfile
import Facts
import SourceText

/// The installs below a variable's declaration that do not need it, down to the first step that does or may.
struct IdleInstalls {
    let steps: ArraySlice<StepFacts>
    /// The managers that these install with.
    let managers: [PackageManager]
    /// The first RUN that names the variable, or may read it without naming it (`make`, a script).
    private(set) var firstUse: StepFacts?
    /// The instructions other than RUN that read it before that: `ENV`, `LABEL`.
    private(set) var readers: Set<String> = []

    /// - Returns: nil where a constant ENV of the same name wins over the ARG.
    init?(below declared: StepFacts, of name: String, in stage: StageInstalls) {
        var carriers = [name]
        var place = declared.index
        let end = stage.firstBusyStep(after: declared.index)
        var last = end ?? stage.steps.count
        search: while true {
            // Without budget the check's findings do not count.
            guard stage.work.spend(carriers.count),
                let next = carriers.lazy.compactMap({ stage.firstStep(after: place, naming: $0) }).min(),
                next <= last
            else {
                firstUse = end.map { stage.steps[$0] }
                break
            }
            place = next
            switch stage.steps[next].instruction.body {
            case .env(let pairs):
                // The ENV carries the value on; it moves together with the ARG.
                carriers += Set(pairs.map(\.key.text)).subtracting(carriers)
                readers.insert("ENV")
            case .label: readers.insert("LABEL")
            default:
                firstUse = stage.steps[next]
                last = next - 1
                break search
            }
        }
        if case .arg = declared.instruction.body,
            stage.isConstant(name, inRunsFrom: declared.index, through: last)
        {
            return nil
        }
        let installs = stage.installs(from: declared.index + 1, before: firstUse?.index ?? stage.steps.count)
        steps = stage.idle[installs]
        managers = stage.managers(of: installs)
    }

    /// `The installs in lines 3 and 5 (apt, pip)`.
    var text: String {
        let names = managers.map(\.name).sorted().joined(separator: ", ")
        return "The installs in \(lineText(steps)) (\(names))"
    }
}

/// What is asked of a stage for each of its variables.
struct StageInstalls {
    let steps: [StepFacts]
    let work: FactsWork
    /// RUNs that do nothing but install.
    let idle: [StepFacts]
    /// For each manager, which of `idle` install with it.
    private var users: [PackageManager: [Int]] = [:]
    /// RUNs that do something else which takes time.
    private let busy: [Int]
    private let runs: [Int]
    /// Steps by the letters, digits and underscores behind each `$` of their text.
    private var naming: [String: [Int]] = [:]
    /// ENVs by the names that they set.
    private var setting: [String: [Int]] = [:]

    init(of stage: StageFacts, in build: BuildFacts) {
        work = build.work
        steps = stage.steps
        let allRuns = steps.filter { $0.run != nil }
        runs = allRuns.map(\.index)
        var idle: [StepFacts] = []
        var busy: [Int] = []
        for step in allRuns {
            if OnlyInstalls(step).isTrue {
                for manager in Set(step.installs.map(\.manager)) {
                    users[manager, default: []].append(idle.count)
                }
                idle.append(step)
            } else if step.weight != .light {
                busy.append(step.index)
            }
        }
        self.idle = idle
        self.busy = busy
        for step in steps {
            for name in step.namesBehindDollars { naming[name, default: []].append(step.index) }
            guard case .env(let pairs) = step.instruction.body else { continue }
            // What a variable names may be any.
            let names = pairs.map(\.key.text).map { $0.utf8.contains(UInt8(ascii: "$")) ? "$" : $0 }
            for name in Set(names) { setting[name, default: []].append(step.index) }
        }
    }

    func firstBusyStep(after index: Int) -> Int? {
        let next = busy.partitioningIndex { $0 > index }
        return next < busy.count ? busy[next] : nil
    }

    /// The first step behind an index whose text names a variable.
    func firstStep(after index: Int, naming variable: String) -> Int? {
        let start = String(decoding: variable.utf8.prefix { $0.isOfName }, as: UTF8.self)
        guard let all = naming[start] else { return nil }
        let later = all[all.partitioningIndex { $0 > index }...]
        return start == variable ? later.first : later.first { steps[$0].names(variable: variable) }
    }

    /// Whether an ENV decides a variable in one of some RUNs, by a value that does not come of the variable itself
    /// (`ENV VERSION=$VERSION` only carries it on).
    func isConstant(_ name: String, inRunsFrom first: Int, through last: Int) -> Bool {
        let changes = ((setting[name] ?? []) + (setting["$"] ?? [])).filter { $0 > first && $0 < last }
        return ([first] + changes).contains { change in
            guard work.spend() else { return false }
            let next = runs.partitioningIndex { $0 > change }
            guard next < runs.count, runs[next] <= last,
                steps[runs[next]].step.state.environment[name]?.origin == .env
            else { return false }
            let decider = setting[name]?.last { $0 < runs[next] }
            return decider.map { $0 < first || !carriesOn(name, at: $0) } ?? true
        }
    }

    private func carriesOn(_ name: String, at index: Int) -> Bool {
        guard case .env(let pairs) = steps[index].instruction.body,
            let pair = pairs.last(where: { $0.key.text == name })
        else { return false }
        return StepFacts.names(variable: name, in: pair.value.text)
    }

    /// The indices in `idle` of the installs among some steps.
    func installs(from first: Int, before end: Int) -> Range<Int> {
        let start = idle.partitioningIndex { $0.index >= first }
        return start..<max(start, idle.partitioningIndex { $0.index >= end })
    }

    func managers(of installs: Range<Int>) -> [PackageManager] {
        users.compactMap { manager, places in
            let next = places.partitioningIndex { $0 >= installs.lowerBound }
            return next < places.count && places[next] < installs.upperBound ? manager : nil
        }
    }
}

extension StepFacts {
    /// What may be the name of a variable, or its beginning, behind each `$` and `${` of the step's text.
    fileprivate var namesBehindDollars: Set<String> {
        var names: Set<String> = []
        for text in [instruction.text] + instruction.heredocs.map(\.content) {
            for part in text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
                .dropFirst()
            {
                let name = part.first == UInt8(ascii: "{") ? part.dropFirst() : part
                names.insert(String(decoding: name.prefix { $0.isOfName }, as: UTF8.self))
            }
        }
        return names
    }
}

extension UInt8 {
    /// An ASCII letter, digit or `_`.
    fileprivate var isOfName: Bool {
        self == UInt8(ascii: "_") || (self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9"))
            || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z"))
    }
}
