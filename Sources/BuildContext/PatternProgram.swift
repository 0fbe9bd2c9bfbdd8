import Diagnostics

/// A pattern with wildcards as a small machine that reads a path once, whatever the pattern: no backtracking.
///
/// BuildKit makes a Go regular expression of each pattern (moby/patternmatcher, `compile`), character by character and
/// without knowing about brackets: `[a*]` becomes `[a[^/]*]`, and `\d` a digit. What counts is therefore what that
/// expression means to Go's `regexp/syntax`, so the same text is made here and then read with Go's rules.
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        case one(RuneSet)
        case many(RuneSet)
        case oneOrNone(RuneSet)
        /// `(.*/)?`, in two instructions: nothing at all, or anything up to a `/`.
        case folders, foldersGoOn
        case start, end
        case wordBoundary(Bool)
        case accept
    }

    private let alternatives: [Alternative]

    /// - Parameter expression: the regular expression, as Unicode scalars.
    init(expression: [UInt32]) throws(PatternSyntaxError) {
        var reader = ExpressionReader(text: expression)
        alternatives = try reader.read().map(Alternative.init)
    }

    /// How many instructions it has: what a match may cost for each character.
    var size: Int { alternatives.reduce(0) { $0 + $1.instructions.count } }

    /// - Parameter path: bytes that need not be UTF-8.
    /// - Returns: false too where the budget does not suffice.
    func matches(_ path: [UInt8], _ budget: inout WorkBudget) -> Bool {
        for alternative in alternatives {
            if !budget.spend() { return false }
            if alternative.matches(path, &budget) { return true }
        }
        return false
    }
}

/// One side of a `|`: nearly always the whole pattern.
private struct Alternative: Sendable {
    typealias Instruction = PatternProgram.Instruction

    let instructions: [Instruction]
    /// Bytes that every match begins and ends with, to turn most paths down at once.
    private let prefix: [UInt8]
    private let suffix: [UInt8]

    init(_ instructions: [Instruction]) {
        if case .start? = instructions.first {
            self.instructions = instructions
        } else {
            // It may begin anywhere.
            self.instructions = [.many(.any)] + instructions
        }
        func literal(_ instruction: Instruction) -> [UInt8]? {
            // U+FFFD also matches bytes that are not UTF-8, so it is no literal.
            guard case .one(.rune(let rune)) = instruction, rune != 0xFFFD, let scalar = Unicode.Scalar(rune),
                let bytes = UTF8.encode(scalar)
            else { return nil }
            return Array(bytes)
        }
        func literals(_ part: some Sequence<Instruction>) -> [[UInt8]] {
            var found: [[UInt8]] = []
            for instruction in part {
                guard let bytes = literal(instruction) else { break }
                found.append(bytes)
            }
            return found
        }
        var isAnchored = false
        if case .start? = instructions.first { isAnchored = true }
        prefix = isAnchored ? Array(literals(instructions.dropFirst()).joined()) : []
        var isComplete = false
        if instructions.count >= 2, case .end = instructions[instructions.count - 2] { isComplete = true }
        suffix = isComplete ? Array(literals(instructions.dropLast(2).reversed()).reversed().joined()) : []
    }

