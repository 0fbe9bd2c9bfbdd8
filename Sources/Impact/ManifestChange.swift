internal import JSON

/// What a commit changed in a manifest of a package manager.
enum ManifestChange {
    /// How the project's own version stands in a manifest.
    private enum Form {
        /// A member of the outermost object.
        case json
        /// `version = …` in one of these sections.
        case sections([String])
        /// `version: …` that is not indented.
        case yaml
    }

    private static func form(of path: String) -> Form? {
        let name =
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.index(after: $0)...] } ?? path[...]
        return switch name {
        case "package.json", "composer.json": .json
        case "Cargo.toml": .sections(["[package]", "[workspace.package]"])
        case "pyproject.toml": .sections(["[project]", "[tool.poetry]"])
        case "setup.cfg": .sections(["[metadata]"])
        case "pubspec.yaml", "Chart.yaml": .yaml
        default: nil
        }
    }

    /// - Parameter path: from the repository's root.
    static func isManifest(_ path: String) -> Bool { form(of: path) != nil }

    /// Whether two texts of a manifest differ in nothing but the version of the project itself.
    static func isOnlyVersion(_ path: String, _ before: [UInt8], _ after: [UInt8]) -> Bool {
        guard let form = form(of: path) else { return false }
        if case .json = form {
            guard case .object(let old)? = try? JSON.parse(before),
                case .object(let new)? = try? JSON.parse(after)
            else { return false }
            return Set(old.keys).union(new.keys).allSatisfy { $0 == "version" || old[$0] == new[$0] }
        }
        let (old, new) = (lines(before), lines(after))
        guard old.count == new.count else { return false }
        let changed = old.indices.filter { !old[$0].elementsEqual(new[$0]) }
        guard changed.count == 1, isVersion(old[changed[0]]), isVersion(new[changed[0]]) else { return false }
        guard case .sections(let names) = form else { return true }
        let section = old[..<changed[0]].last { $0.first == UInt8(ascii: "[") }
        return section.map { names.contains(String(decoding: $0, as: UTF8.self)) } ?? false
    }

    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\n") }.map {
            $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
        }
    }

    /// `version = "1.2"`, `version: 1.2`.
    private static func isVersion(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: "version".utf8)
            && (line.dropFirst("version".utf8.count).first.map { " \t=:".utf8.contains($0) } ?? false)
    }
}
