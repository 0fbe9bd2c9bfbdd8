import Diagnostics
import Facts
import Project
import SourceText

/// A build of `docker/build-push-action` on a runner that starts empty, with neither `cache-from` nor `cache-to`.
/// Source: docker/build-push-action, `action.yml` (both are empty by default).
struct GhaNoCache: ProjectCheck {
    static let id: CheckID = "gha-no-cache"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        var built: Set<String> = []
        let builds = project.workflowBuilds
        return builds.compactMap { statement, workflow, place -> Finding? in
            guard let build = statement.build else { return nil }
            // A later build of one job finds what the first one left in the builder.
            let isFirst = built.insert("\(statement.path) \(place.job) \(build.dockerfile)").inserted
            guard isFirst, workflow[place].action == "docker/build-push-action",
                statement.options("cache-from").isEmpty, statement.options("cache-to").isEmpty,
                statement.options("no-cache").allSatisfy({ $0.value == "false" }),
                statement.options("call").isEmpty,
                workflow.runsForCommits, workflow.startsEmpty(at: place).isTrue,
                let source = project.source(statement.path),
                let lines = project.outline(of: statement)?.expensiveLines, let line = lines.first
            else { return nil }
            let count = lines.count
            // Without a name of its own, each would overwrite what the others keep.
            let scope = builds.count > 1 ? ",scope=<image>-<platform>" : ""
            let others = count == 1 ? "" : " and \(count - 1) more expensive step\(count == 2 ? "" : "s")"
            return finding(
                at: statement.bytes, in: source,
                message:
                    "Every run builds \(build.dockerfile) from nothing: the runner starts without layers, and "
                    + "neither cache-from nor cache-to is given.",
                cost:
                    "Line \(line)\(others) run\(count == 1 ? "s" : "") each time, also where nothing that they need has changed.",
                fix: Fix(
                    "Add to `with:`, behind docker/setup-buildx-action:\n"
                        + "    cache-from: type=gha\(scope)\n    cache-to: type=gha,mode=max\(scope)"),
                subject: "\(workflow.jobs[place.job].name) \(build.dockerfile)")
        }.onePerPlace()
    }
}
