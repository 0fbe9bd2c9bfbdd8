import Diagnostics
import Repository
import Testing

@testable import Project

/// Which program makes an image, and whether it finds steps of earlier builds.
@Suite struct BuilderTests {
    private func builds(_ files: [String: String]) async throws -> [Build] {
        var all = ["Dockerfile": "FROM a\n"]
        all.merge(files) { $1 }
        return try await Project.load(
            from: Snapshot(holding: all.mapValues { Array($0.utf8) }), options: LoadOptions()
        ).builds
    }

    @Test(arguments: [
        ("podman build .", Builder.podman, false), ("podman build --layers=false .", .podman, true),
        ("buildah bud .", .buildah, true), ("buildah build --layers .", .buildah, false),
        ("BUILDAH_LAYERS=true buildah bud .", .buildah, false), ("docker build .", .docker, false),
        ("/kaniko/executor --context dir://.", .kaniko, true),
        ("/kaniko/executor --cache=true -c .", .kaniko, false),
    ])
    func layers(_ command: String, _ builder: Builder, _ runsEverything: Bool) async throws {
        let builds = try await builds(["build.sh": command + "\n"])
        #expect(builds.map(\.builders) == [[builder]])
        #expect(builds.map(\.noCache) == [runsEverything])
    }

    @Test func whatCannotBeToldIsNoAnswer() async throws {
        let builds = try await builds(["build.sh": "buildah bud $OPTIONS .\n"])
        #expect(builds.map(\.noCache) == [false])
        #expect(builds.map(\.noCacheStages) == [["*"]])
    }

    @Test func oneBuildByTwoBuilders() async throws {
        let builds = try await builds(["a.sh": "docker build .\n", "b.sh": "podman build .\n"])
        #expect(builds.map(\.builders) == [[.docker, .podman]])
        #expect(builds.map(\.statedBy.count) == [2])
        #expect(builds.allSatisfy { $0.isMade(by: \.hasFrontends) && $0.isMade(by: \.hasCacheMounts) })
    }

    @Test func drone() async throws {
        let builds = try await builds([
            ".drone.yml": """
            steps:
              - name: a
                image: &image plugins/kaniko
                settings: {enable_cache: true}
              - name: b
                image: *image
            """
        ])
        #expect(builds.map(\.builders) == [[.kaniko], [.kaniko]])
        #expect(Set(builds.map(\.noCache)) == [true, false])
        #expect(Set(builds.flatMap { $0.statedBy.map(\.line) }) == [3, 6])
    }

    @Test func buildahAction() async throws {
        let builds = try await builds([
            ".github/workflows/x.yml": """
            on: push
            jobs:
              a:
                runs-on: ubuntu-latest
                steps:
                  - uses: redhat-actions/buildah-build@v2
                    with:
                      containerfiles: |
                        ./Dockerfile
                      build-args: A=b
                      layers: true
            """
        ])
        #expect(
            builds.map { summary($0) } == [
                "Dockerfile: Dockerfile @. A=b <- workflow .github/workflows/x.yml:6"
            ])
        #expect(builds.map(\.builders) == [[.buildah]])
    }
}
