import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A `RUN --mount` that BuildKit refuses, or a cache mount that cannot be written to.
struct MountSyntax: DockerfileCheck {
    static let id: CheckID = "mount-syntax"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let problems = build.dockerfile.parsed.problems + build.dockerfile.problems
        let refused = problems.filter { $0.kind == .mount }.map { problem in
            finding(
                at: problem.range, in: build.source, message: "The build fails: \(problem.message).",
                fix: Fix(problem.remedy, edits: problem.edits(in: build.path), .safe))
        }
        return refused + build.reachableStages.flatMap(\.steps).flatMap { readOnlyCaches(of: $0, in: build) }
    }

    private func readOnlyCaches(of step: StepFacts, in build: BuildFacts) -> [Finding] {
        step.cacheMounts.filter(\.mount.readOnly).compactMap { mount in
            let user = step.invocations.first { invocation in
                invocation.caches.contains { $0.coverage == .cacheMount(mount.index) }
            }
            guard let user,
                let option = mount.mount.options.last(where: {
                    ["ro", "readonly", "rw", "readwrite"].contains($0.key)
                })
            else { return nil }
            return finding(
                at: option.range, in: build.source,
                severity: .warning,
                message:
                    "\(user.manager.name) can keep nothing: this cache mount is read-only (`\(option.key)`), "
                    + "so what is downloaded here is never there for the next build.",
                fix: Fix("Take `\(build.source.string(option.range))` out of the mount."),
                subject: step.instruction.text)
        }
    }
}
