internal import BuildRecords
internal import Diagnostics

/// What a recorded step takes from the build context: a record has the values of variables in its text, which the repository
/// may not tell.
struct CopiedPaths {
    /// The folder of the context, with a slash behind it; empty for the repository's root.
    private let folder: Substring
    /// From the context's root; nil for all of it.
    private let sources: [Substring]?

    /// - Parameter context: of the build, as `BuildImpact` has it.
    /// - Returns: nil for a step that takes nothing from there.
    init?(_ vertex: BuildVertex, context: String) {
        guard let instruction = vertex.instruction, vertex.readsContext else { return nil }
        folder = context == "." ? "" : context[...] + "/"
        let words = instruction.split(separator: " ").dropFirst().drop { $0.hasPrefix("--") }.dropLast()
        let sources = words.map { word in
            var word = word
            while word.hasPrefix("./") { word = word.dropFirst(2) }
            while word.hasPrefix("/") { word = word.dropFirst() }
            return word.hasSuffix("/") ? word.dropLast() : word
        }
        // Of a mount, of patterns, of quotes and of very many, all may be meant.
        let isPlain =
            sources.count <= Limits.recordedSources
            && sources.allSatisfy { source in
                !source.isEmpty && source != "." && !source.contains { "*?[\"'$\\".contains($0) }
            }
        self.sources = isPlain && !sources.isEmpty && !instruction.hasPrefix("RUN") ? sources : nil
    }

    /// - Parameter path: of a file, or of a submodule that holds what is copied.
    func contain(_ path: String) -> Bool {
        guard path.hasPrefix(folder) else { return false }
        let path = path.dropFirst(folder.count)
        guard let sources else { return true }
        return sources.contains { path == $0 || path.hasPrefix($0 + "/") || $0.hasPrefix(path + "/") }
    }
}

extension BuildVertex {
    /// What a step does, also as a trigger of its base image.
    var instruction: Substring? {
        guard let text = step?.text else { return nil }
        return text.hasPrefix("ONBUILD ") ? text.dropFirst("ONBUILD ".count) : text[...]
    }

    /// Files of the build context are among what the step takes.
    var readsContext: Bool {
        guard let instruction else { return false }
        switch instruction.prefix(while: { $0 != " " }).uppercased() {
        case "COPY", "ADD": return !instruction.contains("--from=")
        case "RUN": return instruction.contains("type=bind")
        default: return false
        }
    }
}
