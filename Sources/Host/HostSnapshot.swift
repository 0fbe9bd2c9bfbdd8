package import Diagnostics
package import SourceText

/// What is known of a Docker host at one time. What was not heard is unknown.
package struct HostSnapshot: Sendable {
    package enum Connection: Sendable, Hashable {
        /// The engine answered.
        case answered
        /// There is no docker program.
        case missing
        /// Why the engine did not answer, and what docker said.
        case unreachable(Obstacle, detail: String)
        /// Nobody asked (`--no-host`).
        case notAsked
    }

    /// What stands between the docker CLI and its engine.
    package enum Obstacle: Sendable, Hashable {
        case daemonDown, permission, wrongContext, wrongAddress, hostNotFound, tls, apiVersion, tooSlow, other
    }

    package var connection: Connection
    /// `--require-host`.
    package var isRequired = false
    /// The variables that the docker CLI and buildx heed.
    package var environment: [String: String] = [:]
    package var clientVersion: Fact<ToolVersion> = .unknown
    /// The buildx plugin; nil inside for none.
    package var buildx: Fact<Plugin?> = .unknown
    /// `"aliases": {"builder": …}` of the client's configuration: `docker build` is buildx then.
    package var hasBuilderAlias: Fact<Bool> = .unknown
    /// `unix:///var/run/docker.sock`, `ssh://…`, `tcp://…`.
    package var endpoint: Fact<String> = .unknown
    /// The docker context that is selected; `default` where DOCKER_HOST is set.
    package var contextName: Fact<String> = .unknown
    package var engine: Engine?
    package var builders: Fact<[Builder]> = .unknown
    package var images: Fact<[Image]> = .unknown
    package var volumes: Fact<[Volume]> = .unknown
    package var containers: Fact<[String]> = .unknown
    /// Records of the engine's own BuildKit.
    package var engineCache: Fact<[CacheRecord]> = .unknown
    /// Records of all other builders, by the builder's name.
    package var builderCaches: [String: [CacheRecord]] = [:]
    package var daemonFile = DaemonFile.notRead("")
    /// daemon.json, where it could be read and is JSON.
    package var daemonConfiguration: Fact<DaemonConfiguration> = .unknown
    package var disk: Fact<Disk> = .unknown
    /// Of folders of the engine that stand on disks of their own, by their path.
    package var otherDisks: [String: Disk] = [:]
    /// What went wrong while it was asked, one sentence each.
    package var notes: [String] = []

    package init(connection: Connection) { self.connection = connection }

    /// Nobody asked.
    package static let notAsked = HostSnapshot(connection: .notAsked)

    package struct Plugin: Sendable, Hashable {
        package let version: Fact<ToolVersion>
    }

    package struct Engine: Sendable, Hashable {
        package let version: Fact<ToolVersion>
        /// `linux` or `windows`.
        package let system: String
        /// `overlay2`, `vfs`, …
        package let storageDriver: String
        /// Images are in containerd's store, which can export caches.
        package let usesContainerdStore: Bool
        /// Where its data are; a path of the machine that it runs on.
        package let rootDirectory: String
        package let isRootless: Bool
        /// It runs in Docker Desktop's virtual machine.
        package let isDesktop: Bool
        /// Its clock: seconds since 1970.
        package let time: Int?
    }

    package struct Builder: Sendable {
        package let name: String
        /// `docker`, `docker-container`, `kubernetes`, `remote`.
        package let driver: String
        package let isCurrent: Bool
        package internal(set) var nodes: [Node]
    }

    package struct Node: Sendable {
        package let name: String
        package let endpoint: String
        /// `running`, `stopped`, `inactive`, …; empty where it did not answer.
        package let status: String
        package let version: Fact<ToolVersion>
        /// The rules of its garbage collection in their order; empty where there is none.
        package let collection: Fact<[CollectionRule]>
    }

    /// One rule of BuildKit's garbage collection, as it is in effect. Sizes in bytes, 0 for none.
    package struct CollectionRule: Sendable, Hashable {
        package let all: Bool
        /// Any one of them has to match; commas inside of one mean "and".
        package let filters: [String]
        /// In seconds.
        package let keepDuration: Int
        package let reservedSpace: Int
        package let maxUsedSpace: Int
        package let minFreeSpace: Int
    }

    package struct Image: Sendable, Hashable {
        package let repository: String
        package let tag: String
    }

    package struct Volume: Sendable, Hashable {
        package let name: String
        /// How many containers use it.
        package let links: Int?
        /// In bytes.
        package let size: Int?
    }
}

