import BuildContext
import Dockerfile
import Facts

/// The COPYs that bring the manifests of an install, and no more, to where one COPY of everything brings them.
struct ManifestCopies {
    /// The manifests as a message names them, a folder that is read as a whole by its own path.
    private(set) var names: [String] = []
    /// `COPY package.json package-lock.json /app/`, one for each folder.
    private(set) var lines: [String] = []

    var isEmpty: Bool { names.isEmpty }

    /// More lines than a remedy is read for.
    private static let shownLines = 8

    init(_ manifests: [ContextPath], of managers: [PackageManager], in copy: ContextRead) {
        var folders: [ContextPath] = []
        var files: [(folder: ContextPath, paths: [ContextPath])] = []
        var seen: Set<ContextPath> = []
        for path in manifests {
            let folder = managers.lazy.compactMap { $0.folder(of: path) }.first
            guard seen.insert(folder ?? path).inserted else { continue }
            names.append((folder ?? path).description)
            if let folder {
                folders.append(folder)
            } else if let index = files.firstIndex(where: { $0.folder == (path.parent ?? .root) }) {
                files[index].paths.append(path)
            } else {
                files.append((path.parent ?? .root, [path]))
            }
        }
        guard !names.isEmpty else { return }
        let destination = copy.step.step.copy?.destination
        let base = destination.flatMap {
            $0.isCertain ? $0.text.hasSuffix("/") ? $0.text : $0.text + "/" : nil
        }
        /// nil where the text does not tell it.
        func target(of folder: ContextPath) -> String? {
            guard let base, let root = copy.folders.first, copy.folders.count == 1 else { return nil }
            if folder == root { return base }
            guard root.isRoot || folder.isInside(root) else { return nil }
            let rest = folder.bytes.dropFirst(root.isRoot ? 0 : root.bytes.count + 1)
            return base + String(decoding: rest, as: UTF8.self) + "/"
        }
        lines = files.map { folder, paths in
            "COPY \(paths.map(\.description).joined(separator: " ")) \(target(of: folder) ?? "…")"
        }
        lines += folders.map { "COPY \($0) \(target(of: $0) ?? "…")" }
        if lines.count > Self.shownLines {
            lines =
                lines.prefix(Self.shownLines - 1) + [
                    "…  (\(lines.count - Self.shownLines + 1) more like these)"
                ]
        }
    }
}

extension PackageManager {
    /// The folder that it reads as a whole and that a path lies in; nil for any other path.
    func folder(of path: ContextPath) -> ContextPath? {
        guard !manifestFolders.isEmpty else { return nil }
        let components = path.components
        for folder in manifestFolders {
            let parts = folder.utf8.split(separator: UInt8(ascii: "/"))
            guard components.count > parts.count else { continue }
            for start in 0..<(components.count - parts.count)
            where zip(components[start...], parts).allSatisfy({ $0.elementsEqual($1) }) {
                return ContextPath(
                    bytes: Array(components[..<(start + parts.count)].joined(separator: [UInt8(ascii: "/")])))
            }
        }
        return nil
    }
}
