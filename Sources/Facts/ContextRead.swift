package import BuildContext

/// One source of a COPY, ADD or bind mount, with what it finds in the build context.
package struct ContextRead: Sendable {
    package let step: StepFacts
    package let source: ContextSource
    package let selection: ContextSelection

    package init(step: StepFacts, source: ContextSource, selection: ContextSelection) {
        self.step = step
        self.source = source
        self.selection = selection
    }

    /// The folders that the source names.
    package var folders: [ContextPath] {
        selection.roots.filter { $0.kind == .directory }.map(\.target)
    }

    /// It takes the context as a whole.
    package var takesAll: Bool {
        folders.contains { $0.isRoot } && source.excludes.isEmpty && !source.parents
    }
}
