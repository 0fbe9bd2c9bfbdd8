import Diagnostics
import Facts
import Project
import SourceText

/// `cache-to` in a job that makes no builder: the build then runs on the engine's, which cannot export a cache while it keeps
/// images in a classic storage driver.
///
/// Sources: docker/buildx, `build/opt.go`, `toSolveOpt` (any `cache-to` but `inline` is an error without the feature) and
/// `driver/docker/driver.go` (the driver has it with containerd's image store alone); actions/runner-images at 7495144 of
/// August 2026, `images/ubuntu/toolsets` (docker-ce 28.0.4 for 22.04 and 24.04, 29.4.2 for 26.04) and
/// `scripts/build/install-docker.sh` (no daemon.json), whose images Azure Pipelines has too (learn.microsoft.com,
/// "Microsoft-hosted agents"); docs.docker.com, "containerd image store" (the default of new installations from 29.0 on, such
/// as each `docker:dind`).
struct CiNoBuilder: ProjectCheck {
    static let id: CheckID = "ci-no-builder"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.pipelineBuilds.compactMap { statement, pipeline, place -> Finding? in
            let job = pipeline.jobs[place.job]
            let isScript = pipeline[place].run != nil
            // Most builds export no cache; the rest takes longer.
            guard let engine = classicStore(of: job),
                let entry = statement.cacheTo.first(where: { entry in
                    // buildx drops a cache of this type where it has no token, as in a script.
                    entry.type != "inline" && !(isScript && entry.type == "gha")
                }), !pipeline.source.holds("snapshotter"),
                pipeline.startsEmpty(at: place).isTrue, !job.steps[..<place.step].contains(where: mayHelp),
                !isScript || !statement.isConditional && !mayHelp(pipeline[place]),
                let source = project.source(entry.option.path)
            else { return nil }
            let setup = job.steps[..<place.step].last { $0.action == "docker/setup-buildx-action" }
            let remedy =
                if setup != nil {
                    "Take `driver: docker` out of docker/setup-buildx-action: its default can."
                } else if pipeline.system.servesGitHubCache {
                    "Put `uses: docker/setup-buildx-action` before this step."
                } else {
                    "Make a builder before this: `docker buildx create --use`."
                }
            return finding(
                at: entry.option.bytes, in: source, confidence: .likely,
                message:
                    "This build stops with \"Cache export is not supported for the docker driver\": it runs on the "
                    + "engine's own builder, which keeps no cache of type=\(entry.type) on \(engine).",
                fix: Fix(remedy))
        }.onePerPlace()
    }

    /// The engine of a job whose images are known to be in a classic storage driver, by its machine or its service.
    private func classicStore(of job: Pipeline.Job) -> String? {
        if job.hasDockerInDocker {
            return job.services.map(\.text).first { service in
                guard let tag = service.split(separator: ":").last, tag.contains("dind") else { return false }
                return Int(tag.prefix { $0 != "." && $0 != "-" }).map { $0 < 29 } ?? false
            }
        }
        return job.labels.isSubset(of: Self.classicStores) ? job.labels.sorted().first : nil
    }

    private static let classicStores: Set<String> = [
        "ubuntu-latest", "ubuntu-24.04", "ubuntu-24.04-arm", "ubuntu-22.04", "ubuntu-22.04-arm",
    ]

    /// Owners and actions that set up no builder.
    private static let otherPurposes = [
        "actions/", "astral-sh/setup-uv", "aws-actions/", "azure/login", "azure/setup-helm",
        "azure/setup-kubectl",
        "codecov/", "container-tools/kind-action", "dorny/paths-filter", "github/", "google-github-actions/",
        "hashicorp/setup-terraform", "helm/kind-action", "jlumbroso/free-disk-space", "pnpm/action-setup",
        "sigstore/cosign-installer",
    ]

    /// Whether a step may bring a builder or another image store: any may, but for those known not to.
    private func mayHelp(_ step: Pipeline.Step) -> Bool {
        if let run = step.run {
            return [
                "buildx create", "buildx use", "snapshotter", "daemon.json", "dockerd", "get.docker.com",
                "docker-ce",
            ]
            .contains { run.contains($0) }
        }
        switch step.action {
        case "docker/setup-buildx-action":
            // Without a value it is the container's driver.
            return step["driver"]?.value != "docker"
        case "docker/login-action", "docker/metadata-action", "docker/setup-qemu-action",
            "docker/build-push-action":
            return false
        default:
            return !Self.otherPurposes.contains { step.action?.hasPrefix($0) ?? false }
        }
    }
}
