package import Host

/// What is true of the Docker host, and of the project that is built on it.
package struct HostFacts: Sendable {
    package let host: HostSnapshot
    package let project: ProjectFacts
    /// Every cache mount in the caches of all builders that answered.
    package let recordedMounts: [RecordedMount]
    /// Every cache mount that a build of the project needs and whose key is known, once for each Dockerfile; none where
    /// no builder has a cache mount, as there is nothing then to compare with.
    package let declaredMounts: [DeclaredMount]

    package init(host: HostSnapshot, project: ProjectFacts) {
        self.host = host
        self.project = project
        recordedMounts = RecordedMount.all(on: host)
        declaredMounts = DeclaredMount.all(in: project, recorded: recordedMounts)
    }

    /// The steps that the records of layers read like, by the record.
    package func stepsOfLayers() -> [CacheRecord: [RecordedStep]] {
        let steps = RecordedStep.all(in: project)
        var found: [CacheRecord: [RecordedStep]] = [:]
        for record in host.caches.flatMap(\.records) where record.type == "regular" {
            guard let text = RecordedStep.text(of: record), let own = steps[text] else { continue }
            found[record] = own
        }
        return found
    }
}
