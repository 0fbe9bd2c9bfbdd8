import BuildContext
import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A project that `dotnet restore` is to restore refers to one that is not where it looks: it is passed over, and the build
/// below the sources restores everything again.
/// Source: NuGet.Client, `build/NuGet.targets` (a reference that does not exist is a warning, NU1503 or "skipping project").
struct ManifestIncomplete: DockerfileCheck {
    static let id: CheckID = "manifest-incomplete"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard let reads = ContextReads(build) else { return [] }
        return build.reachableStages.flatMap { stage -> [Finding] in
            stage.steps.compactMap { step -> Finding? in
                guard
                    let restore = step.installs.first(where: {
                        $0.manager.name == "nuget" && $0.input == .manifests
                    }),
                    let projects = Projects(above: step, in: stage, reads),
                    let start = projects.start(of: restore, step),
                    let missing = projects.firstMissing(from: start, reads)
                else { return nil }
                return finding(
                    at: step.instruction, in: build, confidence: .likely,
                    message:
                        "\(reads.projectPath(missing.reference)) is not at `\(missing.path)`, where \(reads.projectPath(missing.owner)) "
                        + "refers to it: `\(restore.title)` passes it over.",
                    cost:
                        "What builds below the sources restores all packages again, with each change of a file.",
                    fix: Fix(
                        (missing.isMoved
                            ? "Copy each project file into the folder that it has in the repository:\n    COPY \(missing.owner) "
                                + "\(missing.owner.parent.map { $0.isRoot ? "./" : "\($0)/" } ?? "./")"
                            : "Copy it to where it is looked for:\n    COPY \(missing.reference) "
                                + "\(missing.path.prefix(through: missing.path.lastIndex(of: "/")!))")
                            + "\nBuild with --no-restore, which ends where a project was passed over."))
            }
        }
    }

    /// The project files that COPYs have brought, by their paths in the image.
    private struct Projects {
        private var sources: [String: ContextPath] = [:]

        struct Missing {
            let owner: ContextPath
            let reference: ContextPath
            let path: String
            /// The project that refers to it stands in another folder than in the repository.
            let isMoved: Bool
        }

        /// - Returns: nil where something may have come that is not known.
        init?(above step: StepFacts, in stage: StageFacts, _ reads: ContextReads) {
            for read in reads.reads where read.step.run == nil {
                guard
                    read.step.stage == stage.index && read.step.index < step.index
                        || stage.ancestors.contains(read.step.stage)
                else { continue }
                guard let copy = read.step.step.copy, copy.destination.isCertain, !read.source.parents else {
                    return nil
                }
                let text = copy.destination.text
                let base = PathText.clean(text)
                let isFolder =
                    text.hasSuffix("/") || copy.sources.count > 1 || base == read.step.workdir.value
                    || read.source.path.contains { "*?[".contains($0) }
                for root in read.selection.roots where root.kind == .file {
                    let name = String(decoding: root.target.name, as: UTF8.self)
                    sources[isFolder ? PathText.clean(name, in: base) : base] = root.target
                }
                let folders = read.folders
                for entry in reads.entries(of: read)
                where entry.kind == .file && entry.path.name.suffix(4).elementsEqual("proj".utf8) {
                    guard let folder = folders.first(where: { $0.isRoot || entry.path.isInside($0) }) else {
                        continue
                    }
                    let rest = entry.path.bytes.dropFirst(folder.isRoot ? 0 : folder.bytes.count + 1)
                    sources[PathText.clean(String(decoding: rest, as: UTF8.self), in: base)] = entry.path
                }
            }
            // What another stage or an address brings may be the missing one.
            let others = stage.steps[..<step.index].contains { earlier in
                earlier.step.copy.map { $0.origin != .context } ?? false
            }
            if others { return nil }
        }

        /// The project that a restore names, else the only one in its folder.
        func start(of restore: Invocation, _ step: StepFacts) -> String? {
            if let name = restore.names.first {
                guard name.text.hasSuffix("proj"), let path = step.path(of: name, in: restore.command).value,
                    sources[path] != nil
                else { return nil }
                return path
            }
            guard let folder = step.workdir(of: restore.command).value else { return nil }
            let here = sources.keys.filter { path in
                path.hasSuffix("proj") && path.hasPrefix(folder + "/")
                    && !path.dropFirst(folder.count + 1).contains("/")
            }
            return here.count == 1 ? here[0] : nil
        }

        func firstMissing(from start: String, _ reads: ContextReads) -> Missing? {
            var pending = [start]
            var seen: Set<String> = []
            while let path = pending.popLast() {
                guard seen.insert(path).inserted, reads.build.work.spend(), let owner = sources[path],
                    let text = reads.context.contents(of: owner)
                else { continue }
                for reference in Self.references(in: text) {
                    let target = PathText.clean(
                        "\(path.prefix(through: path.lastIndex(of: "/")!))\(reference)")
                    if sources[target] != nil {
                        pending.append(target)
                        continue
                    }
                    let folder = owner.parent.map { $0.isRoot ? "/" : "/\($0)/" } ?? "/"
                    let there = ContextPath(String(PathText.clean(folder + reference).dropFirst()))
                    // What the repository does not have either is no matter of a COPY.
                    guard reads.context.listing.entry(at: there) != nil else { continue }
                    return Missing(
                        owner: owner, reference: there, path: target,
                        isMoved: !path.hasSuffix("/" + owner.description))
                }
            }
            return nil
        }

        /// `<ProjectReference Include="../Lib/Lib.csproj" />`, as paths with slashes.
        private static func references(in text: [UInt8]) -> [String] {
            let parts = String(decoding: text, as: UTF8.self).split(
                separator: "<ProjectReference", omittingEmptySubsequences: false)
            return parts.dropFirst().compactMap { part -> String? in
                guard let start = part.firstRange(of: "Include=\"") else { return nil }
                let value = part[start.upperBound...].prefix { $0 != "\"" }
                guard !value.contains("$"), !value.contains("*"), !value.contains(";") else { return nil }
                return String(value.map { $0 == "\\" ? "/" : $0 })
            }
        }
    }
}
