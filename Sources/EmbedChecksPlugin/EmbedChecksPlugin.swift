import Foundation
import PackagePlugin

/// Runs `embed-checks` before the two targets that know the built-in checks: `Checks` gets the list of the types in
/// `Sources/Checks/Builtin`, `Catalogue` the contents of `checks/`.
@main
struct EmbedChecksPlugin: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let package = context.package.directoryURL
        let (command, folder) =
            switch target.name {
            case "Checks": ("registry", package.appending(path: "Sources/Checks/Builtin"))
            case "Catalogue": ("catalogue", package.appending(path: "checks"))
            default: throw PluginError(description: "embed-checks does not know the target \(target.name)")
            }
        let output = context.pluginWorkDirectoryURL.appending(path: "Embedded\(target.name).swift")
        return [
            .buildCommand(
                displayName: "Embedding \(folder.lastPathComponent) in \(target.name)",
                executable: try context.tool(named: "embed-checks").url,
                arguments: [command, folder.path(percentEncoded: false), output.path(percentEncoded: false)],
                inputFiles: everything(in: folder),
                outputFiles: [output])
        ]
    }

    /// Folders too: a new file changes nothing but the folder that it is in.
    private func everything(in folder: URL) -> [URL] {
        let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let files = (found?.allObjects as? [URL] ?? []).sorted { $0.path < $1.path }
        return [folder] + files
    }
}

struct PluginError: Error, CustomStringConvertible {
    let description: String
}
