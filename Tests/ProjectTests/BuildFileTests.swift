import Diagnostics
import Repository
import Testing

@testable import Project

/// Builds that tools for deployment and development state, and builders that are not docker.
@Suite struct BuildFileTests {
    private static let dockerfiles = [
        "Dockerfile", "api/Dockerfile", "web/Dockerfile", "web/prod.Dockerfile", "tools/k.Dockerfile",
        ".devcontainer/Dockerfile", "docker/x/Dockerfile",
    ]

    private func project(_ files: [String: String]) async throws -> Project {
        var all = Dictionary(uniqueKeysWithValues: Self.dockerfiles.map { ($0, "ARG A\nFROM a\n") })
        all.merge(files) { $1 }
        return try await Project.load(
            from: Snapshot(holding: all.mapValues { Array($0.utf8) }), options: LoadOptions())
    }

    /// What files state, one line each, and what was noted.
    private func stated(_ files: [String: String]) async throws -> [String] {
        let project = try await project(files)
        return project.builds.filter { !$0.statedBy.isEmpty }.map { summary($0) }
            + project.notes.map { "note " + summary($0) }
    }

    private func expect(_ files: [String: String], _ lines: [String]) async throws {
        let found = try await stated(files)
        #expect(found == lines)
    }

    // MARK: - Files

