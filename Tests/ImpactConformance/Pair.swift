import Foundation
import Testing

/// Two trees and two ways to build them, which differ in what one rule is about.
///
/// The files in `Pairs` hold them: `=== name` begins one; `@ key=value` is an option of both builds (`@> key=value` of
/// the second one only), `@ undecided=yes` see there; `--- path` begins a file of both trees, `--> path` one of the second tree, and `--x path`
/// takes one out of it. A word in parentheses after the path says what the lines below it are: `(755)` a program,
/// `(link)` a link's text, `(submodule)` a commit, `(checkout)` one whose files are there, `(raw)` one line with `\n`, `\r`, `\t`, `\xFF` (also in the path of
/// `(name)`).
struct Pair: Sendable, CustomTestStringConvertible {
    struct Entry: Sendable, Equatable {
        /// As git writes it: 100644, 100755, 120000, 160000.
        let mode: String
        /// A submodule whose files are there.
        var isCheckedOut = false
        let bytes: [UInt8]
    }

    struct Options: Sendable, Equatable {
        var file: String?
        var context = "."
        var target: String?
        var args: [String: String] = [:]
        var namedContexts: [String: String] = [:]

        func dockerfile() -> String { file ?? (context == "." ? "Dockerfile" : context + "/Dockerfile") }
    }

    typealias Tree = [[UInt8]: Entry]

    let name: String
    /// The Docker Engine release in which the rule became what it is; 0 for all.
    let since: Double
    /// What the repository does not have decides (a variable or link of the base image): where `maybe` is predicted, either
    /// outcome is right. There is a pair for each of them.
    let isUndecided: Bool
    let base: Tree
    let head: Tree
    let baseOptions: Options
    let headOptions: Options

    var testDescription: String { name }

    static let all: [Pair] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Pairs")
        let files = try! FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "txt" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
            .flatMap { parse(try! String(contentsOf: $0, encoding: .utf8)) }
    }()

    static func parse(_ text: String) -> [Pair] {
        "\n\(text)".components(separatedBy: "\n=== ").dropFirst().map { Pair(block: $0) }
    }

    private init(block: String) {
        var lines = block.components(separatedBy: "\n")
        while lines.last == "" { lines.removeLast() }
        name = lines.removeFirst()
        var since = 0.0
        var isUndecided = false
        var options = (Options(), Options())
        var trees: (Tree, Tree) = ([:], [:])
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            if line.hasPrefix("@") {
                let assignment = line.drop { $0 == "@" || $0 == ">" || $0 == " " }
                let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
                if parts[0] == "since" {
                    since = Double(parts[1])!
                } else if parts[0] == "undecided" {
                    isUndecided = true
                } else {
                    if !line.hasPrefix("@>") { options.0.set(parts[0], parts[1]) }
                    options.1.set(parts[0], parts[1])
                }
                continue
            }
            guard line.hasPrefix("--"), line.count > 4 else { fatalError("\(name): \(line)") }
            let kind = line.prefix(3)
            var (path, attribute) = (String(line.dropFirst(4)), "")
            if path.hasSuffix(")"), let open = path.range(of: " (", options: .backwards) {
                attribute = String(path[open.upperBound...].dropLast())
                path = String(path[..<open.lowerBound])
            }
            let pathBytes = attribute == "name" ? Self.decoded(path) : Array(path.utf8)
            if kind == "--x" {
                trees.1[pathBytes] = nil
                continue
            }
            var body: [String] = []
            while index < lines.count, !lines[index].hasPrefix("--"), !lines[index].hasPrefix("@") {
                body.append(lines[index])
                index += 1
            }
            while body.last == "" { body.removeLast() }
            let text = body.joined(separator: "\n")
            let entry =
                switch attribute {
                case "link": Entry(mode: "120000", bytes: Array(text.utf8))
                case "submodule": Entry(mode: "160000", bytes: Array(text.utf8))
                case "checkout": Entry(mode: "160000", isCheckedOut: true, bytes: Array(text.utf8))
                case "raw": Entry(mode: "100644", bytes: Self.decoded(text))
                case "755": Entry(mode: "100755", bytes: Array((text + "\n").utf8))
                default: Entry(mode: "100644", bytes: Array((text + "\n").utf8))
                }
            if kind == "---" { trees.0[pathBytes] = entry }
            trees.1[pathBytes] = entry
        }
        self.since = since
        self.isUndecided = isUndecided
        (baseOptions, headOptions) = options
        (base, head) = trees
    }

    private static func decoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                bytes.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "x"):
                bytes.append(UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)!)
                rest = rest.dropFirst(2)
            default: bytes.append(next)
            }
            rest = rest.dropFirst()
        }
        return bytes
    }
}

extension Pair.Options {
    fileprivate mutating func set(_ key: String, _ value: String) {
        let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
        switch key {
        case "file": file = value
        case "context": context = value
        case "target": target = value
        case "arg": args[parts[0]] = parts[1]
        case "named": namedContexts[parts[0]] = parts[1]
        default: fatalError("no such option: \(key)")
        }
    }
}
