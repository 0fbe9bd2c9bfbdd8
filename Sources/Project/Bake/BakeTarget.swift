package import HCL

/// A target of bake files: what its blocks say, or, once resolved, that and what it inherits.
package struct BakeTarget: Sendable {
    package let name: String
    /// Where it is stated first.
    let place: BakePlace
    /// What the file says, by the attribute's name, as values of its type.
    package var attributes: [String: HCLValue] = [:]
    /// Where attributes stand that were set last, name and value; empty ranges where that is not known.
    var places: [String: BakePlace] = [:]
    /// Where their values stand.
    var valuePlaces: [String: BakePlace] = [:]
    /// Where the values of arguments stand, by the argument's name; of JSON their texts.
    var argumentPlaces: [String: BakePlace] = [:]
    var argumentTexts: [String: String] = [:]

    init(name: String, place: BakePlace) {
        self.name = name
        self.place = place
    }

    /// The attributes that are read, and their types; others are ignored, as bake does.
    /// Source: docker/buildx, `bake/bake.go`, `Target`.
    static let types: [String: HCLType] = [
        "annotations": .list(.string), "args": .map(.string), "attest": .any, "cache-from": .any,
        "cache-to": .any, "call": .string, "context": .string, "contexts": .map(.string),
        "description": .string, "dockerfile": .string, "dockerfile-inline": .string,
        "entitlements": .list(.string), "extra-hosts": .map(.string), "inherits": .list(.string),
        "labels": .map(.string), "network": .string, "no-cache": .bool, "no-cache-filter": .list(.string),
        "output": .any, "platforms": .list(.string), "pull": .bool, "secret": .any, "shm-size": .string,
        "ssh": .any, "tags": .list(.string), "target": .string, "ulimits": .list(.string),
    ]

    /// Of these the members are merged, of those the lists are joined; of all others the later one holds.
    private static let merged: Set<String> = ["args", "contexts", "labels", "extra-hosts"]
    private static let joined: Set<String> = [
        "annotations", "attest", "secret", "ssh", "cache-from", "no-cache-filter", "ulimits", "entitlements",
    ]

    /// The same, as a file states it that changes what another one states.
    func stated(at place: BakePlace) -> BakeTarget {
        var target = BakeTarget(name: name, place: place)
        target.merge(self)
        return target
    }

    /// What a copy takes, in units of `WorkBudget`.
    var size: Int { attributes.reduce(8) { $0 + 8 + $1.value.size } }

    /// Adds what a later block says, or what stands above what was inherited.
    /// Source: docker/buildx, `bake/bake.go`, `Target.Merge`.
    mutating func merge(_ other: BakeTarget) {
        for (name, value) in other.attributes where !value.isNull {
            places[name] = other.places[name]
            valuePlaces[name] = other.valuePlaces[name]
            if name == "args" {
                argumentPlaces.merge(other.argumentPlaces) { $1 }
                argumentTexts.merge(other.argumentTexts) { $1 }
            }
            if Self.merged.contains(name), let before = attributes[name], before.unknown == nil {
                guard let after = value.members else {
                    attributes[name] = value
                    continue
                }
                // A value of null leaves the one before.
                attributes[name] = .object((before.members ?? [:]).merging(after) { $1.isNull ? $0 : $1 })
            } else if Self.joined.contains(name), let before = attributes[name] {
                attributes[name] =
                    before.unknown.map(HCLValue.unknown) ?? value.unknown.map(HCLValue.unknown)
                    ?? .list((before.elements ?? []) + (value.elements ?? []))
            } else {
                attributes[name] = value
            }
        }
    }

    /// As bake does once all that is inherited is there.
    /// Source: docker/buildx, `bake/bake.go`, `Target.normalize`.
    mutating func normalize() {
        guard case .object(let contexts)? = attributes["contexts"] else { return }
        attributes["contexts"] = .object(contexts.filter { $0.value != .string("") })
    }

    /// The first thing in an attribute that is not known.
    func unknown(in name: String) -> HCLUnknown? { attributes[name]?.firstUnknown }

    /// The texts of a list, without empty ones, each once; nil for one that is not known.
    package func texts(_ name: String) -> [String?] {
        guard let value = attributes[name] else { return [] }
        if value.unknown != nil { return [nil] }
        var seen: Set<String> = []
        return (value.elements ?? [value]).compactMap { element in
            if element.firstUnknown != nil { return .some(nil) }
            guard let text = Self.text(element), !text.isEmpty, seen.insert(text).inserted else { return nil }
            return .some(text)
        }
    }

    /// `{type = "gha", mode = "max"}` as `type=gha,mode=max`.
    private static func text(_ value: HCLValue) -> String? {
        guard case .object(let members) = value else {
            return (try? HCLType.string.convert(value))?.text
        }
        let pairs = members.sorted { ($0.key == "type" ? 0 : 1, $0.key) < ($1.key == "type" ? 0 : 1, $1.key) }
        return pairs.compactMap { key, value in text(value).map { "\(key)=\($0)" } }.joined(separator: ",")
    }
}

/// A place in one of the files that are read together.
struct BakePlace: Sendable, Hashable {
    let path: String
    /// In bytes of that file.
    let range: Range<Int>
}
