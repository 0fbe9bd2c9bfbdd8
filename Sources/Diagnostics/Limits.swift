/// Every limit of the program, in one place. Going over one is a note or a finding, never a hang or a crash.
package enum Limits {
    /// Largest Dockerfile that is read, in bytes.
    package static let dockerfileBytes = 4 << 20
    /// Longest physical line of a Dockerfile, newline included; BuildKit's own (`parser.go`, bufio.MaxScanTokenSize - 1).
    package static let dockerfileLineBytes = 65_535
    /// Largest other file that is read (compose, bake, workflow, script, ignore file, configuration), in bytes.
    package static let textFileBytes = 1 << 20
}
