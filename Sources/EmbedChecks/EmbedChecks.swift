#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes the Swift source that carries the built-in checks inside the binary; run by the build plugin.
@main
enum EmbedChecks {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else { fail("usage: embed-checks registry|catalogue FOLDER OUTPUT") }
        let (command, folder, output) = (arguments[1], arguments[2], arguments[3])
        let source =
            switch command {
            case "registry": registry(of: files(in: folder))
            case "catalogue": catalogue(of: folder)
            default: fail("embed-checks: no command \(command)")
            }
        save(source, to: output)
    }

    /// The list of the types in a folder: each file is one check, and is named as its type.
    private static func registry(of files: [String]) -> String {
        let types = files.filter { $0.hasSuffix(".swift") }
            .map { String($0.split(separator: "/").last!.dropLast(".swift".count)) }
            .sorted()
        return """
            extension BuiltinChecks {
                static let types: [any Check.Type] = [
            \(types.map { "        \($0).self,\n" }.joined())    ]
            }

            """
    }

    /// Every file of `checks/` below a check's folder, as a literal. Each folder is an array of its own: the compiler's
    /// memory grows with the square of a literal's length.
    private static func catalogue(of folder: String) -> String {
        var folders: [(name: Substring, files: [String])] = []
        for path in files(in: folder).filter({ $0.contains("/") }).sorted() {
            let name = path.prefix { $0 != "/" }
            if folders.last?.name != name { folders.append((name, [])) }
            folders[folders.count - 1].files.append(path)
        }
        let arrays = folders.enumerated().map { index, entry in
            let literals = entry.files.map { path in
                "        EmbeddedFile(path: \(literal(path.utf8)), text: \(literal(read(folder + "/" + path)))),\n"
            }
            return "    private static let folder\(index): [EmbeddedFile] = [\n\(literals.joined())    ]\n\n"
        }
        return """
            extension EmbeddedFile {
                static let all: [EmbeddedFile] = {
                    var files: [EmbeddedFile] = []
            \(folders.indices.map { "        files += folder\($0)\n" }.joined())        return files
                }()

            \(arrays.joined())}

            """
    }

    private static func literal(_ bytes: some Sequence<UInt8>) -> String {
        var text = "\""
        for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case " "..."~": text.unicodeScalars.append(scalar)
            default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return text + "\""
    }

    /// - Returns: the regular files below a folder, relative to it.
    private static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { fail("embed-checks: cannot read \(folder)") }
        defer { closedir(directory) }
        var files: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." || name == ".DS_Store" { continue }
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: files += Self.files(in: folder + "/" + name).map { name + "/" + $0 }
            case S_IFREG: files.append(name)
            default: continue
            }
        }
        return files
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { fail("embed-checks: cannot read \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func save(_ text: String, to path: String) {
        guard let file = fopen(path, "wb") else { fail("embed-checks: cannot write \(path)") }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { fail("embed-checks: cannot write \(path)") }
    }

    private static func fail(_ message: String) -> Never {
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(1)
    }
}
