import HCL
import JSON
import SourceText

/// A bake file, read but not worked out.
struct BakeFile: Sendable {
    let source: SourceText
    let body: HCLBody

    private static let blocks: Set<String> = ["variable", "function", "group", "target"]

    /// - Throws: the first mistake, with its place in the file.
    init(_ source: SourceText) throws(HCLError) {
        self.source = source
        // Source: docker/buildx, `bake/hcl.go`: the name tells, and where it does not, HCL is tried first.
        if source.path.hasSuffix(".json") {
            body = try Self.readJSON(source)
        } else if source.path.hasSuffix(".hcl") {
            body = try HCLParser.parse(source.bytes)
        } else {
            do throws(HCLError) { body = try HCLParser.parse(source.bytes) } catch {
                guard let read = try? Self.readJSON(source) else { throw error }
                body = read
            }
        }
    }

    private static func readJSON(_ source: SourceText) throws(HCLError) -> HCLBody {
        let json: JSON
        do throws(JSONError) { json = try JSON.parse(source.bytes) } catch {
            let line = source.bytes(ofLine: min(max(1, error.line), source.lineCount))
            throw HCLError(error.message, at: line)
        }
        var places: [String: [String: Int]] = [:]
        for key in blocks { places[key] = JSON.offsets(ofMembersOf: key, in: source.bytes) }
        return try HCLJSON.body(json, blocks: blocks) { path in
            let offset = path.count == 2 ? places[path[0]]?[path[1]] ?? 0 : 0
            return offset..<offset
        }
    }

    /// The line of an offset.
    func line(at offset: Int) -> Int { source.line(at: offset) }
}
