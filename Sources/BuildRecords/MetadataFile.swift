internal import JSON

/// Reads the file of `--metadata-file`: the id of each build and, with `BUILDX_METADATA_PROVENANCE=max`, its graph.
///
/// Source: buildx's `commands/build.go` and `commands/bake.go` (one object for each target, by its name).
enum MetadataFile {
    private static let reference = "buildx.build.ref"
    private static let provenance = "buildx.build.provenance"

    /// - Returns: nil for JSON of another kind.
    static func records(_ json: JSON, key: HashKey) -> [BuildRecord]? {
        if json[reference] != nil || json[provenance] != nil { return [record(json, target: nil, key: key)] }
        guard let targets = json.object else { return nil }
        let records = targets.members.compactMap { name, value in
            value[reference] == nil ? nil : record(value, target: name, key: key)
        }
        return records.isEmpty ? nil : records
    }

    private static func record(_ json: JSON, target: String?, key: HashKey) -> BuildRecord {
        // It is not written for a build that fails.
        var record = BuildRecord(source: .metadata, status: .completed)
        let parts = (json[reference]?.string ?? "").split(separator: "/")
        record.id = parts.last.map(String.init)
        record.builder = parts.count == 3 ? String(parts[0]) : nil
        record.name = target
        for (name, value) in json.object.map({ Array($0.members) }) ?? [] where name.hasPrefix(provenance) {
            Provenance(value)?.add(to: &record, key: key)
        }
        return record
    }
}
