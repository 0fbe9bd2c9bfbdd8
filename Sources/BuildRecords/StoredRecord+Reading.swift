internal import Diagnostics
internal import JSON

extension StoredRecord {
    /// Reads what `text` wrote. It is input like all else: somebody may have put the file there.
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - key: the store's. Of a record that was made with another one, what is hashed is not told: it cannot be compared.
    /// - Throws: why it is no record.
    package static func read(_ bytes: [UInt8], key: HashKey) throws(RecordError) -> BuildRecord {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes, limits: JSON.Limits(bytes: Limits.storedRecordBytes))
        } catch {
            throw RecordError("the stored record cannot be read (\(error)); add its build again")
        }
        guard json["schema"]?.string == schema else {
            throw RecordError("the stored record is of another version of clm-doctor; add its build again")
        }
        guard var record = record(json) else {
            throw RecordError("the stored record is damaged; add its build again")
        }
        if json["key"]?.string != key.id {
            if !record.arguments.isEmpty {
                record.problems.append(
                    "it was stored with another key: its arguments cannot be compared with those of other builds"
                )
            }
            record.arguments = []
            for index in record.vertices.indices { record.vertices[index].definition = nil }
        }
        return record
    }

    /// - Returns: nil for what no version of this program writes.
    private static func record(_ json: JSON) -> BuildRecord? {
        guard let source = json["source"]?.string.flatMap(RecordSource.init),
            let status = json["status"]?.string.flatMap(BuildStatus.init),
            let vertices = json["vertices"]?.array, vertices.count <= Limits.recordedVertices
        else { return nil }
        var record = BuildRecord(source: source, status: status)
        record.id = json["id"]?.string
        record.builder = json["builder"]?.string
        record.name = json["name"]?.string
        record.started = number(json["started"])
        record.milliseconds = number(json["milliseconds"])
        record.revision = json["revision"]?.string
        record.repository = json["repository"]?.string
        record.target = json["target"]?.string
        record.platforms = texts(json["platforms"])
        record.arguments = list(json["arguments"]) { argument in
            argument["name"]?.string.map { BuildArgument(name: $0, hash: argument["hash"]?.string ?? "") }
        }
        record.uncachedStages = json["uncachedStages"]?.array == nil ? nil : texts(json["uncachedStages"])
        record.cacheImports = list(json["cacheImports"], location)
        record.cacheExports = list(json["cacheExports"], location)
        record.images = list(json["images"]) { image in
            image["reference"]?.string.map {
                PinnedImage(
                    reference: $0, digest: image["digest"]?.string, platform: image["platform"]?.string)
            }
        }
        for json in vertices {
            guard let vertex = vertex(json, of: vertices.count) else { return nil }
            record.vertices.append(vertex)
        }
        record.activities = list(json["activities"]) { activity($0, of: vertices.count) }
        record.errors = texts(json["errors"])
        record.problems = texts(json["problems"])
        if let path = json["dockerfile"]?["path"]?.string, let text = json["dockerfile"]?["text"]?.string {
            record.dockerfile = RecordedDockerfile(path: path, text: Array(text.utf8))
        }
        return record
    }

    private static func vertex(_ json: JSON, of count: Int) -> BuildVertex? {
        guard let name = json["name"]?.string,
            let category = json["category"]?.string.flatMap(TimeCategory.init),
            let outcome = json["outcome"]?.string.flatMap(StepOutcome.init)
        else { return nil }
        var vertex = BuildVertex(name: name, category: category, outcome: outcome)
        vertex.target = json["target"]?.string
        if let step = json["step"], let text = step["text"]?.string, let number = number(step["number"]),
            let of = self.number(step["of"])
        {
            vertex.step = StepName(
                platform: step["platform"]?.string, stage: step["stage"]?.string, number: number, of: of,
                text: text)
        }
        vertex.intervals = intervals(json["intervals"])
        vertex.milliseconds = number(json["milliseconds"])
        vertex.inputs = list(json["inputs"]) { place($0, of: count) }
        vertex.lines = pair(json["lines"]).map { $0.0...$0.1 }
        vertex.definition = json["definition"]?.string
        vertex.error = json["error"]?.string
        return vertex
    }

    private static func activity(_ json: JSON, of count: Int) -> BuildActivity? {
        guard let category = json["category"]?.string.flatMap(TimeCategory.init),
            let name = json["name"]?.string, let vertex = place(json["vertex"], of: count)
        else { return nil }
        var activity = BuildActivity(category: category, name: name, vertex: vertex)
        activity.intervals = intervals(json["intervals"])
        activity.milliseconds = number(json["milliseconds"])
        activity.bytes = number(json["bytes"])
        return activity
    }

    private static func location(_ json: JSON) -> CacheLocation? {
        json["type"]?.string.map {
            CacheLocation(type: $0, place: json["place"]?.string ?? "", error: json["error"]?.string)
        }
    }

    // MARK: Values

    private static func list<Value>(_ json: JSON?, _ value: (JSON) -> Value?) -> [Value] {
        (json?.array ?? []).prefix(Limits.recordedVertices).compactMap(value)
    }

    private static func texts(_ json: JSON?) -> [String] { list(json, \.string) }

    private static func number(_ json: JSON?) -> Int? {
        json?.integer.flatMap { (0...Limits.storedNumber).contains($0) ? $0 : nil }
    }

    private static func place(_ json: JSON?, of count: Int) -> Int? {
        json?.integer.flatMap { (0..<count).contains($0) ? $0 : nil }
    }

    private static func pair(_ json: JSON?) -> (Int, Int)? {
        guard let first = number(json?[0]), let last = number(json?[1]), first <= last else { return nil }
        return (first, last)
    }

    /// In order, and without overlaps.
    private static func intervals(_ json: JSON?) -> [Range<Int>] {
        var end = 0
        return list(json) { pair in
            guard let (first, last) = self.pair(pair), first >= end else { return nil }
            end = last
            return first..<last
        }
    }
}