    @Test func packageScripts() async throws {
        let text = """
            {
              "name": "x",
            \t"scripts": {
                "image": "docker build -t \\"web\\" -f web/prod.Dockerfile --build-arg A=1 web",
                "test": "jest"
              }
            }
            """
        try await expect(
            ["package.json": text],
            [
                "web: web/prod.Dockerfile @web A=1 <- script package.json:4"
            ])
        try await expect(
            ["web/package.json": #"{"scripts": {"a": "docker build ."}}"#],
            [
                "web/Dockerfile: web/Dockerfile @web <- script web/package.json:1"
            ])
    }

    @Test func devContainer() async throws {
        let text = """
            // of "VS Code"
            {
              "name": "a // b", /* "build": { */
              "build": {"dockerfile": "Dockerfile", "context": "..", "args": {"A": "1", "B": "${localEnv:B}"},},
            }
            """
        try await expect(
            [".devcontainer/devcontainer.json": text],
            [
                ".devcontainer/Dockerfile: .devcontainer/Dockerfile @. A=1 B=? <- script .devcontainer/devcontainer.json:4"
            ])
        try await expect(
            [".devcontainer.json": #"{"dockerFile": "web/Dockerfile"}"#],
            [
                "web/Dockerfile: web/Dockerfile @. <- script .devcontainer.json:1"
            ])
    }

    @Test func jenkinsfile() async throws {
        let text = """
            pipeline {
              agent { dockerfile { filename 'k.Dockerfile'; dir 'tools' } }
              environment { IMAGE = 'acme/api'
                TAG = "${env.BUILD_ID}" }
              stages {
                stage('Build') { // don't
                  steps {
                    dir('api') { sh "docker build -t api:${TAG} ." }
                    withEnv(['ARGUMENT=inner']) { sh '''
                      docker build -t $IMAGE:$TAG \\\\
                        --build-arg A=$ARGUMENT web
                    ''' }
                    sh(label: 'x', script: "docker build -f web/prod.Dockerfile --target \\"t\\" .", returnStatus: true)
                    script {
                      if (env.X) { docker.build("acme/app:${env.BUILD_ID}", "-f docker/x/Dockerfile docker") }
                      def image = docker.build('root')
                    }
                    dir(path) { sh 'docker build .' }
                    docker.build('y', options)
                  }
                }
              }
            }
            """
        try await expect(
            ["Jenkinsfile": text],
            [
                "root: Dockerfile @. <- script Jenkinsfile:16",
                "api/Dockerfile: api/Dockerfile @api <- script Jenkinsfile:8",
                "docker/x/Dockerfile: docker/x/Dockerfile @docker <- script Jenkinsfile:15",
                "tools/k.Dockerfile: tools/k.Dockerfile @tools <- script Jenkinsfile:2",
                "web/Dockerfile: web/Dockerfile @web A=inner <- script Jenkinsfile:10",
                "web/prod.Dockerfile: web/prod.Dockerfile @. target=t <- script Jenkinsfile:13",
                "note Jenkinsfile:18: how this is run decides which Dockerfile is built (and in 1 more line): the folder that it runs in is not known; contexts that nothing else states are guessed",
            ])
        #expect(
            try await stated(["Jenkinsfile.release": "node { docker.image('node').inside { sh 'npm ci' } }"])
                == [])
    }

    @Test func skaffold() async throws {
        let text = """
            apiVersion: skaffold/v4beta6
            kind: Config
            build:
              platforms: [linux/arm64]
              artifacts:
              - image: api
                context: api
                docker: {target: t, buildArgs: {A: "1", T: "{{.X}}"}, noCache: true}
              - image: k
                context: docker
                kaniko: {dockerfile: x/Dockerfile}
                requires: [{image: api, alias: BASE}]
              - image: j
                jib: {}
              - image: c
                context: web
                custom: {buildCommand: docker build -f prod.Dockerfile .}
            """
        try await expect(
            ["skaffold.yaml": text],
            [
                "api: api/Dockerfile @api target=t A=1 T=? linux/arm64 no-cache <- script skaffold.yaml:6",
                "k: docker/x/Dockerfile @docker BASE=? linux/arm64 <- script skaffold.yaml:9",
                "web/prod.Dockerfile: web/prod.Dockerfile @web linux/arm64 <- script skaffold.yaml:17",
            ])
    }

    @Test func tiltfile() async throws {
        let text = """
            # docker_build('no', '.')
            docker_build('api', './api', build_args={'A': 'b', 'C': x}, live_update=[sync('.', '/app')])
            docker_build("web", "web", dockerfile="web/prod.Dockerfile", target='t', platform=p)
            docker_build(name, "web" + x)
            custom_build('z', 'docker build -t $EXPECTED_REF docker/x', ['a'])
            """
        try await expect(
            ["Tiltfile": text],
            [
                "api: api/Dockerfile @api A=b C=? <- script Tiltfile:2",
                "docker/x/Dockerfile: docker/x/Dockerfile @docker/x <- script Tiltfile:5",
                "web: web/prod.Dockerfile @web target=t <- script Tiltfile:3",
                "note Tiltfile:4: how this is run decides which Dockerfile is built: context; contexts that nothing else states are guessed",
            ])
    }

    @Test func deployment() async throws {
        let heroku = """
            build:
              docker: {web: web/Dockerfile, worker: {dockerfile: api/Dockerfile, target: w}}
              config: {A: b}
            """
        try await expect(
            ["heroku.yml": heroku],
            [
                "worker: api/Dockerfile @api target=w A=b <- script heroku.yml:2",
                "web: web/Dockerfile @web A=b <- script heroku.yml:2",
            ])
        let render = """
            services:
            - {type: web, runtime: docker, name: r, dockerfilePath: ./docker/x/Dockerfile, dockerContext: ./docker}
            - {type: web, runtime: node}
            """
        try await expect(
            ["render.yaml": render],
            [
                "r: docker/x/Dockerfile @docker <- script render.yaml:2"
            ])
        let releaser = """
            dockers:
            - dockerfile: web/Dockerfile
              image_templates: ["x:{{ .Version }}"]
              build_flag_templates: ["--platform=linux/arm64", "--build-arg=A={{.Version}}", "--target=t"]
            """
        try await expect(
            [".goreleaser.yml": releaser],
            [
                "web/Dockerfile: web/Dockerfile @? target=t A=? linux/arm64 <- script .goreleaser.yml:2"
            ])
        try await expect(
            ["railway.json": #"{"build": {"dockerfilePath": "api/Dockerfile"}}"#],
            [
                "api/Dockerfile: api/Dockerfile @. <- script railway.json:1"
            ])
        try await expect(
            ["fly.toml": "[build]\ndockerfile = 'a'\n"],
            [
                "note fly.toml: names a Dockerfile in TOML, which is not read"
            ])
    }

    @Test func rakefile() async throws {
        let text = """
            task :build do
              # sh "docker build no"
              sh "docker build -t x:#{v} api"
              puts "docker build -t no ."
              `docker build -t y web`
            end
            """
        try await expect(
            ["Rakefile": text],
            [
                "api/Dockerfile: api/Dockerfile @api <- script Rakefile:3",
                "y: web/Dockerfile @web <- script Rakefile:5",
            ])
        try await expect(
            ["lib/tasks/docker.rake": "sh 'docker build -t z api'"],
            [
                "z: api/Dockerfile @api <- script lib/tasks/docker.rake:1"
            ])
    }

    @Test(arguments: [
        ("package.json", "{\"scripts\": {\"a\": \"docker build .\""),
        (".devcontainer.json", "{\"dockerFile\": ["),
        ("skaffold.yaml", "artifacts: ["), ("heroku.yml", "build: {"),
    ])
    func broken(_ path: String, _ text: String) async throws {
        let notes = try await project([path: text]).notes
        #expect(notes.map(\.path) == [path] && notes[0].message.hasPrefix("is not read"))
        #expect(notes[0].isUnexamined)
    }

    /// What a program computes is not known, and what it makes of a text is not that text.
    @Test func computedTexts() async throws {
        let jenkins = """
            environment { V = 'a' + x; W = 'w' }
            sh 'docker build --build-arg A=$V --build-arg W=$W web'
            sh "docker build --build-arg A=\\$W api"
            sh 'docker build tools' + x
            withEnv(list) { sh 'docker build --build-arg A=$W -f tools/k.Dockerfile .' }
            """
        try await expect(
            ["Jenkinsfile": jenkins],
            [
                "api/Dockerfile: api/Dockerfile @api A=w <- script Jenkinsfile:3",
                "tools/k.Dockerfile: tools/k.Dockerfile @. A=? <- script Jenkinsfile:5",
                "web/Dockerfile: web/Dockerfile @web A=? W=w <- script Jenkinsfile:2",
                "note Jenkinsfile:4: makes a command of a text that names a builder of images; it is not read",
            ])
        let rake = """
            =begin
            sh "docker build api"
            =end
            sh 'docker build %s' % x
            sh "docker build web"
            __END__
            sh "docker build ."
            """
        try await expect(
            ["Rakefile": rake],
            [
                "web/Dockerfile: web/Dockerfile @web <- script Rakefile:5",
                "note Rakefile:4: makes a command of a text that names a builder of images; it is not read",
            ])
        let elsewhere = try await stated(["Rakefile": "Dir.chdir('web') { sh 'docker build .' }\n"])
        #expect(elsewhere.count == 1 && elsewhere[0].hasPrefix("note Rakefile:1: how this is run decides"))
    }

    /// Calls multiply: four workflows that call each other.
    @Test func callsHaveALimit() async throws {
        let jobs = (0..<4).map { "  c\($0): {uses: ./.github/workflows/w\($0).yml}\n" }.joined()
        let text = "on: {push: , workflow_call: }\njobs:\n\(jobs)  b: {steps: [{run: docker build .}]}\n"
        let names = (0..<4).map { ".github/workflows/w\($0).yml" }
        let project = try await project(Dictionary(uniqueKeysWithValues: names.map { ($0, text) }))
        #expect(Set(project.notes.compactMap(\.path)).isSubset(of: names) && !project.notes.isEmpty)
        #expect(project.notes.allSatisfy { $0.message.contains("calls more than") && $0.isUnexamined })
    }

    // MARK: - Programs

    @Test(arguments: [
        (
            "az acr build -r reg --image api:1 -f api/Dockerfile --build-arg A=1 --no-push .",
            "api: api/Dockerfile @. A=1 <- script b.sh:1"
        ),
        (
            "gcloud builds submit --tag gcr.io/x/web --project p web",
            "gcr.io/x/web: web/Dockerfile @web <- script b.sh:1"
        ),
        ("gcloud builds submit --config=cloudbuild.yaml .", ""),
        ("gcloud builds submit -t x", "x: Dockerfile @. <- script b.sh:1"),
        (
            "buildctl --addr tcp://x build --frontend dockerfile.v0 --local context=. --local dockerfile=docker/x "
                + "--opt target=t --opt build-arg:A=$V --opt platform=linux/arm64 --import-cache type=gha",
            "docker/x/Dockerfile: docker/x/Dockerfile @. target=t A=? linux/arm64 from(type=gha) <- script b.sh:1"
        ),
        (
            "buildctl build --frontend=dockerfile.v0 --local context=web --local dockerfile=web --opt filename=prod.Dockerfile",
            "web/prod.Dockerfile: web/prod.Dockerfile @web <- script b.sh:1"
        ),
        ("buildctl build --frontend other --local context=.", ""),
        (
            "/kaniko/executor --context dir:///workspace/web --destination x --dockerfile prod.Dockerfile --cache=true",
            "x: web/prod.Dockerfile @web <- script b.sh:1"
        ),
        (
            "/kaniko/executor --destination=x --context=web --build-arg=A=1 --snapshot-mode redo",
            "x: web/Dockerfile @web A=1 no-cache <- script b.sh:1"
        ),
        (
            "depot build --project abc -t d -f web/prod.Dockerfile .",
            "d: web/prod.Dockerfile @. <- script b.sh:1"
        ),
        ("retry 3 az acr build -r reg -t w web", "w: web/Dockerfile @web <- script b.sh:1"),
        ("az login", ""), ("echo buildctl build --frontend dockerfile.v0 --local context=.", ""),
    ])
    func builders(_ command: String, _ expected: String) async throws {
        try await expect(["b.sh": command + "\n"], expected.isEmpty ? [] : [expected])
    }

    // MARK: - Pipelines of several files

    @Test func gitLabIncludes() async throws {
        let files = [
            ".gitlab-ci.yml": """
            include:
              - local: /ci/build.yml
              - ci/other.yml
              - local: ci/*.yml
              - project: a/b
                file: x.yml
            variables: {V: root}
            api:
              extends: .build
              variables: {FOLDER: api}
            """,
            "ci/build.yml": """
            variables: {V: included, W: w}
            .build:
              image: docker:28
              script:
                - docker build --build-arg A=$V-$W -t x $FOLDER
            web:
              extends: .build
              variables: {FOLDER: web}
            """,
            "ci/other.yml": "web: {script: [docker build -f web/prod.Dockerfile web]}\n",
        ]
        try await expect(
            files,
            [
                "x: api/Dockerfile @api A=root-w <- script ci/build.yml:5",
                "web/prod.Dockerfile: web/prod.Dockerfile @web <- script ci/other.yml:1",
            ])
    }

    @Test func tekton() async throws {
        let text = """
            apiVersion: tekton.dev/v1
            kind: PipelineRun
            metadata: {name: p}
            spec:
              pipelineSpec:
                tasks:
                - name: a
                  taskRef: {name: buildah}
                  params: [{name: DOCKERFILE, value: web/prod.Dockerfile}, {name: CONTEXT, value: web}]
                - name: b
                  taskSpec:
                    steps:
                    - image: docker
                      workingDir: $(workspaces.source.path)/api
                      script: |
                        docker build -t $(params.image) .
                    - image: gcr.io/kaniko-project/executor:v1
                      args: ["--context=docker/x", "--destination=$(params.image)"]
            """
        try await expect(
            [".tekton/p.yaml": text],
            [
                "api/Dockerfile: api/Dockerfile @api <- script .tekton/p.yaml:16",
                "docker/x/Dockerfile: docker/x/Dockerfile @docker/x no-cache <- script .tekton/p.yaml:18",
                "web/prod.Dockerfile: web/prod.Dockerfile @web <- script .tekton/p.yaml:8",
            ])
    }

    @Test func calledWorkflows() async throws {
        let files = [
            ".github/workflows/ci.yml": """
            on: push
            jobs:
              images:
                strategy: {matrix: {folder: [api, web]}}
                uses: ./.github/workflows/image.yml
                with: {folder: "${{ matrix.folder }}", tag: "${{ github.sha }}"}
              own:
                runs-on: ubuntu-latest
                steps:
                  - uses: ./actions/build
                    with: {file: docker/x/Dockerfile, more: "C=c\\nD=d"}
            """,
            ".github/workflows/image.yml": """
            on:
              workflow_call:
                inputs: {folder: {type: string}, a: {default: b}}
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      context: ${{ inputs.folder }}
                      build-args: |
                        A=${{ inputs.a }}
                        T=${{ inputs.tag }}
            """,
            "actions/build/action.yml": """
            inputs: {file: {default: Dockerfile}, v: {default: '1'}, target: {default: ''}}
            runs:
              using: composite
              steps:
                - uses: docker/build-push-action@v6
                  with: {context: ., file: "${{ inputs.file }}", build-args: "A=${{ inputs.v }}", target: "${{ inputs.target }}"}
                - uses: docker/build-push-action@v6
                  with: {file: "", context: web, build-args: "${{ inputs.more }}"}
            """,
        ]
        try await expect(
            files,
            [
                "api/Dockerfile: api/Dockerfile @api A=b T=? <- workflow .github/workflows/image.yml:8",
                "docker/x/Dockerfile: docker/x/Dockerfile @. A=1 <- workflow actions/build/action.yml:5",
                "web/Dockerfile: web/Dockerfile @web A=b T=? <- workflow .github/workflows/image.yml:8",
                "web/Dockerfile #2: web/Dockerfile @web C=c D=d <- workflow actions/build/action.yml:7",
            ])
        // Without a call, what it builds is not told.
        try await expect(
            files.filter { $0.key.hasSuffix("image.yml") },
            [
                "note .github/workflows/image.yml:8: how this is run decides which Dockerfile is built: context: "
                    + "${{ inputs.folder }}; contexts that nothing else states are guessed"
            ])
    }
}