    /// - Parameter path: bytes that need not be UTF-8.
    func matches(_ path: [UInt8], _ budget: inout WorkBudget) -> Bool {
        if path.count < max(prefix.count, suffix.count) { return false }
        if !path.starts(with: prefix) || !path.suffix(suffix.count).elementsEqual(suffix) { return false }
        return path.withUnsafeBufferPointer { path in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: instructions.count * 3) { memory in
                memory.initialize(repeating: -1)
                return run(on: path, memory: memory, &budget)
            }
        }
    }

    /// - Parameter memory: room for the states before and after a character, and for the step that added each last.
    private func run(
        on path: UnsafeBufferPointer<UInt8>, memory: UnsafeMutableBufferPointer<Int32>,
        _ budget: inout WorkBudget
    ) -> Bool {
        let count = instructions.count
        var current = UnsafeMutableBufferPointer(rebasing: memory[0..<count])
        var next = UnsafeMutableBufferPointer(rebasing: memory[count..<(2 * count)])
        let addedAt = UnsafeMutableBufferPointer(rebasing: memory[(2 * count)...])
        var currentCount = 0
        var offset = 0
        var step: Int32 = 0
        var previous: UInt32?

        func add(
            _ start: Int, to states: UnsafeMutableBufferPointer<Int32>, _ stateCount: inout Int,
            following: UInt32?
        )
            -> Bool
        {
            var index = start
            while addedAt[index] != step {
                addedAt[index] = step
                switch instructions[index] {
                case .one, .foldersGoOn:
                    states[stateCount] = Int32(index)
                    stateCount += 1
                    return false
                case .many, .oneOrNone:
                    states[stateCount] = Int32(index)
                    stateCount += 1
                    index += 1
                case .folders:
                    states[stateCount] = Int32(index)
                    stateCount += 1
                    index += 2
                case .start:
                    guard previous == nil else { return false }
                    index += 1
                case .end:
                    guard following == nil else { return false }
                    index += 1
                case .wordBoundary(let isWanted):
                    guard (isWord(previous) != isWord(following)) == isWanted else { return false }
                    index += 1
                case .accept: return true
                }
            }
            return false
        }

        func rune(at offset: Int) -> (rune: UInt32, length: Int)? {
            guard offset < path.count else { return nil }
            if path[offset] < 0x80 { return (UInt32(path[offset]), 1) }
            return decodedRune(path[offset...])
        }

        /// Those that were gone through and are not paid for.
        var states = 0
        var read = rune(at: 0)
        if add(0, to: current, &currentCount, following: read?.rune) { return true }
        while let (character, length) = read, currentCount > 0 {
            offset += length
            step += 1
            previous = character
            read = rune(at: offset)
            var nextCount = 0
            states += currentCount
            if states >= 16 {
                if !budget.spend(states / 16) { return false }
                states %= 16
            }
            for position in 0..<currentCount {
                let index = Int(current[position])
                let accepted: Bool
                switch instructions[index] {
                case .one(let set), .oneOrNone(let set):
                    accepted =
                        set.contains(character) && add(index + 1, to: next, &nextCount, following: read?.rune)
                case .many(let set):
                    accepted =
                        set.contains(character) && add(index, to: next, &nextCount, following: read?.rune)
                case .folders, .foldersGoOn:
                    let goOn: Int
                    if case .folders = instructions[index] { goOn = index + 1 } else { goOn = index }
                    if character == UInt32(UInt8.slash) {
                        if add(goOn + 1, to: next, &nextCount, following: read?.rune) { return true }
                    }
                    accepted =
                        character != UInt32(UInt8.newline)
                        && add(goOn, to: next, &nextCount, following: read?.rune)
                case .start, .end, .wordBoundary, .accept: accepted = false
                }
                if accepted { return true }
            }
            swap(&current, &next)
            currentCount = nextCount
        }
        return false
    }
}

/// Go's word characters are ASCII only.
private func isWord(_ rune: UInt32?) -> Bool {
    guard let rune, rune < 0x80 else { return false }
    return RuneSet.Element.word.contains(rune)
}

/// What makes a pattern unusable.
package struct PatternSyntaxError: Error, Sendable, Hashable {
    /// What is wrong, as the end of a sentence that begins with the pattern.
    package let reason: String
    /// This program examines no such pattern; BuildKit may take it.
    package var isLimit = false
}

/// Characters that one place of a pattern accepts.
enum RuneSet: Sendable {
    case rune(UInt32)
    /// `[^/]`.
    case notSlash
    /// `.`: anything but a newline.
    case notNewline
    case any
    case elements([Element], isNegated: Bool)

