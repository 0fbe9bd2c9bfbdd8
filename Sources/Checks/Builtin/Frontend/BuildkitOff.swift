import Diagnostics
import Dockerfile
import Facts
import Host
import JSON
import Project
import SourceText

/// A script, Makefile, workflow or `.env` that switches BuildKit off for builds of this repository, or a host on which
/// a plain `docker build` goes without it.
struct BuildkitOff: ProjectCheck, HostCheck {
    static let id: CheckID = "buildkit-off"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in project: ProjectFacts) throws -> [Finding] {
        guard !project.project.builds.isEmpty else { return [] }
        return try project.statements.flatMap { file -> [Finding] in
            // In a compose file the variable is one of a container's.
            guard file.kind != .compose, file.kind != .bake else { return [] }
            return try EnvironmentSwitch.all(in: file.source, kind: file.kind).compactMap { found in
                finding(of: found, in: file, project: project)
            }
        }
    }

    func findings(in facts: HostFacts) -> [Finding] {
        let host = facts.host
        guard !facts.project.project.builds.isEmpty, host.connection == .answered else { return [] }
        let remedy = Fix("Set DOCKER_BUILDKIT=1, or install a docker CLI of 23.0 or later.")
        switch host.environment["DOCKER_BUILDKIT"].map({ EnvironmentSwitch.Meaning($0) }) {
        case .on?: return []
        case .off?:
            return [
                finding(
                    onHost: "DOCKER_BUILDKIT",
                    message: "BuildKit is switched off in this environment: DOCKER_BUILDKIT is "
                        + "\(host.environment["DOCKER_BUILDKIT"]!).",
                    cost: "No cache mounts, and every stage is built, one after the other.",
                    fix: Fix("unset DOCKER_BUILDKIT"))
            ]
        case .invalid(let value)?:
            guard !value.isEmpty else { break }
            return [
                finding(
                    onHost: "DOCKER_BUILDKIT", severity: .error,
                    message:
                        "`docker build` refuses to run: DOCKER_BUILDKIT is to be a boolean, and `\(value)` is none.",
                    fix: Fix("unset DOCKER_BUILDKIT"))
            ]
        case nil: break
        }
        if let found = onWindows(host) { return [found] }
        // Such a client asks the engine, which says what its daemon.json says.
        guard let client = host.clientVersion.value, client < ToolVersion(23, 0),
            host.hasBuilderAlias.isFalse,
            host.engine?.system == "linux", isSilent(host)
        else { return [] }
        return [
            finding(
                onHost: "client",
                message:
                    "A plain `docker build` goes without BuildKit here: docker CLI \(client) uses it only where "
                    + "DOCKER_BUILDKIT or daemon.json says so.",
                cost: "No cache mounts, and every stage is built, one after the other.", fix: remedy)
        ]
    }

    /// A docker CLI from 23.0 on builds with BuildKit but on a Windows daemon that does not ask for it (docker/cli,
    /// `cli/command/cli.go`, BuildKitEnabled).
    private func onWindows(_ host: HostSnapshot) -> Finding? {
        guard host.engine?.system == "windows", host.hasBuilderAlias.isFalse,
            let client = host.clientVersion.value, client >= ToolVersion(23, 0)
        else { return nil }
        return finding(
            onHost: "windows", severity: .info, confidence: .likely,
            message:
                "The engine builds for Windows: a plain `docker build` uses the old builder there unless the daemon asks "
                + "for BuildKit.",
            cost: "No cache mounts, and every stage is built, one after the other.",
            fix: Fix(
                "Build for Linux (Docker Desktop: switch to Linux containers), or set DOCKER_BUILDKIT=1."))
    }

    /// daemon.json is known, and does not switch BuildKit on.
    private func isSilent(_ host: HostSnapshot) -> Bool {
        if case .absent = host.daemonFile { return true }
        guard let root = host.daemonConfiguration.value?.root else { return false }
        return root["features"]?["buildkit"] == nil
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
        // What a workflow builds may be written so that we cannot read it (PowerShell), for an engine that has no BuildKit.
        if file.kind == .workflow, builds.isEmpty { return nil }
        let dockerfiles = (builds.isEmpty ? all : builds).lazy.compactMap { build in
            project.project.parsedDockerfile(build.dockerfile)
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
