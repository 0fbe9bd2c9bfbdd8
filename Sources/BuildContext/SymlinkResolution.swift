import Diagnostics

/// Why a path leads nowhere.
package enum ResolutionFailure: Error {
    /// There is nothing at this path, which has no symlinks in it.
    case missing(ContextPath)
    case tooManySymlinks
    /// A symlink that may not be followed.
    case refused(ContextPath)
}

/// Follows the symlinks in a path, the last name too. `..` and absolute targets stay inside of the tree: its root is `/`
/// to them (containerd/continuity, `fs/path.go`, RootPath).
/// - Parameters:
///   - leadsOut: becomes true where a symlink points above the root or is absolute, so that on the machine itself it would
///     lead elsewhere.
///   - mayFollow: whether the symlink at a path may be followed.
package func resolve(
    _ path: ContextPath, in tree: any FileTree, leadsOut: UnsafeMutablePointer<Bool>? = nil,
    mayFollow: (ContextPath) -> Bool = { _ in true }
) -> Result<ContextPath, ResolutionFailure> {
    if !tree.mayHoldSymlinks, path.isRoot || tree.entry(at: path) != nil { return .success(path) }
    var rest = Array(path.components.map(Array.init).reversed())
    var reached: [[UInt8]] = []
    var followed = 0
    func reachedPath() -> ContextPath { ContextPath(bytes: Array(reached.joined(separator: [UInt8.slash]))) }
    while let name = rest.popLast() {
        if name == [.dot] { continue }
        if name == [.dot, .dot] {
            if reached.popLast() == nil { leadsOut?.pointee = true }
            continue
        }
        reached.append(name)
        let current = reachedPath()
        guard let entry = tree.entry(at: current) else {
            return .failure(
                .missing(ContextPath(bytes: Array((reached + rest.reversed()).joined(separator: [.slash])))))
        }
        guard entry.kind == .symlink else { continue }
        guard mayFollow(current) else { return .failure(.refused(current)) }
        followed += 1
        guard followed <= Limits.followedSymlinks else { return .failure(.tooManySymlinks) }
        reached.removeLast()
        if entry.linkTarget.first == .slash {
            leadsOut?.pointee = true
            reached.removeAll()
        }
        rest += entry.linkTarget.split(separator: UInt8.slash).map(Array.init).reversed()
    }
    return .success(reachedPath())
}
