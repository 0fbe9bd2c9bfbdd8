extension Project {
    /// Dockerfiles that no build states, where others are stated or where their folder is one of tests.
    package var dockerfilesAside: Set<String> {
        let stated = Set(builds.lazy.filter { !$0.statedBy.isEmpty }.map(\.dockerfile))
        return Set(
            dockerfiles.keys.filter { path in
                !stated.contains(path) && (!stated.isEmpty || Self.isOfTests(path))
            })
    }

    private static func isOfTests(_ path: String) -> Bool {
        path.split(separator: "/").dropLast().contains { testFolders.contains(String($0)) }
    }

    private static let testFolders: Set<String> = ["test", "tests", "__tests__", "testing", "spec", "e2e"]
}
