import Diagnostics
package import Dockerfile
package import Host
import Project

/// A cache mount that a Dockerfile of the project declares, with the records of it that a host has.
package struct DeclaredMount: Sendable {
    package let build: BuildFacts
    package let step: StepFacts
    package let mount: MountFacts
    package let target: String
    /// Namespace (none), `/` and the mount's id: what BuildKit calls it.
    package let identity: String
    package let records: [RecordedMount]

    package var instruction: Instruction { step.instruction }
    /// In bytes.
    package var size: Int { records.clampedSum(\.record.size) }

    /// Whether a record is that of this mount.
    static func matches(_ record: RecordedMount, identity: String, target: String) -> Bool {
        record.identity.map { $0 == identity } ?? (record.target == target)
    }
}

extension RecordedMount {
    static func all(on host: HostSnapshot) -> [RecordedMount] {
        ([host.engineCache.value ?? []] + host.builderCaches.sorted { $0.key < $1.key }.map(\.value))
            .flatMap { $0 }.compactMap(RecordedMount.init)
    }
}

extension DeclaredMount {
    static func all(in project: ProjectFacts, recorded: [RecordedMount]) -> [DeclaredMount] {
        guard !recorded.isEmpty else { return [] }
        var seen: Set<Place> = []
        var found: [DeclaredMount] = []
        for build in project.builds where build.build.args["BUILDKIT_CACHE_MOUNT_NS"] == nil {
            for step in build.reachableStages.flatMap(\.steps) {
                for mount in step.cacheMounts {
                    guard let key = mount.cacheKey.value, let target = mount.target.value else { continue }
                    let identity = "/" + key
                    let place = Place(
                        path: build.path, start: mount.mount.range.lowerBound, identity: identity)
                    guard seen.insert(place).inserted else { continue }
                    found.append(
                        DeclaredMount(
                            build: build, step: step, mount: mount, target: target, identity: identity,
                            records: recorded.filter { matches($0, identity: identity, target: target) }))
                }
            }
        }
        return found
    }

    private struct Place: Hashable {
        let path: String
        let start: Int
        let identity: String
    }
}
