import Dockerfile
import JSON
import SourceText

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes what the parser makes of Dockerfiles, one JSON object a line and file, for `compare.py`.
/// Reads the files' paths from standard input, one a line.
@main
struct Dump {
    static func main() {
        while let path = readLine() {
            guard let bytes = read(path) else {
                perror(path)
                exit(1)
            }
            print(dump(ParsedDockerfile(parsing: SourceText(path: path, bytes: bytes)), path: path).text())
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    private static func dump(_ file: ParsedDockerfile, path: String) -> JSON {
        .object([
            "path": .string(path),
            "foreign": .bool(file.usesForeignFrontend),
            "problems": .array(
                file.problems.map { problem in
                    .object([
                        "line": .integer(file.source.line(at: problem.range.lowerBound)),
                        "message": .string(problem.message),
                    ])
                }),
            "instructions": .array(file.instructions.map { dump($0, of: file) }),
        ])
    }

    private static func dump(_ instruction: Instruction, of file: ParsedDockerfile) -> JSON {
        let arguments = file.splitArguments(of: instruction)
        var isInvalid = false
        if case .invalid = instruction.body { isInvalid = true }
        var trigger: JSON = .null
        if instruction.keyword == .onbuild {
            let bytes = instruction.joined.bytes[instruction.arguments]
            trigger = .string(word(bytes))
        }
        return .object([
            "cmd": .string(word(instruction.joined.bytes[...])),
            "sub_cmd": trigger,
            "json": .bool(arguments.isJSON),
            "original": .string(instruction.text),
            "start_line": .integer(instruction.lines.lowerBound),
            "end_line": .integer(instruction.lines.upperBound),
            "flags": .array(
                instruction.flags.map { .string("--" + $0.name + ($0.value.map { "=" + $0 } ?? "")) }),
            "value": .array(arguments.values.map { .string($0) }),
            "heredocs": .array(
                instruction.heredocs.map { heredoc in
                    .object([
                        "name": .string(heredoc.name),
                        "file_descriptor": .integer(heredoc.fileDescriptor),
                        "content": .string(file.source.string(heredoc.contentRange)),
                    ])
                }),
            "invalid": .bool(isInvalid),
        ])
    }

    /// Up to the first blank.
    private static func word(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { !($0 == 0x20 || ($0 >= 0x09 && $0 <= 0x0D)) }, as: UTF8.self)
    }
}
