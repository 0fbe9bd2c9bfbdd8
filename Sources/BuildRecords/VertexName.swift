/// The name of a vertex, taken apart.
///
/// Source: BuildKit's `dockerfile2llb/convert.go` (prefixCommand); buildx's `build/build.go` (WithPrefix), which puts the
/// target in front where several are built.
struct VertexName {
    /// Without the target's word.
    let name: String
    let target: String?
    let step: StepName?

    /// - Parameter hasTargets: whether the names of this build begin with the target's word.
    init(_ full: String, hasTargets: Bool) {
        let bytes = Array(full.utf8)
        guard bytes.first == UInt8(ascii: "["), let end = bytes.firstIndex(of: UInt8(ascii: "]")) else {
            (name, target, step) = (full, nil, nil)
            return
        }
        var words = bytes[1..<end].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        let rest = String(decoding: bytes[(end + 1)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        let isOwn = words == ["internal"] || words == ["auth"]
        if hasTargets, !isOwn, let first = words.first, !first.utf8.contains(UInt8(ascii: "/")) {
            target = words.removeFirst()
        } else {
            target = nil
        }
        name =
            target == nil ? full : words.isEmpty ? rest : "[\(words.joined(separator: " "))] \(rest)"
        guard let last = words.last, let place = Self.place(last), words.count <= 3 else {
            step = nil
            return
        }
        words.removeLast()
        let platform = words.first?.utf8.contains(UInt8(ascii: "/")) == true ? words.removeFirst() : nil
        step =
            words.count <= 1
            ? StepName(
                platform: platform, stage: words.first, number: place.number, of: place.of, text: rest)
            : nil
    }

    /// `2/5`; BuildKit before 0.10 numbers triggers of ONBUILD beyond the total.
    private static func place(_ word: String) -> (number: Int, of: Int)? {
        let numbers = word.split(separator: "/", omittingEmptySubsequences: false)
        guard numbers.count == 2, let number = Int(numbers[0]), let total = Int(numbers[1]),
            (1...100_000).contains(number), (1...100_000).contains(total)
        else { return nil }
        return (number, total)
    }

    /// Whether the names of a build begin with the word of a target. Among several targets each vertex of the builder has
    /// one, and of the client's own only `[internal]` and `[auth]` have none.
    ///
    /// `[web 2/5]` alone may be a stage or a target, so it does not decide.
    static func haveTargets(_ names: some Sequence<String>) -> Bool {
        for name in names where name.hasPrefix("[") {
            guard let end = name.firstIndex(of: "]") else { continue }
            let words = name[name.index(after: name.startIndex)..<end].split(separator: " ")
            let rest = name[name.index(after: end)...].drop { $0 == " " }
            // A platform may stand there too: `[linux/amd64 internal] load metadata for alpine`.
            guard let first = words.first, !first.utf8.contains(UInt8(ascii: "/")) else { continue }
            if words.count > 1, words.last == "internal", rest.hasPrefix("load ") { return true }
            if words.count == 1, rest.hasPrefix("exporting to ") { return true }
        }
        return false
    }
}
