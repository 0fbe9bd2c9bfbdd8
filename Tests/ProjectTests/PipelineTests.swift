import Diagnostics
import Foundation
import SourceText
import TestSupport
import Testing

@testable import Project

/// What the readers of CI systems make of their files: builds, and the facts that checks ask for.
@Suite struct PipelineTests {
    private func project(_ files: KeyValuePairs<String, String>) async throws -> Project {
        let folder = try tree(files)
        for name in ["Dockerfile", "api/Dockerfile", "web/Dockerfile", "web/prod.Dockerfile"] {
            try folder.write("FROM a\n", to: name)
        }
        return try await Project.load([folder.path])
    }

    /// What files state, one line each, and what was noted.
    private func stated(_ project: Project) -> [String] {
        project.builds.filter { !$0.statedBy.isEmpty }.map { summary($0) }
            + project.notes.map { "note " + summary($0) }
    }

    /// A job in one line.
    private func line(_ job: Pipeline.Job) -> String {
        let layers =
            switch job.keepsLayers {
            case .known(true): "kept"
            case .known(false): "new"
            case .unknown: "?"
            }
        return
            "\(job.name): \(job.triggers.events.map { "\($0)" }.sorted().joined(separator: "+"))"
            + "\(job.triggers.isComplete ? "" : "…") layers=\(layers) steps=\(job.steps.count)"
    }

