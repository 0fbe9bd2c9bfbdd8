/// The name of an object: a SHA-1 or SHA-256.
package struct ObjectID: Sendable, Hashable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)
    /// 40 or 64.
    private let digits: UInt8

    /// - Parameter hex: 40 or 64 lower-case hexadecimal digits.
    package init?(hex: some Collection<UInt8>) {
        guard hex.count == 40 || hex.count == 64 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var index = 0
        for byte in hex {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            switch index >> 4 {
            case 0: words.0 = words.0 << 4 | UInt64(digit)
            case 1: words.1 = words.1 << 4 | UInt64(digit)
            case 2: words.2 = words.2 << 4 | UInt64(digit)
            default: words.3 = words.3 << 4 | UInt64(digit)
            }
            index += 1
        }
        self.words = words
        digits = UInt8(hex.count)
    }

    /// - Parameter bytes: 20 or 32.
    init(bytes: some Collection<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var index = 0
        for byte in bytes {
            switch index >> 3 {
            case 0: words.0 = words.0 << 8 | UInt64(byte)
            case 1: words.1 = words.1 << 8 | UInt64(byte)
            case 2: words.2 = words.2 << 8 | UInt64(byte)
            default: words.3 = words.3 << 8 | UInt64(byte)
            }
            index += 1
        }
        self.words = words
        digits = UInt8(2 * index)
    }

    /// How many bytes tree objects hold of it.
    var byteCount: Int { Int(digits) / 2 }

    /// The name of no object.
    package static let null = ObjectID(bytes: [UInt8](repeating: 0, count: 20))

    /// git writes it for a file whose object it has not made.
    package var isNull: Bool { words == (0, 0, 0, 0) }

    package var description: String {
        String(unsafeUninitializedCapacity: Int(digits)) { text in
            for index in 0..<Int(digits) {
                let word =
                    switch index >> 4 {
                    case 0: words.0
                    case 1: words.1
                    case 2: words.2
                    default: words.3
                    }
                let inWord = digits == 40 && index >> 4 == 2 ? 8 : 16
                let digit = UInt8(truncatingIfNeeded: word >> (UInt64(inWord - 1 - index & 15) * 4)) & 15
                text[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return Int(digits)
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.words == right.words && left.digits == right.digits
    }

    /// The name is a hash itself: no one can make many that begin alike.
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// What git keeps of one path.
package struct TreeEntry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case file
        case executable
        case symlink
        /// The commit of a submodule.
        case submodule
    }

    package let kind: Kind
    /// nil for a file of the work tree whose content git does not have.
    package let id: ObjectID?

    package init(kind: Kind, id: ObjectID?) {
        self.kind = kind
        self.id = id
    }

    /// - Parameter mode: git's, such as `100644`.
    /// - Returns: nil for a folder and for a mode that stands for nothing.
    init?(mode: some Collection<UInt8>, id: ObjectID?) {
        guard let kind = Kind(mode: mode) else { return nil }
        self.init(kind: kind, id: id)
    }
}

extension TreeEntry.Kind {
    /// - Parameter mode: git's, in octal digits.
    init?(mode: some Collection<UInt8>) {
        // 100664 is in old repositories.
        let mode = mode.reduce(0) { $0 << 3 | Int($1 & 7) }
        switch mode & 0o170000 {
        case 0o100000: self = mode & 0o100 == 0 ? .file : .executable
        case 0o120000: self = .symlink
        case 0o160000: self = .submodule
        default: return nil
        }
    }
}

/// A path that two sides do not have in common.
package struct TreeChange: Sendable, Hashable {
    /// As git has it: bytes, `/` between names, relative to the work tree's root.
    package let path: [UInt8]
    /// nil where the path is not there.
    package let base: TreeEntry?
    package let head: TreeEntry?

    package init(path: [UInt8], base: TreeEntry?, head: TreeEntry?) {
        self.path = path
        self.base = base
        self.head = head
    }
}
