import Diagnostics
import JSON

/// A build that a builder remembers: what `docker buildx history` tells of it (buildx 0.20 and later).
package struct RecordedBuild: Sendable {
    /// The name of the builder.
    package let builder: String
    package let id: String
    /// What buildx calls it: by its folder, Dockerfile and target.
    package let name: String
    /// `Completed`, `Error` (of a cancelled build too) or `Running`.
    package let status: String
    /// Seconds since 1970.
    package let started: Int?
    /// How long it took; nil where it has not ended.
    package let milliseconds: Int?
    /// What it did step by step, as `--progress=rawjson` prints it; empty where that was not told.
    package var log: [UInt8] = []

    /// - Parameter json: a line of `docker buildx history ls --format json`.
    /// - Returns: nil without an id that can be asked for.
    init?(_ json: JSON, builder: String) {
        // `BUILDER/NODE/ID`
        guard let id = json["ref"]?.string?.split(separator: "/").last,
            id.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A })
        else { return nil }
        func time(_ key: String) -> Int? { json[key]?.string.flatMap(Diagnostics.milliseconds(ofTime:)) }
        self.builder = builder
        self.id = String(id)
        name = json["name"]?.string ?? ""
        status = json["status"]?.string ?? ""
        started = time("created_at").map { $0 / 1000 }
        milliseconds = time("created_at").flatMap { start in time("completed_at").map { max(0, $0 - start) } }
    }
}
