import Diagnostics

/// One way through a tree from the top, with the decisions of an ignore file.
struct ContextWalk {
    let tree: any FileTree
    let patterns: PathPatterns
    let work: ContextWork
    /// Folders that the ignore file leaves out for good are read too.
    let entersLeftOut: Bool

    private(set) var isComplete = true
    private(set) var notes: [ContextNote] = []
    private var isOver = false

    init(of context: BuildContext, entersLeftOut: Bool = false) {
        tree = context.tree
        patterns = context.patterns
        work = context.work
        self.entersLeftOut = entersLeftOut
    }

    /// What to do behind a visit.
    enum Next { case goOn, skipFolder, stop }

    /// Visits all below a folder, folders before what they hold.
    /// - Parameters:
    ///   - decision: the folder's own.
    ///   - visit: gets each path with its decision.
    mutating func visit(
        below folder: ContextPath, decision: PathPatterns.Decision, depth: Int = 0,
        _ visit: (ContextPath, FileTreeEntry, PathPatterns.Decision) -> Next
    ) {
        guard !isOver else { return }
        guard depth < Limits.contextDepth else {
            return leaveOut("Folders below \(Limits.contextDepth) others are not examined.", at: folder)
        }
        guard let entries = tree.entries(of: folder) else {
            // A folder that the ignore file leaves out need not be readable.
            if !decision.isMatch || entersLeftOut { isComplete = false }
            return
        }
        let isLeftOutWhole = patterns.leavesOutWhole(folder, decision)
        for entry in entries {
            let path = folder.appending(entry.name)
            let answer = work.answer { budget in
                isLeftOutWhole ? decision : patterns.decide(path, below: decision, &budget)
            }
            guard let own = answer else {
                return end(
                    "The patterns of ignore files take too long; the rest is not examined.", at: folder)
            }
            switch visit(path, entry, own) {
            case .stop:
                isOver = true
                return
            case .skipFolder: continue
            case .goOn: break
            }
            guard entry.kind == .directory else { continue }
            if !entersLeftOut, patterns.leavesOutWhole(path, own) { continue }
            self.visit(below: path, decision: own, depth: depth + 1, visit)
            if isOver { return }
        }
    }

    private mutating func end(_ message: String, at folder: ContextPath) {
        leaveOut(message, at: folder)
        isOver = true
    }

    private mutating func leaveOut(_ message: String, at folder: ContextPath) {
        isComplete = false
        notes.append(ContextNote(path: folder, message: message))
    }
}