/// One record of BuildKit's cache.
package struct CacheRecord: Sendable, Hashable {
    package let id: String
    /// `regular`, `internal`, `frontend`, `source.local`, `source.git.checkout`, `exec.cachemount`.
    package let type: String
    package let description: String
    /// In bytes.
    package internal(set) var size: Int
    /// Its bytes are an image's too: deleting it frees nothing.
    package let isShared: Bool
    package let isInUse: Bool
    package let usageCount: Int
    /// Seconds since 1970, as exact as docker prints it (`3 weeks ago`); nil where that cannot be told.
    package let lastUsed: Int?
}

extension CacheRecord {
    /// For people; `types` are BuildKit's (`client/diskusage.go`).
    package static func title(ofType type: String) -> String {
        switch type {
        case "exec.cachemount": "cache mounts"
        case "regular": "layers"
        case "source.local": "build contexts"
        case "source.git.checkout": "git checkouts"
        default: type
        }
    }
}

extension HostSnapshot {
    /// The text of daemon.json by its path; nothing where it was not read.
    package var sources: [String: SourceText] {
        daemonConfiguration.value.map { [$0.source.path: $0.source] } ?? [:]
    }

    /// The builder that `docker buildx build` uses.
    package var currentBuilder: Builder? { builders.value?.first(where: \.isCurrent) }

    /// The BuildKit inside the engine that was asked. buildx has such a builder for each docker context, named after it,
    /// and each of them is another engine.
    package var engineBuilder: Builder? {
        let engines = (builders.value ?? []).filter { $0.driver == "docker" }
        guard let context = contextName.value else { return engines.count == 1 ? engines[0] : nil }
        return engines.first { $0.name == context }
    }

    /// What the garbage collection of the engine's own BuildKit does.
    package var engineCollection: Fact<[CollectionRule]> {
        engineBuilder?.nodes.first { $0.status == "running" }?.collection ?? .unknown
    }

    /// The builders besides the engine's own that run, so that they can be asked for their caches.
    package var otherBuilders: [Builder] {
        (builders.value ?? []).filter { builder in
            builder.name != engineBuilder?.name && builder.nodes.contains { $0.status == "running" }
        }
    }

    /// Why nothing is known of the host, as part of a sentence; nil where it answered or nobody asked.
    package var reasonForSilence: String? {
        switch connection {
        case .answered, .notAsked: nil
        case .missing: "there is no docker program here"
        case .unreachable(let obstacle, let detail): "\(obstacle.summary) (\(detail))"
        }
    }
}

extension HostSnapshot.Obstacle {
    /// Part of a sentence.
    package var summary: String {
        switch self {
        case .daemonDown: "the Docker daemon does not run"
        case .permission: "this user may not use the Docker daemon's socket"
        case .wrongContext: "the docker context that is selected does not exist"
        case .wrongAddress: "DOCKER_HOST is no address"
        case .hostNotFound: "the machine of the Docker daemon cannot be reached"
        case .tls: "the docker CLI and the daemon do not agree on TLS"
        case .apiVersion: "the docker CLI and the daemon are too far apart in age"
        case .tooSlow: "the Docker daemon did not answer in time"
        case .other: "the Docker daemon does not answer"
        }
    }

    /// What docker's words on standard error mean (docker/cli and moby/client, `client/errors.go`; texts of 20.10,
    /// 26.1 and 28.5 were seen).
    init(saying text: String) {
        let text = text.lowercased()
        func says(_ phrases: String...) -> Bool { phrases.contains { text.contains($0) } }
        if says("permission denied") {
            self = .permission
        } else if says("context not found") || says("context \"") && says("does not exist") {
            self = .wrongContext
        } else if says(
            "unable to parse docker host", "invalid host", "invalid bind address", "protocol not available")
        {
            self = .wrongAddress
        } else if says(
            "tls", ".pem", "x509", "certificate", "http request to an https", "http response to https")
        {
            self = .tls
        } else if says(
            "is too new", "is too old", "maximum supported api version", "minimum supported api version")
        {
            self = .apiVersion
        } else if says(
            "no such host", "ssh: ", "i/o timeout", "no route to host", "network is unreachable",
            "deadline exceeded")
        {
            self = .hostNotFound
        } else if says(
            "cannot connect to the docker daemon", "connection refused", "is the docker daemon running",
            "failed to connect to the docker api")
        {
            self = .daemonDown
        } else {
            self = .other
        }
    }
}
