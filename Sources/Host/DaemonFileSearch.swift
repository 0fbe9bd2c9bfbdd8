import Diagnostics

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Finds the daemon.json of the engine that answers, and the file system of its data.
///
/// Places: docs.docker.com/engine/daemon (rootful, rootless, Windows), Docker Desktop's `~/.docker/daemon.json`, the
/// snap's README. A file of this machine proves nothing of an engine on another one or in a virtual machine.
struct DaemonFileSearch {
    let environment: [String: String]

    func find(for host: HostSnapshot) -> (DaemonFile, Disk?) {
        guard let endpoint = host.endpoint.value else {
            return (.notRead("where the engine is cannot be told"), nil)
        }
        guard endpoint.hasPrefix("unix://") else {
            return (.notRead("the engine is not this machine's: \(endpoint)"), nil)
        }
        let home = environment["HOME"] ?? ""
        if host.engine?.isDesktop == true || endpoint.contains("/.docker/") {
            return (read("\(home)/.docker/daemon.json"), nil)
        }
        let virtual = ["/.colima/", "/.lima/", "/.rd/", "/.orbstack/", "/.minikube/", "/podman/"]
        if virtual.contains(where: endpoint.contains) {
            return (.notRead("the engine runs in a virtual machine"), nil)
        }
        #if os(Linux)
        let root = host.engine?.rootDirectory ?? ""
        if root.hasPrefix("/var/snap/docker/") {
            return (read("/var/snap/docker/current/config/daemon.json"), disk(of: root))
        }
        let daemons = Self.runningDaemons()
        var own = daemons.filter { $0.listens(on: String(endpoint.dropFirst("unix://".count))) }
        // systemd hands the socket over without its path (`--host fd://`).
        if own.isEmpty { own = daemons.filter { root.isEmpty || $0.value(of: "--data-root") == root } }
        // A data-root that stands in daemon.json is in no command line.
        guard let daemon = own.count == 1 ? own.first : daemons.count == 1 ? daemons.first : nil else {
            if daemons.isEmpty, host.engine == nil { return (read("/etc/docker/daemon.json"), nil) }
            return (.notRead("which of this machine's engines answers cannot be told"), nil)
        }
        let rootless = environment["XDG_CONFIG_HOME"] ?? "\(home)/.config"
        let path =
            daemon.value(of: "--config-file")
            ?? (host.engine?.isRootless == true
                ? "\(rootless)/docker/daemon.json" : "/etc/docker/daemon.json")
        return (read(path, seenBy: daemon), disk(of: daemon.folder + root) ?? disk(of: root))
        #else
        return (.notRead("the engine runs in a virtual machine"), nil)
        #endif
    }

    private func read(_ path: String, seenBy daemon: Daemon? = nil) -> DaemonFile {
        // A daemon in another root has its own /etc; only root may look into it.
        let place = (daemon?.folder ?? "") + path
        if let bytes = readHostFile(place) { return .read(path, bytes) }
        var status = stat()
        if stat(place, &status) != 0, errno == ENOENT { return .absent(path) }
        return .notRead("\(path) may not be read")
    }

    /// The folders of an engine's data that may stand on other disks than the data root, each with its own.
    /// Sources: docs.docker.com, "containerd image store" (images and snapshots are in `/var/lib/containerd`) and "Docker
    /// data directory" (`overlay2`, `volumes`, `buildkit`).
    func otherDisks(of host: HostSnapshot, besides main: Disk?) -> [String: Disk] {
        guard let engine = host.engine, !engine.rootDirectory.isEmpty, main != nil else { return [:] }
        let root = engine.rootDirectory
        var folders = [root + "/overlay2", root + "/volumes", root + "/buildkit", root + "/containerd"]
        if engine.usesContainerdStore, !engine.isRootless { folders.append("/var/lib/containerd") }
        var found: [String: Disk] = [:]
        for folder in folders {
            if let disk = disk(of: folder), disk != main { found[folder] = disk }
        }
        return found
    }

    private func disk(of path: String) -> Disk? {
        var status = statvfs()
        guard !path.isEmpty, statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        func bytes(_ blocks: some BinaryInteger) -> Int {
            let (bytes, isOver) = Int(clamping: blocks).multipliedReportingOverflow(
                by: Int(clamping: status.f_frsize))
            return isOver ? Limits.cacheBytes : min(bytes, Limits.cacheBytes)
        }
        return Disk(total: bytes(status.f_blocks), free: bytes(status.f_bavail))
    }

    // MARK: Processes

    /// A dockerd that runs here.
    private struct Daemon {
        /// `/proc/PID/root`, where it may be looked into; else empty, for this process's own root.
        let folder: String
        let arguments: [String]

        /// Whether a socket of its command line is the very file that a path leads to here.
        func listens(on path: String) -> Bool {
            var asked = stat()
            guard stat(path, &asked) == 0 else { return false }
            return arguments.contains { argument in
                guard let start = argument.firstRange(of: "unix://") else { return false }
                var own = stat()
                return stat(folder + argument[start.upperBound...], &own) == 0 && own.st_ino == asked.st_ino
                    && own.st_dev == asked.st_dev
            }
        }

        func value(of flag: String) -> String? {
            for (index, argument) in arguments.enumerated() {
                if argument == flag, index + 1 < arguments.count { return arguments[index + 1] }
                if argument.hasPrefix(flag + "=") { return String(argument.dropFirst(flag.count + 1)) }
            }
            return flag == "--data-root" ? "/var/lib/docker" : nil
        }
    }

    /// Asked about itself, a dockerd starts programs, and until such a child is one of them it looks like a second dockerd.
    private static func runningDaemons() -> [Daemon] {
        guard let processes = opendir("/proc") else { return [] }
        defer { closedir(processes) }
        var found: [(id: String, parent: String?, daemon: Daemon)] = []
        while let entry = readdir(processes) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Int(name) != nil, readHostFile("/proc/\(name)/comm") == Array("dockerd\n".utf8),
                let line = readHostFile("/proc/\(name)/cmdline")
            else { continue }
            let folder = "/proc/\(name)/root"
            let daemon = Daemon(
                folder: access(folder + "/", X_OK) == 0 ? folder : "",
                arguments: line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
            found.append((name, parent(of: name), daemon))
        }
        let ids = Set(found.map(\.id))
        return found.filter { process in process.parent.map { !ids.contains($0) } ?? true }.map(\.daemon)
    }

    /// Source: proc_pid_status(5), `PPid`.
    private static func parent(of process: String) -> String? {
        let lines = readHostFile("/proc/\(process)/status")?.split(separator: UInt8(ascii: "\n")) ?? []
        return lines.first { $0.starts(with: "PPid:".utf8) }.map { line in
            String(
                decoding: line.dropFirst("PPid:".utf8.count).filter { $0 >= 0x30 && $0 <= 0x39 },
                as: UTF8.self)
        }
    }
}

/// Reads a file of this machine's own configuration.
/// - Returns: nil where it is not there, is no file, is too large or may not be read.
func readHostFile(_ path: String) -> [UInt8]? {
    // Without O_NONBLOCK a FIFO would hold this process up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 { return nil }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
        if bytes.count > Limits.textFileBytes { return nil }
    }
}

/// Whether a program is another than the docker CLI itself, which it starts in its own way: it may set DOCKER_HOST.
func isWrapper(_ program: String) -> Bool {
    guard let resolved = realpath(program, nil) else { return true }
    defer { free(resolved) }
    guard String(cString: resolved).hasSuffix("/docker") else { return true }
    let descriptor = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: 2)
    return read(descriptor, &start, 2) < 2 || start == Array("#!".utf8)
}
