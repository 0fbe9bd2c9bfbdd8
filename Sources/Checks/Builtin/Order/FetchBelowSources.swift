import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// A build that fetches its dependencies itself, below the sources, on machines that keep nothing but layers.
struct FetchBelowSources: DockerfileCheck {
    static let id: CheckID = "fetch-below-sources"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        // A builder that stays keeps a cache mount, which is the nearer remedy.
        guard build.runsOnNewMachinesOnly, let reads = ContextReads(build) else { return [] }
        /// For each stage the managers whose dependencies it, or a stage that it continues, has in layers.
        var layers: [Set<PackageManager>] = []
        var findings: [Finding] = []
        let copies = Dictionary(grouping: reads.folderReads.filter { $0.step.run == nil }, by: \.step.stage)
        for stage in build.stages {
            var fetched = stage.ancestors.first.map { layers[$0] } ?? []
            for step in stage.steps {
                for invocation in step.invocations where fetches(invocation) {
                    guard fetched.insert(invocation.manager).inserted, stage.stage.isReachable else {
                        continue
                    }
                    findings += finding(invocation, step, below: copies[stage.index] ?? [], in: reads)
                }
            }
            layers.append(fetched)
        }
        return findings
    }

    private func fetches(_ invocation: Invocation) -> Bool {
        switch invocation.action {
        case .fetch, .build: true
        case .install: invocation.input != .nothing
        case .update, .clean, .configure, .other: false
        }
    }

    private func finding(
        _ invocation: Invocation, _ step: StepFacts, below copies: [ContextRead], in reads: ContextReads
    ) -> [Finding] {
        guard let way = invocation.manager.separateFetch, isLate(invocation, way),
            !invocation.command.isConditional, !invocation.isOffline,
            // Of many packages it is the putting together that takes long, with a full cache too.
            way.isOfManyManifests || invocation.caches.allSatisfy({ $0.coverage == .none }),
            let copy = copies.first(where: { $0.step.index < step.index })
        else { return [] }
        let files = reads.entries(of: copy).filter { $0.kind == .file }
        let evidence = files.filter { $0.path.description.hasSuffix(way.evidence) }
        let isVendored = files.contains { $0.path.description.hasSuffix("vendor/modules.txt") }
        guard !isVendored, !evidence.isEmpty, evidence.count < files.count,
            // One project's restore is a matter of one COPY, which broad-copy-before-install tells.
            invocation.action == .build
                || evidence.count > 1 && needsManifestsOnly(invocation, files, in: reads)
        else { return [] }
        let keyword = copy.step.instruction.keyword.rawValue.uppercased()
        let lines = way.lines + ["\(keyword) \(copy.source.path) …"]
        return [
            finding(
                at: copy.step.instruction, in: reads.build, confidence: .likely,
                message:
                    "Every change to any of \(Amount.files(files.count)) downloads all dependencies again: "
                    + "`\(invocation.title)` (line \(reads.build.line(of: invocation.command))) fetches them, below the "
                    + "sources.",
                cost:
                    "The runner keeps layers only, and this one changes with every commit.",
                fix: Fix(
                    "Fetch them in a layer above the sources, and keep layers (cache-to):\n    "
                        + lines.joined(separator: "\n    "))
            ).folding(
                Fold(
                    invocation.manager.name,
                    summary:
                        "builds of \(invocation.manager.name) download all dependencies again with every change: they "
                        + "fetch them below the sources."))
        ]
    }

    /// What a plain COPY of the manifests mends is told as that.
    private func isLate(_ invocation: Invocation, _ way: PackageManager.SeparateFetch) -> Bool {
        switch invocation.action {
        case .build: invocation.recipe == nil && invocation.input != .nothing
        case .fetch, .install: way.isOfManyManifests && invocation.input == .manifests
        default: false
        }
    }

    /// The project has several packages that name each other, and none whose install reads its sources.
    private func needsManifestsOnly(
        _ invocation: Invocation, _ files: [ContextEntry], in reads: ContextReads
    ) -> Bool {
        let names = ManifestNames(of: [invocation])
        let manifests = files.filter { $0.path.components.count <= 4 && names.have($0.path) }
        guard manifests.count <= Limits.manifestsRead else { return false }
        var hasMembers = false
        for entry in manifests {
            guard let bytes = reads.context.contents(of: entry.path) else { return false }
            switch LocalRequirement.reach(of: bytes, file: entry.path.description) {
            case .manifestAlone: continue
            case .manifests: hasMembers = true
            case .sources: return false
            }
        }
        return hasMembers
    }
}
