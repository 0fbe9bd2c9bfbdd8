package import JSON

/// HCL's JSON syntax: the same bodies and expressions, written in JSON.
/// Source: hashicorp/hcl, `json/spec.md`.
package enum HCLJSON {
    /// - Parameters:
    ///   - json: an object, or a list of them.
    ///   - blocks: the types of blocks; each has one label.
    ///   - place: where the member of a path of keys stands, in bytes of the file.
    /// - Throws: for a text that is no template, with the range of what holds it.
    package static func body(
        _ json: JSON, blocks: Set<String>, place: ([String]) -> Range<Int>
    ) throws(HCLError) -> HCLBody {
        var body = HCLBody()
        for object in json.array ?? [json] {
            for (key, value) in object.object.map({ Array($0.members) }) ?? [] where key != "//" {
                guard blocks.contains(key) else {
                    let range = place([key])
                    body.attributes.append(
                        HCLAttribute(name: key, range: range, value: try expression(value, at: range)))
                    continue
                }
                for labelled in value.array ?? [value] {
                    for (label, content) in labelled.object.map({ Array($0.members) }) ?? [] {
                        let range = place([key, label])
                        for one in content.array ?? [content] {
                            let inner = try self.body(one, blocks: [], place: { _ in range })
                            body.blocks.append(
                                HCLBlock(type: key, labels: [label], range: range, body: inner))
                        }
                    }
                }
            }
        }
        return body
    }

    private static func expression(_ json: JSON, at range: Range<Int>) throws(HCLError) -> HCLExpression {
        switch json {
        case .null, .bool, .integer, .number:
            return HCLExpression(.literal(HCLValue(json)), at: range)
        case .string(let text):
            do throws(HCLError) {
                let template = try HCLParser.parse(template: Array(text.utf8))
                return HCLExpression(template.kind, at: range, jsonText: text)
            } catch {
                throw HCLError(error.message, at: range)
            }
        case .array(let elements):
            var result: [HCLExpression] = []
            for element in elements { result.append(try expression(element, at: range)) }
            return HCLExpression(.tuple(result), at: range)
        case .object(let object):
            var items: [HCLExpression.Item] = []
            for (key, value) in object.members {
                items.append(
                    .init(
                        key: try expression(.string(key), at: range), value: try expression(value, at: range))
                )
            }
            return HCLExpression(.object(items), at: range)
        }
    }
}
