import BuildContext
import Facts

/// Tells the files that some installs read apart from the rest of a project.
struct ManifestNames {
    private var plain: Set<ArraySlice<UInt8>> = []
    /// With a `/`: the end of a path.
    private var paths: [String] = []
    private let patterns: PathPatterns?
    private var managers: [PackageManager] = []
    private let takesRequirements: Bool

    init(of installs: [Invocation]) {
        let all = Set(installs.flatMap(\.manifests))
        var wild: [String] = []
        for name in all {
            if name.utf8.contains(UInt8(ascii: "/")) {
                paths.append(name)
            } else if name.utf8.contains(where: { "*?[".utf8.contains($0) }) {
                wild.append(name)
            } else {
                plain.insert(Array(name.utf8)[...])
            }
        }
        patterns = wild.isEmpty ? nil : try? PathPatterns(wild)
        takesRequirements = all.contains { $0.hasPrefix("requirements") }
        managers = installs.filter { $0.recipe == nil && !$0.manager.manifestFolders.isEmpty }.map(\.manager)
    }

    func have(_ path: ContextPath) -> Bool {
        let name = path.name
        if plain.contains(name) || isInFolder(path) { return true }
        // `requirements/base.txt`, which the others include.
        if takesRequirements, name.suffix(4).elementsEqual(".txt".utf8),
            path.parent?.name.elementsEqual("requirements".utf8) == true
        {
            return true
        }
        if !paths.isEmpty {
            let text = path.description
            if paths.contains(where: { text == $0 || text.hasSuffix("/" + $0) }) { return true }
        }
        return patterns?.decide(ContextPath(bytes: Array(name))).isMatch ?? false
    }

    /// It lies in a folder that is read as a whole.
    func isInFolder(_ path: ContextPath) -> Bool { managers.contains { $0.folder(of: path) != nil } }
}
