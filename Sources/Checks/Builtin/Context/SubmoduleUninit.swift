import BuildContext
import Diagnostics
import Dockerfile
import Facts
import Project

/// A git submodule that the build copies, and that is an empty folder in this checkout.
struct SubmoduleUninit: DockerfileCheck {
    static let id: CheckID = "submodule-uninit"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        guard case .directory(".") = build.build.context, let reads = ContextReads(build),
            let modules = reads.context.contents(of: ".gitmodules")
        else { return [] }
        let paths = Self.paths(in: String(decoding: modules, as: UTF8.self)).map { ContextPath($0) }
        return reads.folderReads.compactMap { read in
            let entries = reads.entries(of: read)
            let empty = paths.filter { path in
                entries.contains { $0.path == path && $0.kind == .directory }
                    && !entries.contains { $0.path.parent == path }
            }
            guard !empty.isEmpty else { return nil }
            return finding(
                at: read.step.instruction, in: build,
                message:
                    "\(empty.map(\.description).listed()) would be copied empty: the submodule is not checked out here.",
                cost: "The build fails or leaves it out, and shares no layer with one from a full checkout.",
                fix: Fix(
                    "Check it out before the build: git submodule update --init (actions/checkout: `submodules: true`)"
                )
            ).naming(empty.map(\.description))
                .sharing(remedy: "\(build.path) \(empty.map(\.description).joined(separator: " "))")
        }
    }

    private static func paths(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, String(parts[0]).trimmingBlanks == "path" else { return nil }
            return String(parts[1]).trimmingBlanks
        }
    }
}
