/// Text from a repository, made safe to print on one line.
///
/// A file name, a comment or an argument can hold anything. Control characters would drive the terminal, direction
/// overrides would show another text than the one that is there, and a newline would begin a line that a CI system
/// may read as a command. Each of them is shown as an escape (`\n`, `\x1b`, `\u{202e}`) instead.
/// - Parameter text: any text.
/// - Returns: the text with those characters escaped; never more than one line.
package func printable(_ text: some StringProtocol) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars {
        if needsEscape(scalar) { result += escape(of: scalar) } else { result.unicodeScalars.append(scalar) }
    }
    return result
}

/// The same for text that may hold several lines, such as a remedy with code: line feeds stay, and all else is escaped.
package func printableLines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { printable($0) }
}

/// Takes from a finished output what a CI system would read as a command.
///
/// GitHub's runner reads a line as a command where `::` is the first that is not white space, and `##[` anywhere in
/// a line (`ActionCommand.cs`, TryParseV2 and TryParse); Azure's agent reads `##vso[` anywhere; TeamCity `##teamcity[`.
/// The first character of such a mark is replaced with an escape that shows it.
/// - Parameters:
///   - output: whole lines of text that is about to be printed.
///   - isJSON: whether the text is JSON, where the escape is `\u0023` and lines begin with JSON's own marks.
/// - Returns: the output, unchanged but for such marks.
package func withoutWorkflowCommands(_ output: String, isJSON: Bool = false) -> String {
    let colon = UInt8(ascii: ":")
    let hash = UInt8(ascii: "#")
    let bytes = Array(output.utf8)
    guard bytes.withUnsafeBufferPointer(mayHoldCommand) else { return output }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 16)
    var atLineStart = true
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        let next = index + 1 < bytes.count ? bytes[index + 1] : 0
        if atLineStart, byte == colon, next == colon {
            result += Array(#"\x3a"#.utf8)
            atLineStart = false
        } else if byte == hash, next == hash, opensBracket(bytes, after: index + 2) {
            result += Array((isJSON ? #"\u0023"# : #"\x23"#).utf8)
            atLineStart = false
        } else {
            result.append(byte)
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                atLineStart = true
            } else if byte == 0x1B {
                // Our own colours stand between the line's start and its text.
                while index + 1 < bytes.count, bytes[index] != UInt8(ascii: "m") {
                    index += 1
                    result.append(bytes[index])
                }
            } else if let space = whiteSpaceLength(bytes, at: index) {
                result += bytes[(index + 1)..<(index + space)]
                index += space - 1
            } else {
                atLineStart = false
            }
        }
        index += 1
    }
    return String(decoding: result, as: UTF8.self)
}

/// Whether `::` or `##` is anywhere; most outputs hold neither, and large ones are common.
private func mayHoldCommand(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var last: UInt8 = 0
    for byte in bytes {
        if byte == last, byte == UInt8(ascii: ":") || byte == UInt8(ascii: "#") { return true }
        last = byte
    }
    return false
}

/// Whether letters and then `[` follow.
private func opensBracket(_ bytes: [UInt8], after start: Int) -> Bool {
    var index = start
    while index < bytes.count, (bytes[index] | 0x20) >= UInt8(ascii: "a"),
        (bytes[index] | 0x20) <= UInt8(ascii: "z")
    {
        index += 1
    }
    return index < bytes.count && bytes[index] == UInt8(ascii: "[")
}

/// The length in bytes of the white space character at an index; nil where there is none.
private func whiteSpaceLength(_ bytes: [UInt8], at index: Int) -> Int? {
    let byte = bytes[index]
    if byte == 0x20 || (0x09...0x0D).contains(byte) { return 1 }
    guard byte >= 0xC2 else { return nil }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    guard index + length <= bytes.count else { return nil }
    let character = String(decoding: bytes[index..<(index + length)], as: UTF8.self)
    let isSpace = character.unicodeScalars.first?.properties.isWhitespace ?? false
    return isSpace ? length : nil
}

/// A path in a line in which a colon ends it, such as those of `--format concise`: the first colon of the line is the
/// one that ends the path, whatever the path holds. `\` is escaped too, so that each shown path is that of one file.
package func printablePath(_ path: some StringProtocol) -> String {
    guard path.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "\\") }) else {
        return printable(path)
    }
    var result = ""
    for scalar in path.unicodeScalars {
        switch scalar {
        case ":": result += #"\x3a"#
        case "\\": result += #"\x5c"#
        default: result += printable(String(scalar))
        }
    }
    return result
}

/// Whether a text that has to be printed as it is, such as a patch, holds what drives a terminal or shows another order of
/// characters than there is. Line feeds are none of it, with or without a carriage return before them, nor are tabs.
package func mayDriveTerminals(_ text: String) -> Bool {
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
        if isAfterReturn, scalar != "\n" { return true }
        isAfterReturn = scalar == "\r"
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: continue
        case 0..<0x20, 0x7F..<0xA0: return true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: return true
        default: continue
        }
    }
    return isAfterReturn
}

private func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    switch scalar.value {
    // Blanks by their glyphs, which Unicode's properties do not tell: the empty Braille pattern, the musical null notehead,
    // the filler of Khitan.
    case 0x2800, 0x1D159, 0x16FE4: return true
    default: break
    }
    // Fillers, variation selectors, joiners and the like (Unicode, DerivedCoreProperties.txt).
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint { return true }
    return switch properties.generalCategory {
    // Direction marks, embeddings, overrides and isolates are formats; blanks other than the space hide in names.
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
    default: false
    }
}

private func escape(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return #"\n"#
    case "\r": return #"\r"#
    case "\t": return #"\t"#
    default: break
    }
    let digits = String(scalar.value, radix: 16)
    return scalar.value < 0x100 ? #"\x"# + (digits.count < 2 ? "0" : "") + digits : #"\u{"# + digits + "}"
}
