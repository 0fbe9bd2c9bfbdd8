import BuildContext
import Diagnostics

/// Files and folders that change without the image needing them: what tools leave behind, and what describes the
/// project to people and machines other than the build.
struct Churner {
    /// As a pattern for an ignore file.
    let pattern: String
    let fileCount: Int
    let byteCount: Int
    /// Nothing that a build reads can be behind this name.
    let isNeverNeeded: Bool
    /// People write it, and seldom change it: the Dockerfile, compose files, `.github`, settings of editors.
    let isWritten: Bool

    /// `node_modules (1,200 files, 34 MB)`.
    var text: String {
        fileCount < 2 ? pattern : "\(pattern) (\(Amount.files(fileCount)), \(Amount.bytes(byteCount)))"
    }

    /// Folders that tools make, at any depth, and whether a build could need what is in them.
    private static let folders: [String: Bool] = [
        "node_modules": false, "__pycache__": true, ".venv": false, ".tox": true, ".nox": true,
        ".pytest_cache": true,
        ".mypy_cache": true, ".ruff_cache": true, ".ipynb_checkpoints": true, ".eggs": true, ".idea": true,
        ".vscode": true, ".vs": true, ".next": false, ".nuxt": false, ".svelte-kit": false, ".turbo": false,
        ".parcel-cache": true, ".gradle": false, ".terraform": false, ".nyc_output": true,
    ]
    /// Folders that a tool makes beside its manifest.
    private static let outputs: [String: [String]] = [
        "target": ["Cargo.toml", "pom.xml"], "build": ["build.gradle", "build.gradle.kts"],
        "venv": [], "coverage": ["package.json"],
    ]
    /// What tools will make beside a file of this name or extension; cargo's members build into their workspace's folder,
    /// which is the one with the lock file.
    private static let expected: [(manifest: String, folders: [String])] = [
        ("package.json", ["node_modules"]), ("Cargo.lock", ["target"]), ("pom.xml", ["target"]),
        ("build.gradle", ["build", ".gradle"]), ("build.gradle.kts", ["build", ".gradle"]),
        ("csproj", ["bin", "obj"]), ("fsproj", ["bin", "obj"]), ("composer.json", ["vendor"]),
    ]
    private static let extensions: [String: Bool] = [
        ".pyc": true, ".pyo": true, ".log": false, ".swp": true, ".swo": true,
    ]
    /// Settings of editors, which people share and seldom change.
    private static let settings: Set<String> = ["**/.vscode", "**/.idea", "**/.vs"]
    private static let files: [String: Bool] = [".DS_Store": true, "Thumbs.db": true, ".coverage": true]

    /// - Parameters:
    ///   - entries: what a build takes, folders before what they hold.
    ///   - dockerfile: the build's own Dockerfile, in the context.
    /// - Returns: heaviest first.
    static func all(in entries: [ContextEntry], dockerfile: ContextPath?) -> [Churner] {
        var names: [ContextPath: Set<String>] = [:]
        for entry in entries where entry.kind == .file {
            names[entry.path.parent ?? .root, default: []].insert(
                String(decoding: entry.path.name, as: UTF8.self))
        }
        var found: [String: (files: Int, bytes: Int, isNeverNeeded: Bool)] = [:]
        var inside: (folder: ContextPath, pattern: String, isNeverNeeded: Bool)?
        func count(_ pattern: String, _ entry: ContextEntry, _ isNeverNeeded: Bool) {
            let sum = found[pattern] ?? (0, 0, isNeverNeeded)
            found[pattern] = (
                sum.files + (entry.kind == .file ? 1 : 0), sum.bytes.addingClamped(entry.size), isNeverNeeded
            )
        }
        for entry in entries {
            if let current = inside, entry.path.isInside(current.folder) {
                count(current.pattern, entry, current.isNeverNeeded)
                continue
            }
            inside = nil
            let name = String(decoding: entry.path.name, as: UTF8.self)
            let siblings = names[entry.path.parent ?? .root] ?? []
            if entry.kind == .directory {
                let ownNames = names[entry.path] ?? []
                if let isNeverNeeded = folders[name] {
                    inside = (entry.path, "**/\(name)", isNeverNeeded)
                } else if outputs[name]?.contains(where: siblings.contains) == true
                    || name == "venv" && ownNames.contains("pyvenv.cfg")
                {
                    inside = (entry.path, "**/\(name)", false)
                } else if name == ".github", entry.path.components.count == 1 {
                    inside = (entry.path, name, true)
                }
                if let inside { count(inside.pattern, entry, inside.isNeverNeeded) }
                continue
            }
            if let isNeverNeeded = files[name] {
                count("**/\(name)", entry, isNeverNeeded)
            } else if let dot = name.lastIndex(of: "."), let isNeverNeeded = extensions[String(name[dot...])]
            {
                count("**/*\(name[dot...])", entry, isNeverNeeded)
            } else if entry.path == dockerfile || isAboutTheProject(entry.path, name) {
                count(entry.path.description, entry, true)
            }
        }
        // A folder whose content an ignore file leaves out (`.github/*`) is always the same.
        return found.filter { $0.value.files > 0 }.map {
            Churner(
                pattern: $0.key, fileCount: $0.value.files, byteCount: $0.value.bytes,
                isNeverNeeded: $0.value.isNeverNeeded,
                isWritten: !$0.key.hasPrefix("**/") || settings.contains($0.key))
        }
        .sorted { ($1.byteCount, $0.pattern) < ($0.byteCount, $1.pattern) }
    }

    /// The folders that tools will make of what is copied, on a machine where people work: `node_modules` for a
    /// `package.json`. A folder that is there already is either the project's own or a churner.
    /// - Returns: patterns for an ignore file.
    static func expected(in entries: [ContextEntry]) -> [String] {
        let present = Set(entries.lazy.filter { $0.kind == .directory }.map(\.path))
        var found: [(name: String, folders: [ContextPath])] = []
        for entry in entries where entry.kind == .file {
            let name = String(decoding: entry.path.name, as: UTF8.self)
            guard
                let row = expected.first(where: { name == $0.manifest || name.hasSuffix("." + $0.manifest) }),
                let parent = entry.path.parent, isNearTheTop(parent)
            else { continue }
            for folder in row.folders {
                let path = parent.appending(folder.utf8)
                guard !present.contains(path) else { continue }
                if let index = found.firstIndex(where: { $0.name == folder }) {
                    found[index].folders.append(path)
                } else {
                    found.append((folder, [path]))
                }
            }
        }
        return found.flatMap { name, folders in
            folders.count > 2 ? ["**/\(name)"] : folders.map(\.description)
        }
    }

    /// Deep down, and in what tools made, are manifests that nobody works with.
    private static func isNearTheTop(_ folder: ContextPath) -> Bool {
        let names = folder.components
        return names.count <= 2 && !names.contains { folders[String(decoding: $0, as: UTF8.self)] != nil }
    }

    private static func isAboutTheProject(_ path: ContextPath, _ name: String) -> Bool {
        guard path.components.count == 1 else { return false }
        let isCompose =
            (name.hasPrefix("docker-compose") || name.hasPrefix("compose"))
            && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
        return isCompose || name == ".gitlab-ci.yml"
    }
}
