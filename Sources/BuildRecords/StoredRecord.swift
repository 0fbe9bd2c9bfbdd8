internal import Diagnostics
internal import JSON

/// A build as a file of the store holds it: all that a `BuildRecord` tells but names of secrets.
///
/// What could be guessed from a hash of it, as values of build arguments, is hashed with the store's key. Digests of vertices
/// are such hashes without a key, and are left out: the joins that they are for are made already.
package struct StoredRecord: Sendable {
    package static let schema = "clm-doctor/record/1"
    package static let fileExtension = ".json"
    private static let beginning = Array(#"{"schema":"clm-doctor/record/"#.utf8)

    package let record: BuildRecord

    /// - Parameters:
    ///   - record: read with the key.
    ///   - key: the store's.
    package init(_ record: BuildRecord, key: HashKey) {
        self.record = record
        json = Self.json(of: record, key: key)
    }

    /// `docs/schema/record.schema.json` describes it.
    let json: JSON

    /// The content of the file.
    package var text: String { json.text() + "\n" }

    /// A build has one name, however often it is added: of its id where the source tells it, else of all that the source
    /// tells. Two logs without ids and times that tell the same are one build.
    package var fileName: String {
        var told = json
        // Which key it was does not make it another build.
        told["key"] = nil
        let identity = record.id.map { "id " + $0 } ?? "content " + told.text()
        return String(hexadecimal(SHA256.digest(of: identity.utf8)).prefix(Self.digits)) + Self.fileExtension
    }

    private static let digits = 32

    /// Whether a file of a store was named by it.
    package static func isFileName(_ name: String) -> Bool {
        name.utf8.count == digits + fileExtension.utf8.count && name.hasSuffix(fileExtension)
            && name.utf8.prefix(digits).allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    /// Whether a file holds one, by its first bytes.
    package static func isStored(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: beginning) }

    /// Whether it tells more of its build than another record of the same.
    package func tellsMore(than other: BuildRecord) -> Bool {
        func rank(_ record: BuildRecord) -> Int {
            let source =
                switch record.source {
                case .archive: 4
                case .rawJSON: 3
                case .plain: 2
                case .classic: 1
                case .metadata: 0
                }
            return record.status == .running ? source : source + 10
        }
        return rank(record) > rank(other)
    }
}

extension HashKey {
    /// Tells whether two records have hashes of one key, and nothing of the key.
    var id: String { String(hash(of: "clm-doctor key").prefix(16)) }
}

extension BuildRecord {
    /// Without names of secrets, and without what opens the repository.
    package var withoutSecrets: BuildRecord {
        var record = self
        record.repository = record.repository.map(RepositoryAddress.withoutCredentials)
        for index in record.vertices.indices {
            record.vertices[index].name = SecretMounts.masked(record.vertices[index].name)
            if let text = record.vertices[index].step?.text {
                record.vertices[index].step?.text = SecretMounts.masked(text)
            }
            record.vertices[index].error = record.vertices[index].error.map { SecretMounts.masked($0) }
        }
        for index in record.activities.indices {
            record.activities[index].name = SecretMounts.masked(record.activities[index].name)
        }
        record.errors = record.errors.map { SecretMounts.masked($0) }
        record.dockerfile = record.dockerfile.map {
            RecordedDockerfile(path: $0.path, text: SecretMounts.masked($0.text))
        }
        return record
    }

    /// With definitions that can be compared where the key is the same, and guessed by nobody who does not have it.
    ///
    /// All that is compared with records of a store has to have been through it.
    package func keyed(by key: HashKey) -> BuildRecord {
        var record = self
        for index in record.vertices.indices {
            record.vertices[index].definition = record.vertices[index].definition.map { key.hash(of: $0) }
        }
        return record
    }
}
