internal import Diagnostics
internal import Git

/// What tells one cache key, or one part of it, from another: the first bytes of a SHA-256 over its kind and parts; a short
/// text and the name of an object stand for themselves.
///
/// It depends on these alone, so that keys of any two snapshots can be held against each other, in one run of the program
/// (`EnvironmentKey`). Keys hold the digests of their inputs' keys, so that a chain of steps is compared by one.
package struct KeyDigest: Hashable, Sendable {
    private let words: (UInt64, UInt64)

    enum Part {
        case text(String)
        case bytes([UInt8])
        case number(Int)
        case key(KeyDigest)
    }

    /// What a digest stands for. Digests of different kinds are never equal.
    enum Kind: UInt8 {
        // File systems.
        case scratch, image, contextBase, unseenContext, unseenTriggers, absentStage
        case run, copy, workdir
        // Parts of a step.
        case any, text, command, environment, own, options
        // Where files come from.
        case checksum, address, inline, elsewhere, unknownOrigin, unseenFiles, anyOf, configuration
        // What a stage has at a path.
        case files, above, outputOf, madeFolder, copiedWhole, copiedFile, copiedFolder, selected, copiedOut,
            mayBeCopied
        case throughLink, rewritten
        case unfollowed
        // What a context has.
        case source, changedSource, nothing, missing, file, selectedFiles, folder, unread
    }

    init(_ kind: Kind, _ parts: Part...) { self.init(kind, parts) }

    /// A text by itself.
    init(text: String) {
        var words: (UInt64, UInt64) = (0, 0)
        guard text.utf8.count < 15 else {
            self.init(.text, [.text(text)])
            return
        }
        for byte in text.utf8 {
            words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(byte))
        }
        self.init(words: (words.0 | Self.isPlain | UInt64(text.utf8.count) << 56, words.1))
    }

    /// A file by what git calls its content.
    init(_ kind: TreeEntry.Kind, _ id: ObjectID) {
        // The name is a hash itself.
        let numbers = id.numbers
        self.init(words: (numbers.0 >> 8 | Self.isPlain | (16 + kind.number) << 56, numbers.1))
    }

    /// Set in what stands for itself, and in no hash.
    private static let isPlain: UInt64 = 0x8000_0000_0000_0000

    init(_ kind: Kind, _ parts: [Part]) {
        var message = Message(kind)
        for part in parts { message.add(part) }
        self = message.digest
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// Kind and parts as bytes that stand for nothing else: each part has a tag and, where its length is not given by
    /// that, its length.
    struct Message {
        private var bytes: [UInt8]

        init(_ kind: Kind) {
            bytes = []
            bytes.reserveCapacity(192)
            bytes.append(kind.rawValue)
        }

        mutating func add(_ part: Part) {
            switch part {
            case .text(let text):
                bytes.append(0)
                addNumber(UInt64(text.utf8.count))
                bytes += text.utf8
            case .bytes(let other):
                bytes.append(1)
                addNumber(UInt64(other.count))
                bytes += other
            case .number(let number):
                bytes.append(2)
                addNumber(UInt64(bitPattern: Int64(number)))
            case .key(let key):
                bytes.append(3)
                addNumber(key.words.0)
                addNumber(key.words.1)
            }
        }

        private mutating func addNumber(_ number: UInt64) {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }

        var digest: KeyDigest {
            let words = bytes.withUnsafeBufferPointer { SHA256.words(of: $0) }
            return KeyDigest(words: (words.0 & ~KeyDigest.isPlain, words.1))
        }
    }

    private init(words: (UInt64, UInt64)) { self.words = words }
}

extension TreeEntry.Kind {
    /// Below 4.
    var number: UInt64 {
        switch self {
        case .file: 0
        case .executable: 1
        case .symlink: 2
        case .submodule: 3
        }
    }
}
