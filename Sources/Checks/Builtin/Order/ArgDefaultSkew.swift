import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// Stages of images that are built together and that are alike down to a step, but for the version that an ARG gives.
struct ArgDefaultSkew: ProjectCheck {
    static let id: CheckID = "arg-default-skew"
    let options: CheckOptions

    private struct Use {
        let build: BuildFacts
        /// The FROM or RUN that names the argument.
        let step: StepFacts
        let version: VersionText
        /// The ARG, in bytes of the file.
        let range: Range<Int>
        var line: Int { build.source.line(at: range.lowerBound) }
        var place: String { "\(build.path):\(line)" }
        /// `images/3.12/Dockerfile` is for that version.
        var isForVersion: Bool { build.path.contains(version.version) }
    }

    /// What may be compared: the stage down to a step that names an argument, without the argument's value.
    private struct Role: Hashable {
        let file: String
        let argument: String
        let text: String
    }

    func findings(in project: ProjectFacts) throws -> [Finding] {
        // For what is compared: each use takes the text of its stage along.
        var budget = WorkBudget()
        var uses: [Role: [Use]] = [:]
        var seen: Set<String> = []
        for (build, files) in project.buildsMadeTogether {
            for stage in build.reachableStages {
                let found = self.uses(in: stage, of: build, &budget)
                guard !budget.isSpent else { throw CannotTell("\(build.path): \(WorkBudget.note)") }
                for (argument, text, use) in found {
                    for file in files where seen.insert("\(file)\n\(use.place)\n\(text)").inserted {
                        uses[Role(file: file, argument: argument, text: text), default: []].append(use)
                    }
                }
            }
        }
        var told: Set<String> = []
        return uses.sorted {
            ($0.key.file, $0.key.argument, $0.key.text) < ($1.key.file, $1.key.argument, $1.key.text)
        }.compactMap { role, uses in
            guard Set(uses.map(\.build.path)).count == uses.count, !uses.contains(where: \.isForVersion),
                let oldest = uses.min(by: { $0.version.isOlder(than: $1.version) }),
                let other = uses.first(where: {
                    oldest.version.isOlder(than: $0.version) && oldest.version.isAlike($0.version)
                }),
                told.insert(oldest.place).inserted
            else { return nil }
            return finding(oldest, other, role).naming(
                uses.filter { oldest.version.isOlder(than: $0.version) && oldest.version.isAlike($0.version) }
                    .map { "\($0.build.path) (\($0.version.version))" })
        }
    }

    private func finding(_ use: Use, _ other: Use, _ role: Role) -> Finding {
        let isBase = use.step.run == nil
        let what = isBase ? "`\(use.step.instruction.text)`" : "the stage down to line \(use.step.line)"
        return finding(
            at: use.range, in: use.build.source,
            message:
                "\(role.argument) is \(use.version.version) here and \(other.version.version) in "
                + "\(other.build.path) (line \(other.line)), which \(role.file) builds too; \(what) is otherwise the "
                + "same in both.",
            cost: isBase
                ? "Both bases are downloaded, and the two images share no layer."
                : "What could run once for both runs once for each.",
            fix: Fix("Give both the same default, if nothing speaks against it."))
    }

    private func uses(
        in stage: StageFacts, of build: BuildFacts, _ budget: inout WorkBudget
    ) -> [(argument: String, text: String, use: Use)] {
        guard let first = stage.steps.first, case .from(let from) = first.instruction.body,
            case .image(let image) = stage.stage.base
        else { return [] }
        let platform = from.platform?.text ?? ""
        var found = uses(
            in: first, of: build, among: build.dockerfile.globalArgs,
            above: [(nil, "\(platform) \(from.image.text)")], &budget)
        guard image.isCertain else { return found }
        var above: [(argument: String?, text: String)] = [(nil, "\(platform) \(image.text)")]
        for step in stage.steps.dropFirst() {
            switch step.instruction.body {
            case .arg(let declarations):
                for declaration in declarations {
                    above.append((declaration.name.text, "ARG \(declaration.name.text)"))
                }
            // What is copied may differ, and what runs below it with it.
            case .copy: return found
            default: above.append((nil, step.instruction.text))
            }
            if step.run != nil, step.weight == .heavy {
                found += uses(in: step, of: build, among: step.step.state.environment, above: above, &budget)
            }
        }
        return found
    }

    /// - Parameters:
    ///   - environment: what the step sees.
    ///   - above: the stage down to the step.
    private func uses(
        in step: StepFacts, of build: BuildFacts, among environment: Environment,
        above: [(argument: String?, text: String)], _ budget: inout WorkBudget
    ) -> [(argument: String, text: String, use: Use)] {
        guard budget.spend(environment.count) else { return [] }
        let arguments = environment.variables.filter { $0.origin == .arg }
        guard budget.spend(arguments.count * step.instruction.joined.count / 16) else { return [] }
        return arguments.compactMap { argument in
            guard step.names(variable: argument.name), !build.build.args.keys.contains(argument.name),
                let range = argument.range, let value = argument.value.fact.value,
                let version = VersionText(value)
            else { return nil }
            let length = above.reduce(0) { $0 + $1.text.utf8.count }
            guard budget.spend(length + arguments.count * (above.count + step.instruction.joined.count / 16))
            else {
                return nil
            }
            let others = arguments.filter { other in
                other.name != argument.name
                    && (step.names(variable: other.name) || above.contains { $0.argument == other.name })
            }
            let text = above.map(\.text) + others.map { "\($0.name)=\($0.value.text)" }
            return (
                argument.name, text.joined(separator: "\n"),
                Use(build: build, step: step, version: version, range: range)
            )
        }
    }
}
