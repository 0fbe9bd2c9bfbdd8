import Diagnostics
import Facts
import Host
import JSON
import SourceText

/// daemon.json is not what the engine reads: it does not start with it, or passes over a part of it.
struct DaemonConfigInvalid: HostCheck {
    static let id: CheckID = "daemon-config-invalid"
    static let questions: Set<HostQuestion> = []
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let configuration = facts.host.daemonConfiguration.value else { return [] }
        let source = configuration.source
        if let error = configuration.error { return [finding(of: error, in: source)] }
        guard let root = configuration.root else { return [] }
        guard let members = root.object else {
            return [
                finding(
                    at: 0..<min(1, source.bytes.count), in: source,
                    message: "The engine does not start with this file: it is no JSON object.",
                    subject: "object")
            ]
        }
        var findings: [Finding] = []
        for (key, value) in members.members {
            guard let place = configuration.place(of: key) else { continue }
            if let type = Self.types[key] {
                guard !type.takes(value) else { continue }
                findings.append(
                    finding(
                        at: place, in: source,
                        message:
                            "The engine does not start with this file: `\(key)` is to be \(type.rawValue).",
                        subject: key))
            } else if let meant = closestMatch(to: key, among: Self.types.keys.sorted()) {
                findings.append(
                    finding(
                        at: place, in: source,
                        message: "The engine does not start with this file: `\(key)` is no key of it.",
                        fix: Fix("Write \(meant)."), subject: key))
            }
        }
        return findings + unheeded(in: configuration, root: root)
    }

    /// JSON errors end the engine's start, but for a key that stands twice.
    private func finding(of error: JSONError, in source: SourceText) -> Finding {
        let isTwice = error.message.hasPrefix("duplicate key")
        let start = SourcePosition(line: error.line, column: error.column)
        return Finding(
            check: Self.id, severity: isTwice ? .warning : options.severity, path: source.path,
            range: SourceRange(start: start, end: SourcePosition(line: start.line, column: start.column + 1)),
            message: isTwice
                ? "\(error.message.prefix(1).uppercased() + error.message.dropFirst()): the engine takes one of them."
                : "The engine does not start with this file: \(error.message).",
            subject: error.message)
    }

    /// Below `builder` and `features` the engine passes over what it does not know.
    private func unheeded(in configuration: DaemonConfiguration, root: JSON) -> [Finding] {
        let known: [(path: [String], keys: [String])] = [
            (["features"], ["buildkit", "containerd-snapshotter", "cdi", "time-namespaces"]),
            (["builder"], ["gc", "entitlements", "history"]),
            (
                ["builder", "gc"],
                [
                    "enabled", "policy", "defaultKeepStorage", "defaultReservedSpace", "defaultMaxUsedSpace",
                    "defaultMinFreeSpace",
                ]
            ),
        ]
        return known.flatMap { path, keys -> [Finding] in
            let object = path.reduce(root) { $0[$1] ?? .null }.object
            return (object?.keys ?? []).compactMap { key in
                // Go takes these in any case, and what is not close to a known one may be a newer engine's.
                guard !keys.contains(where: { $0.lowercased() == key.lowercased() }),
                    let meant = closestMatch(to: key, among: keys),
                    let place = configuration.place(of: path + [key])
                else { return nil }
                return finding(
                    at: place, in: configuration.source, severity: .warning,
                    message:
                        "The engine passes over `\(key)`: there is no such key in `\(path.joined(separator: "."))`.",
                    fix: Fix("Write \(meant)."), subject: key)
            }
        }
    }

    private enum ValueType: String {
        case boolean = "true or false"
        case string = "a text"
        case integer = "a whole number"
        case list = "a list"
        case object = "an object"
        case any = "anything"

        func takes(_ value: JSON) -> Bool {
            if value.isNull { return true }
            return switch self {
            case .boolean: value.bool != nil
            case .string: value.string != nil
            case .integer: value.integer != nil
            case .list: value.array != nil
            case .object: value.object != nil
            case .any: true
            }
        }
    }

    /// The keys that dockerd 20.10 to 28.5 take, found by `dockerd --validate` of 26.1 and 28.5, and for 20.10 in
    /// docs.docker.com/reference/cli/dockerd.
    private static let types: [String: ValueType] = {
        let names: [(ValueType, String)] = [
            (
                .boolean,
                """
                allow-direct-routing bridge-accept-fwmark cri-containerd debug experimental icc init ip-forward \
                ip-forward-no-drop ip-masq ip6tables iptables ipv6 live-restore no-new-privileges raw-logs rootless \
                selinux-enabled tls tlsverify userland-proxy
                """
            ),
            (
                .string,
                """
                api-cors-header bip bip6 bridge cgroup-parent cluster-advertise cluster-store containerd \
                containerd-namespace containerd-plugin-namespace data-root default-cgroupns-mode default-gateway \
                default-gateway-v6 default-ipc-mode default-runtime exec-root firewall-backend fixed-cidr fixed-cidr-v6 \
                graph group host-gateway-ip init-path ip isolation log-driver log-format log-level metrics-addr pidfile \
                seccomp-profile storage-driver swarm-default-advertise-addr tlscacert tlscert tlskey \
                userland-proxy-path userns-remap
                """
            ),
            (
                .integer,
                """
                cpu-rt-period cpu-rt-runtime max-concurrent-downloads max-concurrent-uploads max-download-attempts mtu \
                network-control-plane-mtu network-diagnostic-port oom-score-adjust shutdown-timeout
                """
            ),
            (
                .list,
                """
                authorization-plugins cdi-spec-dirs default-address-pools dns dns-opts dns-search exec-opts \
                host-gateway-ips hosts insecure-registries labels node-generic-resources registry-mirrors storage-opts
                """
            ),
            (
                .object,
                """
                builder cluster-store-opts default-network-opts default-ulimits features log-opts proxies runtimes
                """
            ),
            (
                .any,
                """
                add-runtime allow-nondistributable-artifacts authorization-plugin cdi-spec-dir \
                containerd-plugins-namespace default-address-pool default-network-opt default-shm-size default-ulimit \
                deprecated-key-path exec-opt http-proxy https-proxy insecure-registry label log-opt no-proxy nri-opts \
                registry-mirror storage-opt validate $schema
                """
            ),
        ]
        return Dictionary(
            uniqueKeysWithValues: names.flatMap { type, keys in
                keys.split(separator: " ").map { (String($0), type) }
            })
    }()
}
