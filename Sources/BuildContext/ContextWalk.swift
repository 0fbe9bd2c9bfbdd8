import Diagnostics

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One way through a tree from the top, with the decisions of an ignore file.
struct ContextWalk {
    let tree: any FileTree
    let patterns: PathPatterns
    /// Folders that the ignore file leaves out for good are read too.
    let entersLeftOut: Bool

    private(set) var isComplete = true
    private(set) var notes: [ContextNote] = []
    private let start = Self.cpuSeconds()
    private var isOver = false

    init(tree: any FileTree, patterns: PathPatterns, entersLeftOut: Bool = false) {
        self.tree = tree
        self.patterns = patterns
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
        guard !isTimeUp else {
            return end(
                "Reading takes more than \(Limits.contextSeconds) s of CPU; the rest is not examined.",
                at: folder)
        }
        guard depth < Limits.contextDepth else {
            return leaveOut("Folders below \(Limits.contextDepth) others are not examined.", at: folder)
        }
        guard let entries = tree.entries(of: folder) else {
            // A folder that the ignore file leaves out need not be readable.
            if !decision.isMatch || entersLeftOut { isComplete = false }
            return
        }
        for (index, entry) in entries.enumerated() {
            // A folder may be large, and patterns slow.
            if index & 0x3F == 0x3F, isTimeUp {
                return end(
                    "Reading takes more than \(Limits.contextSeconds) s of CPU; the rest is not examined.",
                    at: folder)
            }
            let path = folder.appending(entry.name)
            let own = patterns.decide(path, below: decision)
            switch visit(path, entry, own) {
            case .stop:
                isOver = true
                return
            case .skipFolder: continue
            case .goOn: break
            }
            guard entry.kind == .directory else { continue }
            if own.isMatch, !entersLeftOut, !patterns.couldBringBack(below: path) { continue }
            self.visit(below: path, decision: own, depth: depth + 1, visit)
            if isOver { return }
        }
    }

    private var isTimeUp: Bool { Self.cpuSeconds() - start > Limits.contextSeconds }

    /// Of this thread: what other programs do must not decide what is found.
    private static func cpuSeconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int(time.tv_sec)
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
