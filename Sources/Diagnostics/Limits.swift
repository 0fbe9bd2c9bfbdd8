/// Every limit of the program, in one place. Going over one is a note or a finding, never a hang or a crash.
package enum Limits {
    /// Largest Dockerfile that is read, in bytes.
    package static let dockerfileBytes = 4 << 20
    /// Longest physical line of a Dockerfile, newline included; BuildKit's own (`parser.go`, bufio.MaxScanTokenSize - 1).
    package static let dockerfileLineBytes = 65_535
    /// Largest other file that is read (compose, bake, workflow, script, ignore file, configuration), in bytes.
    package static let textFileBytes = 1 << 20
    /// Most problems that are told of one Dockerfile's syntax.
    package static let syntaxProblems = 100
    /// Deepest nesting in the JSON form of an instruction; Go's own (`encoding/json`, maxNestingDepth).
    package static let jsonFormDepth = 10_000
    /// Deepest nesting of `${a:-${b:-…}}`.
    package static let expansionDepth = 100
    /// Longest text that variable expansion may make, in bytes.
    package static let expandedBytes = 1 << 16
    /// All that variable expansion may do for one Dockerfile in one build, in bytes made and compared.
    package static let expansionWork = 64 << 20
    /// Most variables that are carried from stages to stages that continue them, in one Dockerfile.
    package static let inheritedVariables = 500_000
    /// How deep the commands of a RUN may nest (subshells, branches, substitutions, `sh -c`) before the rest is left out.
    package static let shellDepth = 32
    /// How many assignments of one RUN are kept.
    package static let shellAssignments = 1_000
    /// Longest line of an ignore file, without its newline; BuildKit's own (`ignorefile.go`, bufio.MaxScanTokenSize - 1).
    package static let ignoreFileLineBytes = 65_535
    /// Most patterns of an ignore file.
    package static let ignorePatterns = 10_000
    /// Most characters that one ignore pattern may stand for, after repetitions such as `{100}`.
    package static let ignorePatternSize = 100_000
    /// Most characters that the patterns with wildcards of one ignore file may stand for.
    package static let ignoreFileSize = 2_000_000
    /// Most names that are read of one build context, left out or not.
    package static let contextEntries = 1_000_000
    /// Deepest folder that is read in a build context.
    package static let contextDepth = 512
    /// Most time for reading one build context, in seconds of CPU.
    package static let contextSeconds = 20
    /// Most symlinks that are followed for one path; the builder's own (containerd/continuity, `fs/path.go`).
    package static let followedSymlinks = 255
}
