import BuildContext
import Catalogue
import Checks
import Diagnostics
import Facts
import Fixes
import Impact
import Project
import Repository
import SourceText

/// A project of files in memory.
private func project(_ files: [String: [UInt8]]) async -> Project? {
    try? await Project.load(from: Snapshot(holding: files), options: LoadOptions())
}

private let catalogue: Catalogue = {
    guard let catalogue = try? Catalogue.builtin() else { fatalError("no catalogue") }
    return catalogue
}()

private func outcome(of project: Project) async -> Outcome {
    let all = catalogue.adding(
        project.configuration.customChecks.map { CatalogueEntry(description: $0.description, page: $0.page) })
    // What a configuration says wrongly of checks is an error of its own.
    guard let runner = try? Runner(configuration: project.configuration, catalogue: all) else {
        return Outcome()
    }
    return await runner.run(on: project)
}

private let dockerfile = Array(
    """
    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y gcc
    COPY . /src
    RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir -r /src/requirements.txt

    """.utf8)

/// Loads a project with this file in it and runs all checks.
@Sendable func examine(_ bytes: [UInt8], as path: String) {
    wait {
        var files = ["Dockerfile": dockerfile, "app/Dockerfile": dockerfile]
        files[path] = bytes
        guard let loaded = await project(files) else { return }
        let found = await outcome(of: loaded)
        for finding in found.findings + found.ignored {
            require(!finding.message.isEmpty, "a finding without words")
        }
        for build in loaded.builds { require(!build.name.isEmpty, "a build without a name") }
    }
}

/// The first byte chooses the kind of file.
@Sendable func fuzzBuildFile(_ bytes: [UInt8]) {
    let kinds = [
        "Jenkinsfile", "Tiltfile", "Rakefile", "skaffold.yaml", ".devcontainer.json", ".goreleaser.yml",
        "heroku.yml",
        "render.yaml", ".tekton/a.yaml",
    ]
    guard let first = bytes.first else { return }
    examine(Array(bytes.dropFirst()), as: kinds[Int(first) % kinds.count])
}

/// The first half is a file of custom checks, the second a Dockerfile.
@Sendable func fuzzCustomChecks(_ bytes: [UInt8]) {
    let (rules, judged) = halves(bytes)
    wait {
        let files = [
            ".clm-doctor.yaml": Array("custom-checks: [c.yaml]\n".utf8), "c.yaml": rules,
            "Dockerfile": judged,
        ]
        guard let loaded = await project(files) else { return }
        _ = await outcome(of: loaded)
    }
}

/// What is read is written as it was, and hides what it names.
@Sendable func fuzzBaseline(_ bytes: [UInt8]) {
    guard let baseline = try? Baseline(reading: bytes) else { return }
    require(baseline.entries.count <= bytes.count, "entries from nowhere")
}

/// A Dockerfile, and what became of it: each step has a state, and one that is what it was is no rebuild.
@Sendable func fuzzImpact(_ bytes: [UInt8]) {
    let (before, after) = halves(bytes)
    wait {
        guard let base = await project(["Dockerfile": before]),
            let head = await project(["Dockerfile": after]),
            let build = base.builds.first, let edited = head.builds.first,
            let baseFacts = ProjectFacts(project: base).facts(of: build),
            let headFacts = ProjectFacts(project: head).facts(of: edited)
        else { return }
        let impact = BuildImpact(
            of: baseFacts, in: base.snapshot, editedTo: headFacts, in: head.snapshot, paths: ["Dockerfile"])
        if before == after {
            for step in impact.steps {
                require(step.state != .rebuild, "a rebuild without a change: \(step.label)")
            }
        }
    }
}

@Sendable private func load(_ snapshot: Snapshot) async -> Project? {
    try? await Project.load(from: snapshot, options: LoadOptions())
}

/// Fixed, parsed and fixed again: the second time nothing changes.
@Sendable func fuzzFixes(_ bytes: [UInt8]) {
    wait {
        guard let loaded = await project(["Dockerfile": bytes]) else { return }
        let request = FixPlan.Request(
            checks: Set(catalogue.entries.map(\.id)), applicabilities: [.safe, .unsafe])
        let plan = await FixPlan(for: loaded, request, loading: load) { await outcome(of: $0) }
        guard !plan.isBounded, let fixed = plan.files.first(where: { $0.path == "Dockerfile" }) else {
            return
        }
        guard let again = await project(["Dockerfile": fixed.after]) else { return }
        let second = await FixPlan(for: again, request, loading: load) { await outcome(of: $0) }
        require(
            !second.files.contains { $0.path == "Dockerfile" },
            "fixed twice: \(String(decoding: second.files.first?.after ?? [], as: UTF8.self))")
    }
}
