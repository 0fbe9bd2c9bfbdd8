import Diagnostics
import Repository
import SourceText

/// The files that state builds, each read and parsed once.
final class StatementFiles {
    private let files: Snapshot
    private var sources: [String: SourceText?] = [:]
    private var values: [String: YAML?] = [:]
    private var environments: [String: [UInt8]?] = [:]
    private var kinds: [String: Statement.Kind] = [:]
    private(set) var notes: [Note] = []
    /// How much text may still be kept, in bytes.
    private(set) var bytesLeft: Int
    private var composeBytesLeft = Limits.composeBytes
    /// How much may still be looked through.
    private var searchedBytesLeft = Limits.searchedBytes

    /// - Parameter bytesLeft: how much text may be kept.
    init(files: Snapshot, bytesLeft: Int = Limits.projectBytes) {
        self.files = files
        self.bytesLeft = bytesLeft
    }

    /// - Parameters:
    ///   - kind: what the project's list of statements calls it.
    ///   - needed: whether the file's bytes show that it is worth it; others are forgotten.
    /// - Returns: nil for a file that cannot be read (which is noted) or is not needed.
    func source(
        _ path: String, kind: Statement.Kind, isPlain: Bool = false,
        where needed: ([UInt8]) -> Bool = { _ in true }
    ) -> SourceText? {
        if let known = sources[path] { return known }
        var source: SourceText?
        do {
            let bytes =
                searchedBytesLeft <= 0
                ? nil : try files.read(path, limit: Limits.textFileBytes, isPlain: isPlain)
            searchedBytesLeft -= bytes?.count ?? 0
            guard let bytes else {
                notes.append(
                    Note(
                        path: path,
                        message:
                            "is one of more files than \(Limits.searchedBytes) bytes hold; it is not read"))
                sources[path] = .some(nil)
                return nil
            }
            // Something else may need it, as another kind of file.
            guard needed(bytes) else { return nil }
            if bytes.prefix(8000).contains(0) {
                notes.append(Note(path: path, message: "is a binary file; it is not read"))
            } else if bytes.count <= bytesLeft {
                bytesLeft -= bytes.count
                source = SourceText(path: path, bytes: bytes)
            } else {
                notes.append(Note(path: path, message: Self.tooMuch + "; it is not read"))
            }
        } catch {
            notes.append(
                Note(path: path, message: "\(error.text); it is not read"))
        }
        sources[path] = .some(source)
        if source != nil { kinds[path] = kind }
        return source
    }

    /// Of the first file that there is no room for.
    static let tooMuch = "is one of more files than fit into \(Limits.projectBytes) bytes"

    /// A `.env` file: compose takes values from it.
    /// - Returns: nil where there is none, or no room for it.
    func environmentFile(_ path: String) -> [UInt8]? {
        if let known = environments[path] { return known }
        var found = searchedBytesLeft > 0 ? try? files.read(path, limit: Limits.textFileBytes) : nil
        if let bytes = found {
            searchedBytesLeft -= bytes.count
            if bytes.count <= bytesLeft {
                bytesLeft -= bytes.count
            } else {
                notes.append(Note(path: path, message: Self.tooMuch + "; it is not read"))
                found = nil
            }
        }
        environments[path] = .some(found)
        return found
    }

    /// All documents of a file of a CI system.
    /// - Returns: nil for a file that is no YAML (which is noted).
    func documents(of source: SourceText) -> [YAML]? {
        do {
            return try YAML.documents(source.bytes)
        } catch {
            notes.append(
                Note(
                    path: source.path, line: error.line, message: "is not read as YAML: \(error.message)"))
            return nil
        }
    }

    /// - Returns: nil for a file that cannot be read or is no YAML (which is noted).
    func yaml(_ path: String, kind: Statement.Kind) -> (yaml: YAML, source: SourceText)? {
        guard let source = source(path, kind: kind) else { return nil }
        // Compose files refer to each other; of all others each is asked for once, and its tree is large.
        let isKept = kind == .compose
        if isKept, let known = values[path] { return known.map { ($0, source) } }
        if isKept {
            composeBytesLeft -= source.bytes.count
            guard composeBytesLeft >= 0 else {
                values[path] = .some(nil)
                notes.append(
                    Note(
                        path: path,
                        message:
                            "is one of more compose files than fit into \(Limits.composeBytes) bytes; it is not read"
                    ))
                return nil
            }
        }
        var value: YAML?
        do {
            value = try YAML.parse(source.bytes)
        } catch {
            notes.append(
                Note(
                    path: path, line: error.line, message: "is not read as YAML: \(error.message)"))
        }
        if isKept { values[path] = .some(value) }
        return value.map { ($0, source) }
    }

    /// All that were read and are needed, in order of paths.
    var statements: [StatementFile] {
        kinds.sorted { $0.key < $1.key }.compactMap { path, kind in
            sources[path].flatMap { $0 }.map { StatementFile(kind: kind, source: $0) }
        }
    }
}
