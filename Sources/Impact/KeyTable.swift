internal import Git

/// Numbers for cache keys: two keys have one number if, and only if, they are equal in every part.
///
/// Keys hold the numbers of their inputs' keys, so that a chain of steps is compared by one number.
final class KeyTable {
    enum Part: Hashable {
        case kind(Kind)
        case text(String)
        case bytes([UInt8])
        case number(Int)
        case object(ObjectID)
    }

    /// What a number stands for. Numbers of different kinds are never equal.
    enum Kind: Hashable {
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
        case source, changedSource, noContext, nothing, missing, file, selectedFiles, folder, absent, unread,
            entry
    }

    private var numbers: [[Part]: Int] = [:]

    func number(_ kind: Kind, _ parts: [Part]) -> Int {
        let key = [.kind(kind)] + parts
        if let number = numbers[key] { return number }
        numbers[key] = numbers.count
        return numbers.count - 1
    }

    func number(_ kind: Kind, _ parts: Part...) -> Int { number(kind, parts) }
}
