import BuildContext
import SourceText

/// Reads any bytes as an ignore file, and traps where its decisions contradict each other.
func fuzzIgnoreFile(_ bytes: [UInt8]) {
    let file = IgnoreFile(source: SourceText(path: ".dockerignore", bytes: bytes), kind: .ofContext)
    checkPlaces(file)
    let context = BuildContext(tree: tree, ignoreFile: file)
    checkListing(context)
    // The same bytes as what a COPY names.
    for line in bytes.split(separator: UInt8(ascii: "\n")).prefix(8) {
        let path = String(decoding: line, as: UTF8.self)
        for parents in [false, true] {
            checkSource(ContextSource(path: path, excludes: [path], parents: parents), in: context)
        }
    }
}

private let paths = [
    "a", "a.md", "b/a", "b/a.md", "b/c/d/e", "b/[x]", "b/x*y", "{b}", "a|b", "^", "$", "é/e\u{301}",
    "new\nline", "0", "_",
    "src/main.go", "src/deep/main.go", "node_modules/m/index.js", ".git/HEAD", "!bang", "#hash", " lead",
    "back\\slash",
]

private let files: [(path: ContextPath, entry: FileTreeEntry)] = paths.map { path in
    let path = ContextPath(path)
    return (path, FileTreeEntry(name: Array(path.name), kind: .file, size: 1, mode: 0o644))
}

private let links: [(path: ContextPath, entry: FileTreeEntry)] = [
    ("link", "b/c"), ("loop", "loop"), ("up", "../../a"),
].map { name, target in
    let entry = FileTreeEntry(name: Array(name.utf8), kind: .symlink, linkTarget: Array(target.utf8))
    return (ContextPath(name), entry)
}

private let tree = MemoryTree(files + links)

private func checkPlaces(_ file: IgnoreFile) {
    var line = 0
    for pattern in file.patterns {
        require(pattern.line > line, "patterns out of order")
        line = pattern.line
        require(
            file.source.bytes(ofLine: line).contains(pattern.range.lowerBound),
            "a pattern outside of its line")
        require(
            pattern.range.upperBound <= file.source.bytes(ofLine: line).upperBound, "a pattern past its line")
    }
    for problem in file.problems {
        require(
            (0...file.source.bytes.count).contains(problem.range.upperBound), "a problem outside of the file")
        require(!problem.remedy.isEmpty, "a problem without a remedy")
    }
}

/// Folders that are skipped hold nothing that path by path would be readable.
private func checkListing(_ context: BuildContext) {
    let listed = Set(context.listing.entries.map(\.path))
    for path in paths.map({ ContextPath($0) }) {
        if case .readable = context.status(of: path) {
            require(listed.contains(path), "readable, and not listed")
        } else {
            require(!listed.contains(path), "listed, and not readable")
        }
    }
    require(context.listing.fileCount + context.leftOut.fileCount == paths.count, "files that got lost")
}

private func checkSource(_ source: ContextSource, in context: BuildContext) {
    let selection = context.selection(of: source)
    let listed = Set(context.listing.entries.map(\.path))
    for entry in context.entries(of: source, selection) {
        require(entry.path.isRoot || listed.contains(entry.path), "selected, and not readable")
    }
}
