import Project
import TestSupport

/// A scratch folder with files: the text by the path.
func tree(_ files: KeyValuePairs<String, String>) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    for (path, text) in files { try folder.write(text, to: path) }
    return folder
}

/// A build in one line: `name: dockerfile @context target=… K=V … <- kind path:line`.
func summary(_ build: Build) -> String {
    var text = "\(build.name): \(build.dockerfile) @\(summary(build.context))"
    if let target = build.target { text += " target=\(target)" }
    for (name, value) in build.args.sorted(by: { $0.key < $1.key }) { text += " \(name)=\(value ?? "?")" }
    for (name, source) in build.namedContexts.sorted(by: { $0.key < $1.key }) {
        text += " \(name)@\(summary(source))"
    }
    if !build.platforms.isEmpty { text += " \(build.platforms.joined(separator: "+"))" }
    if build.noCache { text += " no-cache" }
    for cache in build.cacheFrom { text += " from(\(cache))" }
    for cache in build.cacheTo { text += " to(\(cache))" }
    for statement in build.statedBy { text += " <- \(statement.kind) \(statement.path):\(statement.line)" }
    return text
}

private func summary(_ source: BuildSource) -> String {
    switch source {
    case .directory(let path): path
    case .elsewhere(let text): "elsewhere(\(text))"
    case .unknown: "?"
    }
}

func summary(_ note: Note) -> String {
    "\(note.path ?? "")\(note.line.map { ":\($0)" } ?? ""): \(note.message)"
}
