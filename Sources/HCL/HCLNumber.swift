import Diagnostics

/// A decimal number, exact. HCL's own numbers have 512 bits; one that does not fit here is not told.
/// Source: hashicorp/hcl, `hclsyntax/spec.md`, "Types" (numbers are arbitrary-precision decimals).
package struct HCLNumber: Sendable, Hashable {
    /// The number is `mantissa / 10^scale`; the last digit of a mantissa with a scale is not 0.
    private let mantissa: Int128
    private let scale: Int

    package init(_ value: Int) {
        mantissa = Int128(value)
        scale = 0
    }

    private init?(_ mantissa: Int128, scale: Int) {
        var (mantissa, scale) = (mantissa, scale)
        while scale > 0, mantissa % 10 == 0 {
            mantissa /= 10
            scale -= 1
        }
        // The smallest one has no negative.
        guard scale <= Limits.hclDigits, mantissa != .min else { return nil }
        self.mantissa = mantissa
        self.scale = scale
    }

    /// - Parameter text: digits with a sign, a fraction and an exponent, each optional.
    /// - Returns: nil for another text, and for a number that is too large or too fine.
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var mantissa: Int128 = 0
        var scale = 0
        var digits = 0
        var isFraction = false
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                let (product, isTooLarge) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, isSumTooLarge) = product.addingReportingOverflow(
                    Int128(byte - UInt8(ascii: "0")))
                guard !isTooLarge, !isSumTooLarge else { return nil }
                mantissa = sum
                digits += 1
                if isFraction { scale += 1 }
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard digits > 0 else { return nil }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            guard let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
                exponent.magnitude < 40
            else { return nil }
            scale -= exponent
            rest = []
        }
        guard rest.isEmpty else { return nil }
        while scale < 0 {
            let (product, isTooLarge) = mantissa.multipliedReportingOverflow(by: 10)
            if isTooLarge { return nil }
            mantissa = product
            scale += 1
        }
        self.init(isNegative ? -mantissa : mantissa, scale: scale)
    }

    /// nil for a fraction, and where it is too large.
    package var integer: Int? { scale == 0 ? Int(exactly: mantissa) : nil }

    /// As HCL writes it: no exponent, no needless digit.
    package var text: String {
        guard scale > 0 else { return "\(mantissa)" }
        var digits = "\(mantissa.magnitude)"
        while digits.utf8.count <= scale { digits = "0" + digits }
        let point = digits.utf8.index(digits.endIndex, offsetBy: -scale)
        return (mantissa < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
    }

    package var isNegative: Bool { mantissa < 0 }
    package var isZero: Bool { mantissa == 0 }
    package var negated: HCLNumber? { HCLNumber(-mantissa, scale: scale) }

    // MARK: - Operations; nil for a result that does not fit

    package func adding(_ other: HCLNumber) -> HCLNumber? {
        guard let (left, right, scale) = aligned(with: other) else { return nil }
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? nil : HCLNumber(sum, scale: scale)
    }

    package func subtracting(_ other: HCLNumber) -> HCLNumber? { other.negated.flatMap { adding($0) } }

    package func multiplied(by other: HCLNumber) -> HCLNumber? {
        let (product, isTooLarge) = mantissa.multipliedReportingOverflow(by: other.mantissa)
        return isTooLarge ? nil : HCLNumber(product, scale: scale + other.scale)
    }

    /// - Parameter other: not zero.
    package func divided(by other: HCLNumber) -> HCLNumber? {
        guard !other.isZero, let (left, right, _) = aligned(with: other) else { return nil }
        var dividend = left
        for scale in 0...Limits.hclDigits {
            if dividend % right == 0 { return HCLNumber(dividend / right, scale: scale) }
            let (next, isTooLarge) = dividend.multipliedReportingOverflow(by: 10)
            if isTooLarge { return nil }
            dividend = next
        }
        return nil
    }

    /// - Parameter other: not zero.
    package func remainder(dividingBy other: HCLNumber) -> HCLNumber? {
        guard !other.isZero, let (left, right, scale) = aligned(with: other) else { return nil }
        return HCLNumber(left % right, scale: scale)
    }

    package var floor: HCLNumber? { rounded(down: true) }
    package var ceiling: HCLNumber? { rounded(down: false) }

    private func rounded(down: Bool) -> HCLNumber? {
        guard scale > 0 else { return self }
        let whole = mantissa / Self.power(scale)
        if down { return HCLNumber(mantissa < 0 ? whole - 1 : whole, scale: 0) }
        return HCLNumber(mantissa > 0 ? whole + 1 : whole, scale: 0)
    }

    /// Whether it is smaller than another; nil where that cannot be told.
    package func isLess(than other: HCLNumber) -> Bool? {
        aligned(with: other).map { $0.0 < $0.1 }
    }

    private func aligned(with other: HCLNumber) -> (Int128, Int128, Int)? {
        let scale = max(scale, other.scale)
        let (left, isLeftTooLarge) = mantissa.multipliedReportingOverflow(by: Self.power(scale - self.scale))
        let (right, isRightTooLarge) = other.mantissa.multipliedReportingOverflow(
            by: Self.power(scale - other.scale))
        return isLeftTooLarge || isRightTooLarge ? nil : (left, right, scale)
    }

    private static func power(_ exponent: Int) -> Int128 {
        var result: Int128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }
}
