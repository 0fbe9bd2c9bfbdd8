import Diagnostics
package import JSON
package import SourceText

/// A daemon.json.
package struct DaemonConfiguration: Sendable {
    /// Its path is absolute.
    package let source: SourceText
    /// An empty object where the file is empty; nil where it is not JSON.
    package let root: JSON?
    /// Why it is not.
    package let error: JSONError?

    /// - Parameter path: absolute.
    package init(path: String, bytes: [UInt8]) {
        source = SourceText(path: path, bytes: bytes)
        guard bytes.contains(where: { $0 > 0x20 }) else {
            (root, error) = (.object(JSON.Object()), nil)
            return
        }
        do {
            (root, error) = (try JSON.parse(bytes), nil)
        } catch {
            (root, self.error) = (nil, error)
        }
    }

    /// `builder.gc`; its keys are matched without case, as Go does below the outermost object.
    package var collection: JSON.Object? { root?["builder"]?["gc"]?.object }

    /// The rules of `builder.gc.policy` in their order.
    package var policies: [JSON.Object] { (collection?["policy"]?.array ?? []).compactMap(\.object) }

    /// Where a key stands, quotes included.
    /// - Parameter path: the keys that lead to it; what is in an array is found by `place(ofPolicyKey:rule:)`.
    package func place(of path: String...) -> Range<Int>? { place(of: path) }

    package func place(of path: [String]) -> Range<Int>? {
        guard let start = JSON.offset(ofKey: path, in: source.bytes) else { return nil }
        return start..<start + path.last!.utf8.count + 2
    }

    /// Where a key of one of the rules stands.
    /// - Parameter rule: index in `policies`; the rules before it are passed over by how often they have the key.
    package func place(ofPolicyKey key: String, rule: Int) -> Range<Int>? {
        guard var start = place(of: "builder", "gc", "policy")?.upperBound else { return nil }
        var left = policies.prefix(rule).count { $0[key] != nil }
        let name = Array("\"\(key)\"".utf8)
        while start + name.count <= source.bytes.count {
            if source.bytes[start..<start + name.count].elementsEqual(name) {
                if left == 0 { return start..<start + name.count }
                left -= 1
            }
            start += 1
        }
        return nil
    }
}
