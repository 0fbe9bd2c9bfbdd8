extension String {
    /// What follows the last `/`.
    var lastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        return String(self[utf8.index(after: slash)...])
    }
}

extension UInt8 {
    static var space: UInt8 { UInt8(ascii: " ") }
    static var tab: UInt8 { UInt8(ascii: "\t") }
    static var newline: UInt8 { UInt8(ascii: "\n") }
    static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    static var semicolon: UInt8 { UInt8(ascii: ";") }
    static var ampersand: UInt8 { UInt8(ascii: "&") }
    static var pipe: UInt8 { UInt8(ascii: "|") }
    static var less: UInt8 { UInt8(ascii: "<") }
    static var greater: UInt8 { UInt8(ascii: ">") }
    static var openingParenthesis: UInt8 { UInt8(ascii: "(") }
    static var closingParenthesis: UInt8 { UInt8(ascii: ")") }
    static var backslash: UInt8 { UInt8(ascii: "\\") }
    static var singleQuote: UInt8 { UInt8(ascii: "'") }
    static var doubleQuote: UInt8 { UInt8(ascii: "\"") }
    static var backquote: UInt8 { UInt8(ascii: "`") }
    static var dollar: UInt8 { UInt8(ascii: "$") }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isNameByte: Bool {
        isDigit || self == UInt8(ascii: "_")
            || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z"))
    }

    /// Ends an unquoted word.
    var endsWord: Bool {
        switch self {
        case .space, .tab, .newline, .carriageReturn, .semicolon, .ampersand, .pipe, .less, .greater,
            .openingParenthesis, .closingParenthesis:
            true
        default: false
        }
    }

    /// Stands for itself in an unquoted word.
    var isPlain: Bool {
        switch self {
        case .backslash, .singleQuote, .doubleQuote, .backquote, .dollar, UInt8(ascii: "~"),
            UInt8(ascii: "*"),
            UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "{"):
            false
        default: !endsWord
        }
    }
}
