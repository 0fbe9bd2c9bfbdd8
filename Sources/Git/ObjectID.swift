/// The name of an object: a SHA-1 or SHA-256.
package struct ObjectID: Sendable, Hashable, CustomStringConvertible {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// 40 or 64.
    private let digits: UInt8

    /// - Parameter hex: 40 or 64 lower-case hexadecimal digits.
    package init?(hex: some Collection<UInt8>) {
        guard hex.count == 40 || hex.count == 64 else { return nil }
        digits = UInt8(hex.count)
        for (index, byte) in hex.enumerated() {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            self[word: index >> 4] = self[word: index >> 4] << 4 | UInt64(digit)
        }
    }

    /// - Parameter bytes: 20 or 32.
    package init(bytes: some Collection<UInt8>) {
        digits = UInt8(2 * bytes.count)
        if let words = bytes.withContiguousStorageIfAvailable(Self.words), let words {
            self.words = words
            return
        }
        for (index, byte) in bytes.enumerated() {
            self[word: index >> 3] = self[word: index >> 3] << 8 | UInt64(byte)
        }
    }

    /// - Returns: nil where these are not the 20 bytes of a SHA-1: trees have many of them.
    private static func words(_ bytes: UnsafeBufferPointer<UInt8>) -> (UInt64, UInt64, UInt64, UInt64)? {
        guard bytes.count == 20 else { return nil }
        let bytes = UnsafeRawBufferPointer(bytes)
        return (
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))), 0
        )
    }

    private subscript(word index: Int) -> UInt64 {
        get {
            switch index {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        }
        set {
            switch index {
            case 0: words.0 = newValue
            case 1: words.1 = newValue
            case 2: words.2 = newValue
            default: words.3 = newValue
            }
        }
    }

    /// Its bytes as four numbers, those of a SHA-1 filled up with zeros.
    package var numbers: (UInt64, UInt64, UInt64, UInt64) { words }

    /// How many bytes tree objects hold of it.
    var byteCount: Int { Int(digits) / 2 }

    /// The name of no object.
    package static let null = ObjectID(bytes: [UInt8](repeating: 0, count: 20))

    /// git writes it for a file whose object it has not made.
    package var isNull: Bool { words == (0, 0, 0, 0) }

    package var description: String {
        String(unsafeUninitializedCapacity: Int(digits)) { text in
            for index in 0..<Int(digits) {
                let inWord = digits == 40 && index >> 4 == 2 ? 8 : 16
                let digit =
                    UInt8(truncatingIfNeeded: self[word: index >> 4] >> (UInt64(inWord - 1 - index & 15) * 4))
                    & 15
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
