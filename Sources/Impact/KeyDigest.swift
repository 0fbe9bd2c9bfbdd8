internal import Git

/// What tells one cache key, or one part of it, from another: a hash of its kind and parts with a key that is drawn anew in
/// each run of the program, so that no text can be made to look like another; a short text and the name of an object stand
/// for themselves.
///
/// It depends on these alone, so that keys of any two snapshots can be held against each other, in one run of the program.
/// Keys hold the digests of their inputs' keys, so that a chain of steps is compared by one.
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
    ///
    /// Two hashes (SipHash with Swift's key of this run) of 64 bits, of which one is over these bytes and the other over
    /// them behind another beginning.
    struct Message {
        private var first = Hasher()
        private var second = Hasher()

        init(_ kind: Kind) {
            first.combine(kind.rawValue)
            second.combine(~kind.rawValue)
        }

        mutating func add(_ part: Part) {
            switch part {
            case .text(var text): text.withUTF8 { add(tag: 0, UnsafeRawBufferPointer($0)) }
            case .bytes(let bytes): bytes.withUnsafeBytes { add(tag: 1, $0) }
            case .number(let number):
                add(2)
                add(UInt64(bitPattern: Int64(number)))
            case .key(let key):
                add(3)
                add(key.words.0)
                add(key.words.1)
            }
        }

        private mutating func add(tag: UInt64, _ bytes: UnsafeRawBufferPointer) {
            // Tag and length in one number.
            add(tag | UInt64(bytes.count) << 8)
            first.combine(bytes: bytes)
            second.combine(bytes: bytes)
        }

        private mutating func add(_ number: UInt64) {
            first.combine(number)
            second.combine(number)
        }

        var digest: KeyDigest {
            let words = (first.finalize(), second.finalize())
            return KeyDigest(
                words: (
                    UInt64(UInt(bitPattern: words.0)) & ~KeyDigest.isPlain, UInt64(UInt(bitPattern: words.1))
                ))
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
