import ArgumentParser
import BuildRecords
import Diagnostics
import Git
import Reports

/// Where the records of builds are kept.
struct RecordOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of records, in place of the one in your cache. A folder of .dockerbuild files is one.",
            valueName: "folder"), completion: .directory)
    var records: String?

    /// The named folder, or `clm-doctor/records` in `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory Specification: a
    /// relative path there is none).
    func store(in surroundings: Surroundings) throws(CommandFailure) -> RecordStore {
        if let records {
            guard !records.isEmpty else {
                throw .usage("--records: the path is empty; is a variable not set?")
            }
            var path = try surroundings.named(records)
            while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
            return RecordStore(path: path)
        }
        func absolute(_ name: String) -> String? {
            surroundings.environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        guard let cache = absolute("XDG_CACHE_HOME") ?? absolute("HOME").map({ $0 + "/.cache" }) else {
            throw .usage(
                "there is no place for records: neither XDG_CACHE_HOME nor HOME is an absolute path; name a folder with --records"
            )
        }
        return RecordStore(path: try surroundings.named(cache + "/clm-doctor/records"))
    }

    /// The key of the store, or one for this run where nothing was stored yet.
    func key(in surroundings: Surroundings) -> HashKey {
        let key = try? store(in: surroundings).key()
        return key ?? HashKey.random()
    }
}

extension RecordOptions {
    /// The builds in the store, those that cannot be read told on standard error.
    /// - Throws: where there is none.
    func contents(in surroundings: Surroundings) throws(CommandFailure) -> [BuildRecord] {
        let store = try store(in: surroundings)
        let (records, problems) = store.contents(key: try store.key() ?? HashKey.random())
        for problem in problems { surroundings.note("\(store.path)/\(problem)") }
        guard !records.isEmpty else {
            throw .usage(
                records.isEmpty && problems.isEmpty
                    ? "there is no build in \(store.path); `clm-doctor records add FILE` adds one, from its log or its record"
                    : "no build in \(store.path) can be read; `clm-doctor records clear` empties it")
        }
        // Where some do not tell when they began, they come first.
        return records.enumerated().sorted {
            ($0.element.started ?? 0, $0.offset) < ($1.element.started ?? 0, $1.offset)
        }.map(\.element)
    }

    /// The builds of the repository that holds the working directory; all of them where there is none.
    ///
    /// A build that does not tell its repository is none of it, unless the folder was named for it.
    func buildsHere(in surroundings: Surroundings) throws(CommandFailure) -> [BuildRecord] {
        let records = try contents(in: surroundings)
        guard let addresses = Self.addresses(of: surroundings.workingDirectory) else { return records }
        let told = records.filter { record in
            record.repository.map { addresses.contains(RepositoryAddress($0)) } ?? (self.records != nil)
        }
        let silent = records.count { $0.repository == nil }
        if told.isEmpty {
            let others = records.count - silent
            throw .usage(
                "none of the \(records.count) builds in \(try store(in: surroundings).path) is known to be of this repository: "
                    + "\(others) name another, \(silent) name none. `clm-doctor records add FILE` adds one, with "
                    + "--repository . where its source names none; `clm-doctor records list` shows all")
        }
        if silent > 0, self.records == nil {
            surroundings.note(
                "left out: \(counted(silent, "build")) that \(silent == 1 ? "names" : "name") no repository")
        }
        return told
    }

    /// What a record may call the repository that holds a folder; nil where there is none.
    static func addresses(of folder: String) -> Set<RepositoryAddress>? {
        WorkTree.holding(folder).map { repository in
            Set((repository.remoteAddresses + [repository.root]).map { RepositoryAddress($0) })
        }
    }
}
