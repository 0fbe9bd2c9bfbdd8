import BuildRecords
import Diagnostics
import Git
import Host

/// What builders told of builds that a command line names by their ids.
struct RememberedBuilds {
    private var answers: [String: (builder: String, bytes: [UInt8])] = [:]

    /// Asks for those of the names that are no files and read like ids: only builders that run, and only where asking does no
    /// harm.
    /// - Parameter names: files and ids.
    /// - Throws: where a build cannot be had; with what cures it.
    init(_ names: [String], _ waiting: HostOptions, in surroundings: Surroundings)
        async throws(CommandFailure)
    {
        let references = names.compactMap { name in
            surroundings.exists(name) ? nil : BuildReference(name).map { (name: name, reference: $0) }
        }
        guard !references.isEmpty else { return }
        let root = WorkTree.holding(surroundings.workingDirectory)?.root ?? surroundings.workingDirectory
        let probe = waiting.probe(outside: root, in: surroundings)
        let host = await probe.ask([.builders])
        for (name, reference) in references {
            let builder = try Self.builder(of: reference, in: host)
            do throws(HostProbe.RecordFailure) {
                let bytes = try await probe.record(
                    ofBuild: reference.id, of: builder, buildx: host.buildx.value??.version.value)
                answers[name] = (builder, bytes)
            } catch {
                throw .usage("builder \(builder) told nothing of build \(reference.id): \(error.message)")
            }
        }
    }

    private static func builder(of reference: BuildReference, in host: HostSnapshot) throws(CommandFailure)
        -> String
    {
        let what = "build \(reference.id) cannot be asked for"
        if let reason = host.reasonForSilence { throw .usage("\(what): \(reason)") }
        if let version = host.buildx.value??.version.value, version < ToolVersion(0, 20) {
            throw .usage("\(what): buildx \(version) cannot read past builds; 0.20 and later can")
        }
        guard let builders = host.builders.value else {
            throw .usage("\(what): \(host.notes.first ?? "docker told nothing of its builders")")
        }
        let named = builders.first { one in reference.builder.map { one.name == $0 } ?? one.isCurrent }
        guard let builder = named else {
            throw .usage("\(what): there is no builder \(reference.builder ?? "in use")")
        }
        if let reason = host.reasonNotToAskForPastBuilds(of: builder) {
            throw .usage(
                "builder \(builder.name) is not asked for build \(reference.id): \(reason). A log of "
                    + "`--progress=rawjson` tells nearly as much, and harms nothing")
        }
        return builder.name
    }

    /// - Parameter name: as the command line has it.
    /// - Returns: nil for what was not asked for.
    func records(_ name: String, key: HashKey) throws(CommandFailure) -> [BuildRecord]? {
        guard let (builder, bytes) = answers[name] else { return nil }
        do throws(RecordError) {
            return try RecordReader.read(bytes, key: key).map { record in
                var record = record.keyed(by: key)
                record.builder = builder
                record.id = record.id ?? BuildReference(name)?.id
                return record
            }
        } catch {
            throw .usage("what builder \(builder) told of \(name) cannot be read: \(error)")
        }
    }
}
