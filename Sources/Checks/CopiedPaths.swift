import BuildContext
import Diagnostics
import Dockerfile
import Facts

/// Where the files of some COPYs are in the image, to tell whether a step names one of them.
struct CopiedPaths {
    private let context: BuildContext
    /// What is copied: a folder of the context, and the folder of the image that its content goes to.
    private let folders: [(source: ContextPath, destination: String)]
    /// A destination is not known, so that any path may be one of them.
    private let isUnknown: Bool

    init(_ copies: [ContextRead], in context: BuildContext) {
        self.context = context
        var folders: [(source: ContextPath, destination: String)] = []
        var isUnknown = false
        for copy in copies {
            guard let destination = copy.step.step.copy?.destination, destination.isCertain else {
                isUnknown = true
                continue
            }
            // With --parents the path is kept below the destination, whatever folder it begins at.
            if copy.source.parents { isUnknown = true }
            folders += copy.folders.map { ($0, PathText.clean(destination.text)) }
        }
        self.folders = folders
        self.isUnknown = isUnknown
    }

    /// The files of a system that its programs read their settings from, without being told: sources and keys of package
    /// managers, certificates, accounts, the linker's folders.
    /// Sources: Filesystem Hierarchy Standard 3.0 (`/etc`); sources.list(5) (`Signed-By`: `/usr/share/keyrings`);
    /// update-ca-certificates(8), update-ca-trust(8).
    private static let settings = [
        "/etc", "/usr/share/keyrings", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
        "/usr/local/etc",
        "/usr/share/pki", "/usr/lib/sysusers.d", "/var/lib/dpkg",
    ]

    /// Some of the files become settings of the system.
    var holdSettings: Bool {
        folders.contains { folder in
            Self.settings.contains { settings in
                if PathText.isPath(folder.destination, inOrAt: settings) { return true }
                guard let path = contextPath(of: settings, in: folder) else { return false }
                return context.listing.entry(at: path) != nil
            }
        }
    }

    /// The files and folders of the context that a path of the image may be; empty where it is none that is copied.
    private func sources(of path: String) -> [ContextPath] {
        folders.compactMap { folder in
            contextPath(of: path, in: folder).flatMap { context.listing.entry(at: $0)?.path }
        }
    }

    /// The folder's own path is nobody's file: `cd /app`, `mkdir -p /app`.
    private func contextPath(
        of path: String, in folder: (source: ContextPath, destination: String)
    ) -> ContextPath? {
        guard path != folder.destination, PathText.isPath(path, inOrAt: folder.destination) else {
            return nil
        }
        let rest = path.utf8.dropFirst(folder.destination == "/" ? 1 : folder.destination.utf8.count + 1)
        return folder.source.isRoot ? ContextPath(bytes: Array(rest)) : folder.source.appending(rest)
    }

    /// Whether the text or the environment of a RUN names something that is copied.
    /// - Parameters:
    ///   - orFolder: the folder that they are in counts too, which `cd` and `mkdir` name without reading anything.
    ///   - isKept: whether it stays above the step in any case.
    func areNamed(
        by step: StepFacts, orFolder: Bool = false, except isKept: (ContextPath) -> Bool = { _ in false }
    ) -> Bool {
        for command in step.script.commands {
            for word in command.words.dropFirst() + command.redirections.map(\.target) {
                guard let text = step.text(of: word, in: command).value else { continue }
                // `--prefix=/opt/tool`, `PREFIX=/opt/tool`
                let behind = text.drop { $0 != "=" }.dropFirst()
                let value = text.utf8.first == UInt8(ascii: "-") || !behind.isEmpty ? behind : text[...]
                if value.isEmpty || value.contains("://") { continue }
                if isUnknown, value.contains("/") || word.hasGlob { return true }
                guard let folder = step.workdir(of: command).value ?? (value.hasPrefix("/") ? "/" : nil)
                else {
                    continue
                }
                if orFolder,
                    folders.contains(where: { $0.destination == PathText.clean(String(value), in: folder) })
                {
                    return true
                }
                if word.hasGlob {
                    if mayMatch(PathText.clean(String(value), in: folder)) { return true }
                } else if sources(of: PathText.clean(String(value), in: folder)).contains(where: {
                    !isKept($0)
                }) {
                    return true
                }
            }
        }
        return step.step.state.environment.variables.contains { variable in
            let value = variable.value
            guard value.isCertain, value.text.utf8.first == UInt8(ascii: "/") else { return false }
            let path = PathText.clean(value.text)
            return orFolder && folders.contains { $0.destination == path }
                || sources(of: path).contains { !isKept($0) }
        }
    }

    /// Whether a step works on nothing that is copied: it downloads, unpacks and compiles in other folders.
    /// - Parameter others: what else of the context has come before the step, such as a Makefile by its name.
    func areForeign(to step: StepFacts, besides others: [ContextRead]) -> Bool {
        guard step.script.isComplete, !step.script.commands.isEmpty, !isUnknown,
            step.mounts.allSatisfy({ $0.mount.kind == .cache || $0.mount.kind == .tmpfs })
        else { return false }
        var needsPlace = false
        for command in step.script.commands {
            if command.readsOnlyWhatItNames || command.runsDownload { continue }
            guard let program = command.program, Self.builders.contains(program), !command.hasUnseenArguments,
                let place = step.workdir(of: command).value,
                !folders.contains(where: { PathText.isPath(place, inOrAt: $0.destination) })
            else { return false }
            needsPlace = true
            // A compiler reads what lies below its folder, and what a Makefile there names.
            guard Self.readers.contains(program) else { continue }
            let isFed = others.contains { other in
                guard let destination = other.step.step.copy?.destination, destination.isCertain else {
                    return true
                }
                return PathText.isPath(PathText.clean(destination.text), inOrAt: place)
                    || PathText.isPath(place, inOrAt: PathText.clean(destination.text))
            }
            if isFed { return false }
        }
        // A compiler looks for headers, libraries and tools in the system's folders.
        if needsPlace,
            folders.contains(where: { folder in
                Self.system.contains { PathText.isPath(folder.destination, inOrAt: $0) }
                    || folder.destination == "/"
            })
        {
            return false
        }
        return !areNamed(by: step, orFolder: needsPlace)
    }

    private static let system = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/var", "/root", "/home"]

    /// Programs that work in their folder and on what they name.
    private static let builders = readers.union(["git", "tar", "unzip", "gzip", "gunzip", "bzip2", "xz"])

    /// Those that read what is there.
    private static let readers: Set<String> = [
        "make", "cmake", "ninja", "meson", "configure", "autoconf", "autoreconf", "autogen.sh", "gcc", "g++",
        "cc",
        "clang",
    ]

    /// A pattern's folder is one that is copied, or in one.
    private func mayMatch(_ pattern: String) -> Bool {
        let parts = pattern.split(separator: "/")
        let plain = parts.prefix { part in !part.utf8.contains { "*?[{".utf8.contains($0) } }
        let folder = "/" + plain.joined(separator: "/")
        return folders.contains { $0.destination == folder } || !sources(of: folder).isEmpty
    }
}
