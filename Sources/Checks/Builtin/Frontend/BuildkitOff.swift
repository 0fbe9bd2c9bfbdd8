import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A script, Makefile, workflow or `.env` that switches BuildKit off for builds of this repository.
struct BuildkitOff: ProjectCheck {
    static let id: CheckID = "buildkit-off"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        guard !project.project.builds.isEmpty else { return [] }
        return project.statements.flatMap { file -> [Finding] in
            // In a compose file the variable is one of a container's.
            guard file.kind != .compose, file.kind != .bake else { return [] }
            return EnvironmentSwitch.all(in: file.source, kind: file.kind).compactMap { found in
                finding(of: found, in: file, project: project)
            }
        }
    }

    private func finding(
        of found: EnvironmentSwitch, in file: StatementFile, project: ProjectFacts
    ) -> Finding? {
        let source = file.source
        switch found.meaning {
        case .on: return nil
        case .invalid(let value):
            guard found.name == "DOCKER_BUILDKIT", file.kind != .workflow else { return nil }
            return finding(
                at: found.range, in: source, severity: .error,
                message:
                    "`docker build` refuses to run: \(found.name) is to be a boolean, and `\(value)` is none.",
                fix: Fix("Write 1, or take the variable out: BuildKit is what Docker Engine uses since 23.0.")
            )
        case .off: break
        }
        let all = project.project.builds
        let builds = all.filter { $0.statedBy.contains { $0.path == source.path } }
        let dockerfiles = (builds.isEmpty ? all : builds).lazy.compactMap { build in
            project.project.dockerfiles[build.dockerfile]
        }
        if let needing = dockerfiles.first(where: needsBuildKit),
            let feature = FrontendFeature.used(in: needing).first
        {
            let line = needing.source.line(at: feature.range.lowerBound)
            return finding(
                at: found.range, in: source, severity: builds.isEmpty ? nil : .error,
                message:
                    "`\(feature.name)` fails without BuildKit, and it is switched off here: \(needing.source.path) uses "
                    + "it in line \(line).",
                fix: remedy(found))
        }
        return finding(
            at: found.range, in: source,
            message:
                "BuildKit is switched off here: the builder sends the whole context, builds stages one after the "
                + "other, stages that nothing needs too, and knows no cache mounts.",
            fix: remedy(found))
    }

    private func remedy(_ found: EnvironmentSwitch) -> Fix {
        Fix("Take \(found.name) out; Docker Engine uses BuildKit by itself since 23.0.")
    }

    private func needsBuildKit(_ dockerfile: ParsedDockerfile) -> Bool {
        FrontendFeature.used(in: dockerfile).contains(where: \.isRefused)
    }
}
