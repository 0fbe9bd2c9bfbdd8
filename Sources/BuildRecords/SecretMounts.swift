/// Takes the names of secrets out of instructions: `--mount=type=secret,id=npm_token` becomes `--mount=type=secret`.
enum SecretMounts {
    private static let option = Array("--mount=".utf8)
    /// BuildKit reads them in any case (`instructions/commands_runmount.go`).
    private static let types = ["type=secret", "type=ssh"]

    /// - Parameter text: an instruction, or a whole Dockerfile.
    static func masked(_ text: String) -> String {
        // Most texts have none.
        guard text.utf8.count > option.count, text.contains("--mount=") else { return text }
        return String(decoding: masked(Array(text.utf8)), as: UTF8.self)
    }

    static func masked(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        while start < bytes.count {
            let isBlank = Self.isBlank(bytes[start])
            var end = start
            while end < bytes.count, Self.isBlank(bytes[end]) == isBlank { end += 1 }
            result += mask(of: bytes[start..<end])
            start = end
        }
        return result
    }

    private static func mask(of word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard word.starts(with: option) else { return word }
        let parts = word.dropFirst(option.count).split(separator: UInt8(ascii: ","))
        let told = parts.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let type = types.first(where: told.contains) else { return word }
        return (option + Array(type.utf8))[...]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