    @Test func azure() async throws {
        let project = try await project([
            "azure-pipelines.yml": """
            trigger: [main]
            pr: none
            pool: {vmImage: ubuntu-latest}
            variables:
              folder: api
              pattern: '**/Dockerfile'
            stages:
            - stage: build
              jobs:
              - job: scripts
                steps:
                - script: docker build -t x $(folder)
                - bash: docker build -f prod.Dockerfile --build-arg ID=$(Build.BuildId) .
                  workingDirectory: $(Build.SourcesDirectory)/web
                - ${{ if eq(variables.x, 'y') }}:
                  - script: cd $FOLDER && docker build --target t .
              - job: task
                pool: own
                steps:
                - task: Docker@2
                  inputs:
                    command: build
                    repository: r/web
                    Dockerfile: web/Dockerfile
                    arguments: --build-arg A=1
                - task: Docker@2
                  inputs: {command: push}
                - task: Docker@2
                  inputs: {Dockerfile: $(other)}
                - task: Docker@2
                  inputs: {repository: found, Dockerfile: $(pattern)}
            """
        ])
        #expect(
            stated(project) == [
                "found: Dockerfile @. <- script azure-pipelines.yml:30",
                "x: api/Dockerfile @api <- script azure-pipelines.yml:12",
                "api/Dockerfile: api/Dockerfile @api target=t <- script azure-pipelines.yml:16",
                "r/web: web/Dockerfile @web <- script azure-pipelines.yml:20",
                "web/prod.Dockerfile: web/prod.Dockerfile @web ID=? <- script azure-pipelines.yml:13",
            ])
        let pipeline = try #require(project.pipelines.first)
        #expect(pipeline.system == .azure)
        #expect(
            pipeline.jobs.map { line($0) } == [
                "scripts: push layers=new steps=3", "task: push layers=? steps=4",
            ])
        let arguments = project.buildStatements.flatMap { $0.options("build-arg") }
        #expect(arguments.map(\.change) == [.everyBuild])
    }

    @Test(arguments: [(".gitea/workflows", "Gitea"), (".forgejo/workflows", "Forgejo")])
    func workflowsOfOthers(_ folder: String, _ system: String) async throws {
        let project = try await project([
            "\(folder)/ci.yaml": """
            on: push
            jobs:
              image:
                runs-on: ubuntu-latest
                steps:
                  - uses: docker/build-push-action@v6
                    with: {context: api}
                  - run: docker build web
            """
        ])
        #expect(
            stated(project) == [
                "api/Dockerfile: api/Dockerfile @api <- workflow \(folder)/ci.yaml:6",
                "web/Dockerfile: web/Dockerfile @web <- workflow \(folder)/ci.yaml:8",
            ])
        #expect(project.pipelines.map(\.system.name) == [system])
        // Whoever runs it gives its runners what labels they like.
        #expect(project.pipelines.first?.jobs.map { line($0) } == ["image: push layers=? steps=2"])
    }

    @Test func bitbucket() async throws {
        let project = try await project([
            "bitbucket-pipelines.yml": """
            definitions:
              steps:
                - step: &build
                    name: build
                    services: [docker]
                    script:
                      - cd api
                      - docker build --target t .
            pipelines:
              default:
                - step: *build
                - parallel:
                    - step:
                        name: cached
                        services: [docker]
                        caches: [docker]
                        script: [docker build web]
                    - step: {runs-on: self.hosted, services: [docker], script: [docker build .]}
              tags:
                v*:
                  - step: *build
                  - stage:
                      steps:
                        - step: {trigger: manual, script: [docker build -f web/prod.Dockerfile .]}
            """
        ])
        #expect(
            stated(project) == [
                "Dockerfile: Dockerfile @. <- script bitbucket-pipelines.yml:18",
                "api/Dockerfile: api/Dockerfile @api target=t <- script bitbucket-pipelines.yml:8",
                "web/Dockerfile: web/Dockerfile @web <- script bitbucket-pipelines.yml:17",
                "web/prod.Dockerfile: web/prod.Dockerfile @. <- script bitbucket-pipelines.yml:24",
            ])
        #expect(
            project.pipelines.first?.jobs.map { line($0) } == [
                "build: push+tag layers=new steps=2", "cached: push layers=? steps=1",
                ": push layers=? steps=1", ": other layers=? steps=1",
            ])
        // The service brings a docker of its own along.
        #expect(project.pipelines.first?.jobs.first?.image?.text == nil)
    }

    @Test func drone() async throws {
        let project = try await project([
            ".drone.yml": """
            kind: pipeline
            name: one
            trigger: {event: [tag]}
            steps:
              - name: image
                image: plugins/docker@sha256:f0
                settings:
                  repo: r/api
                  dockerfile: api/Dockerfile
                  context: api
                  build_args: [A=1, "SHA=${DRONE_COMMIT_SHA}"]
            ---
            kind: pipeline
            name: two
            steps:
              - name: image
                image: docker:28
                commands:
                  - cd web
                  - docker build .
            """
        ])
        #expect(
            stated(project) == [
                "r/api: api/Dockerfile @api A=1 SHA=? <- script .drone.yml:6",
                "web/Dockerfile: web/Dockerfile @web <- script .drone.yml:20",
            ])
        #expect(
            project.pipelines.first?.jobs.map { line($0) } == [
                "one: tag layers=? steps=1", "two: push… layers=? steps=2",
            ])
        #expect(project.pipelines.first?.jobs.last?.steps.last?.image?.text == "docker:28")
    }

    @Test func woodpecker() async throws {
        let project = try await project([
            ".woodpecker/image.yaml": """
            when:
              - event: pull_request
              - event: push
            steps:
              image:
                image: woodpeckerci/plugin-docker-buildx
                settings:
                  repo: r/web
                  dockerfile: web/prod.Dockerfile
                  platforms: linux/amd64,linux/arm64
                  dry-run: true
            """
        ])
        #expect(
            stated(project) == [
                "r/web: web/prod.Dockerfile @. linux/amd64+linux/arm64 <- script .woodpecker/image.yaml:6"
            ])
        #expect(project.pipelines.first?.jobs.map { line($0) } == [": pullRequest+push layers=? steps=1"])
        #expect(project.buildStatements.first?.options("push").isEmpty == true)
    }

    @Test func travis() async throws {
        let project = try await project([
            ".travis.yml": """
            env: DIR=api OTHER="x y"
            script:
              - cd "$TRAVIS_BUILD_DIR"
              - docker build $DIR
            jobs:
              include:
                - stage: web
                  env: {DIR: web}
                  script: docker build $DIR
            """
        ])
        #expect(
            stated(project) == [
                "api/Dockerfile: api/Dockerfile @api <- script .travis.yml:4",
                "web/Dockerfile: web/Dockerfile @web <- script .travis.yml:9",
            ])
    }

    @Test func cloudBuild() async throws {
        let project = try await project([
            "cloudbuild.yaml": """
            substitutions: {_DIR: api}
            steps:
              - name: gcr.io/cloud-builders/docker
                args: ['build', '-t', 'gcr.io/$PROJECT_ID/api', '--build-arg=A=${_DIR}', '$_DIR']
              - name: gcr.io/cloud-builders/docker
                entrypoint: bash
                args:
                  - -c
                  - docker build web
              - name: gcr.io/kaniko-project/executor:latest
                args: [--dockerfile=web/prod.Dockerfile, --context=dir:///workspace/, --destination=x]
              - name: ubuntu
                dir: web
                script: docker build --target t .
            """
        ])
        #expect(
            stated(project) == [
                "api/Dockerfile: api/Dockerfile @api A=api <- script cloudbuild.yaml:4",
                "web/Dockerfile: web/Dockerfile @web <- script cloudbuild.yaml:9",
                "web/Dockerfile [t]: web/Dockerfile @web target=t <- script cloudbuild.yaml:14",
                "x: web/prod.Dockerfile @. no-cache <- script cloudbuild.yaml:11",
            ])
        let source = try #require(project.statements.first?.source)
        #expect(
            project.buildStatements.first.map { source.string($0.bytes) }
                == "'build', '-t', 'gcr.io/$PROJECT_ID/api', '--build-arg=A=${_DIR}', '$_DIR'")
    }

    @Test func codeBuild() async throws {
        let project = try await project([
            "ci/buildspec.yml": """
            version: 0.2
            env: {variables: {DIR: api}}
            phases:
              pre_build:
                commands: [cd web]
              build:
                commands:
                  - docker build -f prod.Dockerfile .
                  - docker build $CODEBUILD_SRC_DIR/$DIR
            """
        ])
        #expect(
            stated(project) == [
                "api/Dockerfile: api/Dockerfile @api <- script ci/buildspec.yml:9",
                "web/prod.Dockerfile: web/prod.Dockerfile @web <- script ci/buildspec.yml:8",
            ])
    }

    @Test func buildkite() async throws {
        let project = try await project([
            ".buildkite/pipeline.yml": """
            env: {DIR: api}
            steps:
              - label: one
                command: docker build $DIR
              - wait
              - group: all
                steps:
                  - commands:
                      - cd web
                      - docker build --build-arg N=$${BUILDKITE_BUILD_NUMBER} .
            """
        ])
        #expect(
            stated(project) == [
                "api/Dockerfile: api/Dockerfile @api <- script .buildkite/pipeline.yml:4",
                "web/Dockerfile: web/Dockerfile @web N=? <- script .buildkite/pipeline.yml:10",
            ])
    }

    @Test(arguments: [
        (".cirrus.yml", "Cirrus CI"), ("screwdriver.yaml", "Screwdriver"),
        (".drone.star", "Drone in another language than YAML"),
    ])
    func unreadSystemsAreTold(_ path: String, _ system: String) async throws {
        let project = try await project([path: "sh 'docker build .'\n", "codefresh.yml": "steps: {}\n"])
        #expect(
            project.notes.map { summary($0) } == [
                "\(path): is a file of \(system), which is not read; it names a builder of images"
            ])
        #expect(project.notes.allSatisfy { $0.isUnexamined && $0.isAboutStatement == true })
        #expect(project.statements.isEmpty)
    }

    @Test func gitLabReadsWhatFollowsInputs() async throws {
        let project = try await project([
            ".gitlab-ci.yml": """
            spec: {inputs: {x: {default: docker}}}
            ---
            image:
              script: [docker build api]
            """
        ])
        #expect(stated(project) == ["api/Dockerfile: api/Dockerfile @api <- script .gitlab-ci.yml:4"])
    }

    @Test func gitLabTemplatesAreReadWithEachJob() async throws {
        let project = try await project([
            ".gitlab-ci.yml": """
            variables: {DIR: .}
            default: {before_script: [cd api]}
            .base: {image: docker:28, services: [docker:28-dind], only: [tags]}
            .build:
              extends: [.base]
              script: [docker build $DIR]
            one: {extends: .build}
            two:
              extends: .build
              before_script: []
              variables: {DIR: web}
              only: [main]
            three: {extends: [.missing, .build], before_script: []}
            circle: {extends: circle, script: [docker info]}
            """
        ])
        #expect(
            stated(project) == [
                "Dockerfile: Dockerfile @. <- script .gitlab-ci.yml:6",
                "api/Dockerfile: api/Dockerfile @api <- script .gitlab-ci.yml:6",
                "web/Dockerfile: web/Dockerfile @web <- script .gitlab-ci.yml:6",
            ])
        #expect(
            project.pipelines.first?.jobs.map { line($0) } == [
                "one: tag layers=new steps=2", "two: push layers=new steps=1", "three: … layers=? steps=1",
                "circle: … layers=? steps=1",
            ])
    }

    @Test(arguments: [
        ("", "push…"), ("  only: [tags]\n", "tag"), ("  only: {refs: [main, tags]}\n", "push+tag"),
        ("  only: [/^v/]\n", "…"), ("  only: [tags]\n  except: [branches]\n", "tag"),
        ("  except: [tags]\n", "push…"), ("  when: manual\n", "other"),
        ("  rules: [{if: $CI_COMMIT_TAG}]\n", "tag"),
        ("  rules: [{if: '$CI_COMMIT_TAG == null'}]\n", "…"),
        ("  rules: [{if: $CI_COMMIT_TAG, when: never}, {when: on_success}]\n", "push…"),
        ("  rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]\n", "pullRequest"),
        ("  rules: [{if: '$CI_PIPELINE_SOURCE != \"schedule\"'}]\n", "…"),
        ("  rules: [{if: '$CI_COMMIT_BRANCH == \"main\"', when: manual}]\n", "other"),
        ("  rules: [{changes: [x]}]\n", "push…"), ("  extends: .x\n", "…"),
    ])
    func triggersOfGitLab(_ rules: String, _ expected: String) async throws {
        let project = try await project([".gitlab-ci.yml": "j:\n\(rules)  script: [docker info]\n"])
        let triggers = try #require(project.pipelines.first?.jobs.first?.triggers)
        #expect(
            triggers.events.map { "\($0)" }.sorted().joined(separator: "+")
                + (triggers.isComplete ? "" : "…") == expected)
    }
}
