/// How many terminal columns a character takes: 0 for combining marks, 2 for wide ones, else 1.
///
/// Wide are the blocks that Unicode's East Asian Width (UAX #11) gives as W or F, taken as whole blocks.
package func displayWidth(of scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x300: 1
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        2
    default: isCombining(scalar) ? 0 : 1
    }
}

/// How many terminal columns a text takes that `printable` has been through.
package func displayWidth(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + displayWidth(of: $1) }
}

private func isCombining(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
}

/// Breaks a paragraph into lines at its blanks.
/// - Parameters:
///   - text: one paragraph that `printable` has been through.
///   - width: the most columns that a line may take; a longer word stays whole.
/// - Returns: at least one line.
package func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for word in text.split(separator: " ") {
        let wordWidth = displayWidth(of: String(word))
        if used > 0, used + 1 + wordWidth > width {
            lines.append(line)
            line = ""
            used = 0
        }
        if used > 0 {
            line += " "
            used += 1
        }
        line += word
        used += wordWidth
    }
    lines.append(line)
    return lines
}
