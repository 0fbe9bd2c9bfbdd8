import Diagnostics
import Dockerfile
import Facts
import Project

/// One Dockerfile that is built with different contexts.
struct BuildCommandMismatch: ProjectCheck {
    static let id: CheckID = "build-command-mismatch"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var builds: [String: [Build]] = [:]
        for build in project.project.builds where !build.statedBy.isEmpty && build.context.isDirectory {
            builds[build.dockerfile, default: []].append(build)
        }
        return builds.sorted { $0.key < $1.key }.compactMap { _, same in
            // One file for many projects is built with the context of each on purpose.
            guard Set(same.map(\.context)).count == 2, let first = same.first.flatMap(project.facts),
                let copy = first.reachableStages.flatMap(\.steps).first(where: readsContext),
                let other = same.first(where: { differs($0, first.build) })
            else { return nil }
            return finding(
                at: copy.instruction, in: first,
                message:
                    "This reads \(name(first.build)) in the build of \(place(first.build)), and \(name(other)) in that of "
                    + "\(place(other)).",
                cost: "The two builds share nothing from here on, and one of them may not find its files.",
                fix: Fix("Build it with one context everywhere.")
            ).folding(
                Fold(
                    "two contexts",
                    summary:
                        "Dockerfiles are built with two contexts each, and read other files in one than in the other."
                ))
        }
    }

    private func readsContext(_ step: StepFacts) -> Bool { !step.contextSources.isEmpty }

    private func differs(_ left: Build, _ right: Build) -> Bool {
        left.context != right.context && left.target == right.target
    }

    private func name(_ build: Build) -> String {
        guard case .directory(let folder) = build.context, folder != "." else {
            return "the repository's root"
        }
        return "\(folder)/"
    }

    private func place(_ build: Build) -> String {
        build.statedBy.first.map { "\($0.path):\($0.line)" } ?? build.name
    }
}

extension BuildSource {
    fileprivate var isDirectory: Bool { if case .directory = self { true } else { false } }
}
