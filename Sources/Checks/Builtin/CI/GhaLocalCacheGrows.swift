import Diagnostics
import Facts
import Host
import Project
import SourceText

/// A cache of `type=local` that is written into the folder that it was read from and kept by actions/cache: old layers
/// are never taken out.
/// Sources: docker/build-push-action#252, moby/buildkit#1896, and docs.docker.com, "Cache management with GitHub
/// Actions", Local cache (which writes to another folder and moves it).
struct GhaLocalCacheGrows: ProjectCheck {
    static let id: CheckID = "gha-local-cache-grows"
    let options: CheckOptions

    func findings(in project: ProjectFacts) -> [Finding] {
        project.workflowBuilds.compactMap { statement, workflow, place -> Finding? in
            let steps = workflow.jobs[place.job].steps
            guard let entry = statement.cacheTo.first(where: { $0.type == "local" }),
                let folder = entry.attributes["dest"].flatMap({ $0 }),
                statement.cacheFrom.contains(where: { $0.attributes["src"].flatMap { $0 } == folder }),
                steps.contains(where: { $0.action == "actions/cache" && keeps(folder, $0) && savesAgain($0) }
                ),
                // What tidies it up, or may.
                !steps.contains(where: { $0.run?.contains(name(of: folder)) ?? false }),
                !steps.contains(where: \.isLocal), let source = project.source(statement.path)
            else { return nil }
            return finding(
                at: entry.option.bytes, in: source,
                message:
                    "This cache only grows: layers of every build before are still in \(folder), and actions/cache "
                    + "keeps them all.",
                cost: "Each run downloads and uploads more, until GitHub's limit for caches drops the rest.",
                fix: Fix(
                    "Use type=gha, or write to another folder and move it over this one after the build:\n"
                        + "    rm -rf \(shellText([folder])) && mv \(shellText([folder + "-new", folder]))"))
        }
    }

    private func keeps(_ folder: String, _ step: Workflow.Step) -> Bool {
        step["path"]?.value?.split(separator: "\n").contains { line in
            String(line.drop { $0 == " " }) == folder
        } ?? false
    }

    /// With a key that never changes, what the first run saved stays as it is (gha-local-cache-frozen).
    private func savesAgain(_ step: Workflow.Step) -> Bool {
        step["key"]?.written.contains { $0 == "$" } == true
            && step["key"]?.written.contains("github.") == true
            || step["key"]?.written.contains("hashFiles") == true || step["restore-keys"] != nil
    }

    private func name(of folder: String) -> String {
        String(folder.split(separator: "/").last ?? folder[...])
    }
}
