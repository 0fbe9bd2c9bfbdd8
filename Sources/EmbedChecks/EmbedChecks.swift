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

    /// Every folder of `checks/` as literals. The files of cases are an array for each: the compiler's memory grows with
    /// the square of a literal's length.
    private static func catalogue(of folder: String) -> String {
        var checks: [(id: Substring, files: [String])] = []
        for path in files(in: folder).filter({ $0.contains("/") }).sorted() {
            let id = path.prefix { $0 != "/" }
            if checks.last?.id != id { checks.append((id, [])) }
            checks[checks.count - 1].files.append(path)
        }
        func text(_ path: String, of files: [String]) -> String {
            files.contains(path) ? literal(read(folder + "/" + path)) : "\"\""
        }
        let list = checks.enumerated().map { index, check in
            """
                    EmbeddedCheck(
                        id: "\(check.id)", description: \(text("\(check.id)/check.json", of: check.files)),
                        page: \(text("\(check.id)/README.md", of: check.files)), caseFiles: cases\(index)),

            """
        }
        let cases = checks.enumerated().map { index, check in
            let folder = folder + "/\(check.id)/cases/"
            let files = check.files.filter { $0.hasPrefix("\(check.id)/cases/") }.map {
                String($0.dropFirst("\(check.id)/cases/".count))
            }
            let literals = files.map { path in
                "            EmbeddedFile(path: \(literal(path.utf8)), text: \(literal(read(folder + path)))),\n"
            }
            return """
                    @Sendable private static func cases\(index)() -> [EmbeddedFile] {
                        [
                \(literals.joined())        ]
                    }


                """
        }
        return """
            extension EmbeddedCheck {
                static let all: [EmbeddedCheck] = [
            \(list.joined())    ]

            \(cases.joined())}

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
