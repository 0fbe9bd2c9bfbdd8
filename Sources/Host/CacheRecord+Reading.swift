import Diagnostics
import JSON

extension CacheRecord {
    /// - Parameters:
    ///   - json: a record of `docker system df --verbose` or a line of `docker buildx du --format json`.
    ///   - now: when docker printed it, in seconds since 1970.
    init?(_ json: JSON, now: Int?) {
        guard let id = json["ID"]?.string, let size = json["Size"]?.string.flatMap(bytes(of:)) else {
            return nil
        }
        func flag(_ key: String) -> Bool { json[key]?.bool ?? (json[key]?.string == "true") }
        self.init(
            id: id, type: json["CacheType"]?.string ?? json["Type"]?.string ?? "",
            description: json["Description"]?.string ?? "", size: size, isShared: flag("Shared"),
            isInUse: json["InUse"] != nil ? flag("InUse") : json["Reclaimable"]?.bool == false,
            usageCount: json["UsageCount"]?.integer ?? json["UsageCount"]?.string.flatMap { Int($0) } ?? 0,
            lastUsed: json["LastUsedAt"]?.string.flatMap { time(of: $0, now: now) })
    }

    /// `docker buildx du --verbose` before buildx 0.28.
    ///
    /// A description may hold any text, line feeds and what looks like another field too: a record begins with `ID:`
    /// after an empty line, and of each field the first counts before the description and the last after it.
    static func all(inText output: [UInt8], now: Int? = nil) -> [CacheRecord] {
        var records: [CacheRecord] = []
        var fields: [String: String] = [:]
        var isDescription = false
        func finish() {
            guard let id = fields["ID"], let size = fields["Size"].flatMap(bytes(of:)) else { return }
            records.append(
                CacheRecord(
                    id: id, type: fields["Type"] ?? "", description: fields["Description"] ?? "", size: size,
                    isShared: fields["Shared"] == "true", isInUse: fields["Reclaimable"] == "false",
                    usageCount: fields["Usage count"].flatMap { Int($0) } ?? 0,
                    lastUsed: fields["Last used"].flatMap { time(of: $0, now: now) }))
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
                if isDescription || fields[key] == nil || ["Usage count", "Last used", "Type"].contains(key) {
                    fields[key] = value
                }
            }
        }
        finish()
        return records
    }
}

extension [CacheRecord] {
    /// With sizes of which all together are no larger than any disk, so that whatever is added up of them fits.
    func clamped() -> [CacheRecord] {
        var left = Limits.cacheBytes
        return map { record in
            var record = record
            record.size = Swift.min(record.size, left)
            left -= record.size
            return record
        }
    }
}

/// - Parameter text: as docker prints sizes, in powers of 1000 (`3.2MB`, `200kB`, `0B`), for rules in powers of 1024
///   (`3.346GiB`).
/// - Returns: bytes; nil where it is none (`N/A`).
func bytes(of text: String) -> Int? {
    let number = text.prefix { $0 == "." || $0.isASCII && $0.isNumber }
    let units = [
        "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "KiB": 0x1p10,
        "MiB": 0x1p20,
        "GiB": 0x1p30, "TiB": 0x1p40,
    ]
    let unit = text.dropFirst(number.count).prefix { $0 != " " }
    guard let value = Double(number), let factor = units[String(unit)], value * factor < 1e18 else {
        return nil
    }
    return Int(value * factor)
}

/// - Parameters:
///   - text: a time, or how long ago it was.
///   - now: when that was printed.
/// - Returns: seconds since 1970.
private func time(of text: String, now: Int?) -> Int? {
    seconds(of: text) ?? now.flatMap { now in age(of: text).map { now - $0 } }
}

/// - Parameter text: `3 minutes ago`, as docker prints it (docker/go-units, `duration.go`): a whole number of a unit,
///   rounded down.
/// - Returns: seconds; nil for another form.
func age(of text: String) -> Int? {
    let units = [
        "second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000,
        "year": 31_536_000,
    ]
    var words = text.split(separator: " ")
    guard words.popLast() == "ago", let unit = words.popLast() else { return nil }
    guard let length = units[String(unit.hasSuffix("s") ? unit.dropLast() : unit)] else { return nil }
    switch words {
    case ["Less", "than", "a"]: return 0
    case ["About", "a"], ["About", "an"]: return length
    default: return words.count == 1 ? Int(words[0]).flatMap { 0...10_000 ~= $0 ? $0 * length : nil } : nil
    }
}

/// - Parameter text: as `milliseconds(ofTime:)` takes it.
/// - Returns: seconds since 1970; nil for another form (`3 minutes ago`).
func seconds(of text: String) -> Int? { milliseconds(ofTime: text).map { $0 / 1000 } }
