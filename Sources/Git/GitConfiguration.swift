/// The settings of one configuration file of git, without what it includes.
///
/// Source: git-config(1), "Syntax". Reading ends at the first line that is none.
struct GitConfiguration {
    struct Setting {
        /// In lower case.
        let section: [UInt8]
        let subsection: [UInt8]?
        /// In lower case.
        let key: [UInt8]
        /// nil for a key without `=`, which stands for true.
        let value: [UInt8]?
    }

    private(set) var settings: [Setting] = []

    init(parsing bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        var section: (name: [UInt8], sub: [UInt8]?)?
        while let byte = reader.skippingBlanksAndComments() {
            if byte == UInt8(ascii: "[") {
                guard let header = reader.section() else { return }
                section = header
            } else {
                guard let section, let (key, value) = reader.setting() else { return }
                settings.append(
                    Setting(section: section.name, subsection: section.sub, key: key, value: value))
            }
        }
    }

    /// The last value of a key in a section without a subsection; empty for one without `=`.
    subscript(section: String, key: String) -> [UInt8]? {
        settings.last {
            $0.subsection == nil && $0.section.elementsEqual(section.utf8)
                && $0.key.elementsEqual(key.utf8)
        }.map { $0.value ?? Array("true".utf8) }
    }

    /// Whether git takes a value for true.
    static func isTrue(_ value: [UInt8]?) -> Bool {
        guard let value else { return false }
        return ["true", "yes", "on", "1"].contains(String(decoding: value.map(lowercased), as: UTF8.self))
    }

    // MARK: - Writing

    /// A setting as git reads it back, whatever bytes it holds.
    static func line(section: [UInt8], subsection: [UInt8]?, key: [UInt8], value: [UInt8]) -> [UInt8] {
        var line = Array("[".utf8) + section
        if let subsection {
            line += Array(" \"".utf8)
            for byte in subsection where byte != 0x0A && byte != 0 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    line.append(UInt8(ascii: "\\"))
                }
                line.append(byte)
            }
            line.append(UInt8(ascii: "\""))
        }
        line += Array("]\n\t".utf8) + key + Array(" = \"".utf8)
        for byte in value where byte != 0 {
            switch byte {
            case 0x0A: line += Array("\\n".utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): line += [UInt8(ascii: "\\"), byte]
            default: line.append(byte)
            }
        }
        return line + Array("\"\n".utf8)
    }

    static func line(_ section: String, _ key: String, _ value: String) -> [UInt8] {
        line(section: Array(section.utf8), subsection: nil, key: Array(key.utf8), value: Array(value.utf8))
    }

    fileprivate static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    // MARK: - Reading

    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        }

        private var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A || byte == 0x0B || byte == 0x0C
        }

        private static func isName(_ byte: UInt8) -> Bool {
            switch lowercased(byte) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }

        mutating func skippingBlanksAndComments() -> UInt8? {
            while let byte {
                if Self.isBlank(byte) {
                    place += 1
                } else if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                    while let byte = self.byte, byte != 0x0A { _ = byte; place += 1 }
                } else {
                    return byte
                }
            }
            return nil
        }

        /// `[name]`, `[name "sub"]`, and `[name.sub]` of old.
        mutating func section() -> (name: [UInt8], sub: [UInt8]?)? {
            place += 1
            var name: [UInt8] = []
            while let byte, Self.isName(byte) || byte == UInt8(ascii: ".") {
                name.append(lowercased(byte))
                place += 1
            }
            if byte == UInt8(ascii: "]") {
                place += 1
                guard let dot = name.firstIndex(of: UInt8(ascii: ".")) else { return (name, nil) }
                return (Array(name[..<dot]), Array(name[(dot + 1)...]))
            }
            while let byte, byte == 0x20 || byte == 0x09 { place += 1 }
            guard byte == UInt8(ascii: "\"") else { return nil }
            place += 1
            var sub: [UInt8] = []
            while let byte {
                place += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard self.byte == UInt8(ascii: "]") else { return nil }
                    place += 1
                    return (name, sub)
                case UInt8(ascii: "\\"):
                    guard let next = self.byte, next != 0x0A else { return nil }
                    sub.append(next)
                    place += 1
                case 0x0A: return nil
                default: sub.append(byte)
                }
            }
            return nil
        }

        mutating func setting() -> (key: [UInt8], value: [UInt8]?)? {
            var key: [UInt8] = []
            while let byte, Self.isName(byte) {
                key.append(lowercased(byte))
                place += 1
            }
            if key.isEmpty { return nil }
            while let byte, byte == 0x20 || byte == 0x09 { place += 1 }
            guard let byte else { return (key, nil) }
            switch byte {
            case UInt8(ascii: "="):
                place += 1
                return value().map { (key, $0) }
            case 0x0A, 0x0D, UInt8(ascii: "#"), UInt8(ascii: ";"): return (key, nil)
            default: return nil
            }
        }

        /// Blanks around a value do not count, nor does what is behind `#` or `;`, unless they stand in quotes.
        private mutating func value() -> [UInt8]? {
            var value: [UInt8] = []
            var blanks: [UInt8] = []
            var isQuoted = false
            func isEnd(_ byte: UInt8) -> Bool {
                !isQuoted && (byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";"))
            }
            while let byte, byte != 0x0A, !isEnd(byte) {
                place += 1
                if !isQuoted, Self.isBlank(byte) {
                    if !value.isEmpty { blanks.append(byte) }
                    continue
                }
                if byte == UInt8(ascii: "\"") {
                    value += blanks
                    blanks = []
                    isQuoted.toggle()
                    continue
                }
                var text = byte
                if byte == UInt8(ascii: "\\") {
                    guard let escaped = self.byte else { return nil }
                    place += 1
                    switch escaped {
                    case 0x0A: continue
                    case UInt8(ascii: "n"): text = 0x0A
                    case UInt8(ascii: "t"): text = 0x09
                    case UInt8(ascii: "b"): text = 0x08
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text = escaped
                    default: return nil
                    }
                }
                value += blanks
                blanks = []
                value.append(text)
            }
            return isQuoted ? nil : value
        }
    }
}

private func lowercased(_ byte: UInt8) -> UInt8 { GitConfiguration.lowercased(byte) }
