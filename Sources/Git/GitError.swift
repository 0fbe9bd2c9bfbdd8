/// Why git could not answer.
package enum GitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no git on this machine.
    case noGit
    /// The folder is in no repository.
    case noRepository(folder: String)
    /// A bare repository has no work tree.
    case noWorkTree
    /// There is no commit of that name; the remedy says what may be missing.
    case unknownRevision(String, remedy: String)
    /// No branch to compare with was found.
    case noDefaultBase
    /// Objects that are asked for are not there, and git is not let fetch them.
    case partialClone
    /// What `.git` names does not belong to the work tree, and is not read; says why.
    case foreign(String)
    /// git ended with an error.
    case failed(command: String, message: String)

    package var description: String {
        switch self {
        case .noGit: "git was not found; install it, or put its folder on PATH"
        case .noRepository(let folder): "\(folder) is not in a git repository; run this in one"
        case .noWorkTree:
            "the repository is bare: it has no work tree; name two commits with --base and --head"
        case .unknownRevision(let name, let remedy): "there is no commit `\(name)` here\(remedy)"
        case .noDefaultBase:
            "no upstream branch to compare with was found; name a commit with --base, such as --base HEAD~1"
        case .partialClone:
            "this clone is partial and lacks what is asked for; "
                + "fetch it with `git fetch --refetch --no-filter`, or clone without --filter"
        case .foreign(let reason): reason
        case .failed(let command, let message): "git \(command) failed: \(message)"
        }
    }
}
