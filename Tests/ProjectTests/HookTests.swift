import Foundation
import Testing

@testable import Project

/// The hook for pre-commit runs for the files that are examined.
struct HookTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The pattern of `files:`.
    private func pattern(of path: String) throws -> String {
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains(" files: '") })
        return String(try #require(line.split(separator: "'").last))
    }

    private static let pipelines = [
        ".github/workflows/build.yml", "tools/action.yaml", ".gitea/workflows/x.yaml",
        ".forgejo/workflows/x.yml", ".gitlab-ci.yml", "sub/.gitlab-ci.yml", ".circleci/config.yml",
        "azure-pipelines-release.yml", ".azure-pipelines/jobs/a.yml", ".pipelines/x.yaml",
        "bitbucket-pipelines.yml", ".drone.yml", ".woodpecker.yml", ".woodpecker/build/a.yaml", ".travis.yml",
        "ci/cloudbuild.prod.yaml", "buildspec-x.yml", ".buildkite/pipeline.yml",
        ".tekton/release/push.yaml",
    ]
    private static let others = [
        "Dockerfile", "a/Dockerfile.dev", "b.dockerfile", "Containerfile", ".dockerignore",
        "a/Dockerfile.dockerignore", ".clm-doctor.yaml", "compose.override.yaml", "docker-compose.yml",
        "docker-bake.hcl", "Makefile", "build.mk", "justfile", "Taskfile.yml", "web/package.json",
        ".devcontainer/devcontainer.json", ".devcontainer.json", "Jenkinsfile", "ci/Jenkinsfile.release",
        "skaffold.dev.yaml", "Tiltfile", ".goreleaser.yml", "heroku.yml", "render.yaml", "railway.json",
        "fly.toml",
        "Rakefile", "lib/tasks/docker.rake", ".gitpod.yml", "config/deploy.staging.yml", "scripts/build.sh",
        "make.ps1", "build.cmd",
        ".gitlab/ci/build.yml",
    ]

    @Test func seesWhatIsExamined() throws {
        let written = try pattern(of: ".pre-commit-hooks.yaml")
        let regex = try Regex(written)
        for path in Self.pipelines + Self.others {
            #expect(path.firstMatch(of: regex) != nil, "\(path)")
        }
        for path in ["README.md", "src/main.py", "docs/workflows/a.yml", "values.yaml"] {
            #expect(path.firstMatch(of: regex) == nil, "\(path)")
        }
        #expect(try pattern(of: "docs/integrations.md") == written)
    }

    /// A new system needs its files here and in the hook.
    @Test func knowsEachSystem() {
        let known = Self.pipelines.compactMap { path -> Int? in
            let parts = path.split(separator: "/")
            var (name, folder) = (String(parts[parts.count - 1]), parts.dropLast().joined(separator: "/"))
            return name.withUTF8 { name in
                folder.withUTF8 { folder in PipelineFormat.all.firstIndex { $0.isFile(name, folder) } }
            }
        }
        #expect(known.count == Self.pipelines.count)
        #expect(Set(known) == Set(PipelineFormat.all.indices))
    }
}
