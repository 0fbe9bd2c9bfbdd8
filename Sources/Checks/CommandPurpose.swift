import Diagnostics
import SourceText

/// What the names around a command say that it is for.
enum CommandPurpose {
    /// Whether the file, the target of the makefile or the job is named for starting afresh or for publishing, where
    /// leaving the cache out is on purpose.
    /// - Throws: `CannotTell` for a recipe that is too long to look for its name.
    static func isFresh(at offset: Int, in source: SourceText) throws(CannotTell) -> Bool {
        var names = [source.path.lowercased()]
        if let target = try target(at: offset, in: source) { names.append(target.lowercased()) }
        let words = [
            "release", "publish", "clean", "rebuild", "fresh", "nightly", "no-cache", "nocache", "no_cache",
            "scratch",
            "reset", "purge", "prune", "security", "scan", "reproduc", "benchmark", "force",
        ]
        return names.contains { name in words.contains { name.contains($0) } }
    }

    /// The name before `:` of the recipe that a line belongs to.
    private static func target(at offset: Int, in source: SourceText) throws(CannotTell) -> String? {
        var number = source.line(at: offset)
        guard source.bytes[source.bytes(ofLine: number)].first.map({ $0 == 0x09 || $0 == 0x20 }) ?? false
        else {
            return nil
        }
        let last = number - Limits.recipeLines
        while number > 1 {
            guard number > last else {
                throw CannotTell(
                    "\(source.path) has a recipe of more than \(Limits.recipeLines) lines, whose name is not looked for"
                )
            }
            number -= 1
            let range = source.bytes(ofLine: number)
            if let first = source.bytes[range].first, first > 0x20, first != UInt8(ascii: "#") {
                let line = source.string(range)
                return line.firstIndex(of: ":").map { String(line[..<$0]) }
            }
        }
        return nil
    }
}
