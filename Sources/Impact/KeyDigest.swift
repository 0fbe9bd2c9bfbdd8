internal import Diagnostics
internal import Git

/// What tells one cache key, or one part of it, from another: the first 16 bytes of a SHA-256 over its kind and parts.
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
        case object(ObjectID)
    }

    /// What a digest stands for. Digests of different kinds are never equal.
    enum Kind: UInt8 {
        // File systems.
        case scratch, image, contextBase, unseenContext, unseenTriggers, absentStage
        case run, copy, workdir
        // Parts of a step.
        case any, text, command, environment, own, options
        // Where files come from.
        case checksum, address, inline, elsewhere, unknownOrigin, unseenFiles, anyOf, built, configuration
        // What a stage has at a path.
        case files, above, outputOf, madeFolder, copiedWhole, copiedFile, copiedFolder, selected, copiedOut,
            mayBeCopied
        case throughLink, rewritten
        case unfollowed
        // What a context has.
        case source, changedSource, nothing, missing, file, selectedFiles, folder, unread, entry, submodule
    }

    init(_ kind: Kind, _ parts: Part...) { self.init(kind, parts) }

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
            case .object(let id):
                // A SHA-1 and a SHA-256 never have the same four numbers but for those of no object.
                bytes.append(4)
                let numbers = id.numbers
                addNumber(numbers.0)
                addNumber(numbers.1)
                addNumber(numbers.2)
                addNumber(numbers.3)
            }
        }

        private mutating func addNumber(_ number: UInt64) {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }

        var digest: KeyDigest {
            let words = bytes.withUnsafeBufferPointer { SHA256.words(of: $0) }
            return KeyDigest(words: (words.0, words.1))
        }
    }

    private init(words: (UInt64, UInt64)) { self.words = words }
}
