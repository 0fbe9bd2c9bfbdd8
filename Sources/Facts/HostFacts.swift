package import Host

/// What is true of the Docker host, and of the project that is built on it.
package struct HostFacts: Sendable {
    package let host: HostSnapshot
    package let project: ProjectFacts

    package init(host: HostSnapshot, project: ProjectFacts) {
        self.host = host
        self.project = project
    }
}
