import JSON

extension CacheRecord {
    /// - Parameter json: a record of `docker system df --verbose` or a line of `docker buildx du --format json`.
    init?(_ json: JSON) {
        guard let id = json["ID"]?.string, let size = json["Size"]?.string.flatMap(bytes(of:)) else {
            return nil
        }
        func flag(_ key: String) -> Bool { json[key]?.bool ?? (json[key]?.string == "true") }
        self.init(
            id: id, type: json["CacheType"]?.string ?? json["Type"]?.string ?? "",
            description: json["Description"]?.string ?? "", size: size, isShared: flag("Shared"),
            isInUse: json["InUse"] != nil ? flag("InUse") : json["Reclaimable"]?.bool == false,
            usageCount: json["UsageCount"]?.integer ?? json["UsageCount"]?.string.flatMap { Int($0) } ?? 0,
            lastUsed: json["LastUsedAt"]?.string.flatMap(seconds(of:)))
    }

    /// `docker buildx du --verbose` before buildx 0.28.
    ///
    /// A description may hold any text, line feeds and what looks like another field too: a record begins with `ID:`
    /// after an empty line, and of each field the first counts before the description and the last after it.
    static func all(inText output: [UInt8]) -> [CacheRecord] {
        var records: [CacheRecord] = []
        var fields: [String: String] = [:]
        var isDescription = false
        func finish() {
            guard let id = fields["ID"], let size = fields["Size"].flatMap(bytes(of:)) else { return }
            records.append(
                CacheRecord(
                    id: id, type: fields["Type"] ?? "", description: fields["Description"] ?? "", size: size,
                    isShared: fields["Shared"] == "true", isInUse: fields["Reclaimable"] == "false",
                    usageCount: fields["Usage count"].flatMap { Int($0) } ?? 0, lastUsed: nil))
        }
        for line in String(decoding: output, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            let colon = line.firstIndex(of: ":")
            let key = colon.map { String(line[..<$0]) } ?? ""
            let value =
                colon.map { String(line[line.index(after: $0)...].drop { $0 == " " || $0 == "\t" }) } ?? ""
            if isDescription, !["Usage count", "Last used", "Type"].contains(key) {
                fields["Description", default: ""] += "\n" + line
            } else if key == "ID", fields["Type"] != nil || fields.isEmpty {
                finish()
                fields = ["ID": value]
            } else if fields["ID"] != nil {
                isDescription = key == "Description"
                if isDescription || fields[key] == nil || ["Usage count", "Type"].contains(key) {
                    fields[key] = value
                }
            }
        }
        finish()
        return records
    }
}

/// - Parameter text: as docker prints sizes, in powers of 1000: `3.2MB`, `200kB`, `0B`.
/// - Returns: bytes; nil where it is none (`N/A`).
func bytes(of text: String) -> Int? {
    let number = text.prefix { $0 == "." || $0.isASCII && $0.isNumber }
    let units = ["B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15]
    let unit = text.dropFirst(number.count).prefix { $0 != " " }
    guard let value = Double(number), let factor = units[String(unit)], value * factor < 1e18 else {
        return nil
    }
    return Int(value * factor)
}

/// - Parameter text: `2026-11-24 02:44:06.95 +0000 UTC` or `2026-11-24T02:44:06.95Z`.
/// - Returns: seconds since 1970; nil for another form (`3 minutes ago`).
func seconds(of text: String) -> Int? {
    let numbers = text.prefix(19).split { "-: T".contains($0) }.map { Int($0) }
    guard numbers.count == 6, !numbers.contains(nil), text.hasSuffix("Z") || text.contains("+0000") else {
        return nil
    }
    let (year, month, day) = (numbers[0]!, numbers[1]!, numbers[2]!)
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    // Days since 1970-01-01 by the civil calendar, years counted from March.
    let shifted = month > 2 ? year : year - 1
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return days * 86_400 + numbers[3]! * 3600 + numbers[4]! * 60 + numbers[5]!
}