    enum Element: Sendable {
        case range(UInt32, UInt32)
        case digit, space, word
        case posix(String)
        /// A general category, such as `Lu`, or a group of them, such as `L`.
        case category(String)
        indirect case not(Element)

        func contains(_ rune: UInt32) -> Bool {
            switch self {
            case .range(let low, let high): return low <= rune && rune <= high
            case .digit: return (0x30...0x39).contains(rune)
            case .space: return [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(rune)
            case .word: return isASCIIAlphanumeric(rune) || rune == 0x5F
            case .posix(let name): return posixContains(name, rune)
            case .category(let name): return generalCategory(of: rune)?.hasPrefix(name) ?? false
            case .not(let element): return !element.contains(rune)
            }
        }
    }

    func contains(_ rune: UInt32) -> Bool {
        switch self {
        case .rune(let wanted): rune == wanted
        case .notSlash: rune != UInt32(UInt8.slash)
        case .notNewline: rune != UInt32(UInt8.newline)
        case .any: true
        case .elements(let elements, let isNegated): elements.contains { $0.contains(rune) } != isNegated
        }
    }
}

func isASCIIAlphanumeric(_ rune: UInt32) -> Bool {
    (0x30...0x39).contains(rune) || (0x41...0x5A).contains(rune) || (0x61...0x7A).contains(rune)
}

let posixClassNames = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper",
    "word", "xdigit",
]

private func posixContains(_ name: String, _ rune: UInt32) -> Bool {
    guard rune < 0x80 else { return false }
    switch name {
    case "alnum": return isASCIIAlphanumeric(rune)
    case "alpha": return isASCIIAlphanumeric(rune) && rune > 0x39
    case "ascii": return true
    case "blank": return rune == 0x09 || rune == 0x20
    case "cntrl": return rune < 0x20 || rune == 0x7F
    case "digit": return (0x30...0x39).contains(rune)
    case "graph": return (0x21...0x7E).contains(rune)
    case "lower": return (0x61...0x7A).contains(rune)
    case "print": return (0x20...0x7E).contains(rune)
    case "punct": return (0x21...0x7E).contains(rune) && !isASCIIAlphanumeric(rune)
    case "space": return (0x09...0x0D).contains(rune) || rune == 0x20
    case "upper": return (0x41...0x5A).contains(rune)
    case "word": return isASCIIAlphanumeric(rune) || rune == 0x5F
    default:
        return (0x30...0x39).contains(rune) || (0x41...0x46).contains(rune) || (0x61...0x66).contains(rune)
    }
}

let generalCategories: [(Unicode.GeneralCategory, String)] = [
    (.uppercaseLetter, "Lu"), (.lowercaseLetter, "Ll"), (.titlecaseLetter, "Lt"), (.modifierLetter, "Lm"),
    (.otherLetter, "Lo"), (.nonspacingMark, "Mn"), (.spacingMark, "Mc"), (.enclosingMark, "Me"),
    (.decimalNumber, "Nd"), (.letterNumber, "Nl"), (.otherNumber, "No"), (.connectorPunctuation, "Pc"),
    (.dashPunctuation, "Pd"), (.openPunctuation, "Ps"), (.closePunctuation, "Pe"),
    (.initialPunctuation, "Pi"),
    (.finalPunctuation, "Pf"), (.otherPunctuation, "Po"), (.mathSymbol, "Sm"), (.currencySymbol, "Sc"),
    (.modifierSymbol, "Sk"), (.otherSymbol, "So"), (.spaceSeparator, "Zs"), (.lineSeparator, "Zl"),
    (.paragraphSeparator, "Zp"), (.control, "Cc"), (.format, "Cf"), (.surrogate, "Cs"), (.privateUse, "Co"),
]

/// - Returns: nil for what is not assigned, which is in no category of Go's.
private func generalCategory(of rune: UInt32) -> String? {
    guard let category = Unicode.Scalar(rune)?.properties.generalCategory else { return "Cs" }
    return generalCategories.first { $0.0 == category }?.1
}
