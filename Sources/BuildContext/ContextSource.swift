internal import Diagnostics

/// What a COPY, ADD or bind mount names: one source with the flags that decide what of it is taken.
package struct ContextSource: Sendable, Hashable {
    /// After expansion, as written otherwise: `src/`, `*.md`, `./a/./b`, `/`.
    package let path: String
    /// `--exclude`, each in an ignore file's syntax, relative to the source.
    package let excludes: [String]
    /// `COPY --parents`.
    package let parents: Bool
    /// COPY and ADD see wildcards, bind mounts do not.
    package let hasWildcards: Bool

    package init(path: String, excludes: [String] = [], parents: Bool = false, allowsWildcards: Bool = true) {
        self.path = path
        self.excludes = excludes
        self.parents = parents
        let pattern = Array(path.utf8)
        hasWildcards = allowsWildcards && GoPathMatch.hasWildcard(pattern)
    }
}

/// What a source finds in a context.
package struct ContextSelection: Sendable {
    package enum Outcome: Sendable, Hashable {
        /// At least one path.
        case found
        /// A wildcard that matches nothing that can be read: the build goes on and copies nothing.
        case nothing
        /// There is no such path; the build fails.
        case missing
        /// The path is there, but the ignore file leaves it out; the build fails.
        case leftOut(by: IgnorePattern)
        /// The path, or a symlink on it, leads out of the context, where a build never looks; it fails.
        case outside
        /// The patterns of the ignore file take too long to tell.
        case unknown
        /// Malformed wildcards or `--exclude` patterns; the build fails. With the reason.
        case malformed(String)
    }

    /// One path that the source names.
    package struct Root: Sendable, Hashable {
        /// As named or matched, symlinks not followed.
        package let path: ContextPath
        /// Where it leads.
        package let target: ContextPath
        package let kind: FileTreeEntry.Kind
    }

    package let outcome: Outcome
    /// In the order of their names; with `--parents` the folder that paths are relative to.
    package let roots: [Root]
    /// What a wildcard matches and the ignore file leaves out.
    package let leftOutMatches: [LeftOutMatch]

    /// A path that a wildcard matches and the ignore file leaves out.
    package struct LeftOutMatch: Sendable, Hashable {
        package let path: ContextPath
        package let pattern: IgnorePattern
    }

    fileprivate init(_ outcome: Outcome, roots: [Root] = [], leftOutMatches: [LeftOutMatch] = []) {
        self.outcome = outcome
        self.roots = roots
        self.leftOutMatches = leftOutMatches
    }
}

/// A file or folder that a source takes along.
package struct SelectedEntry: Sendable, Hashable {
    /// Where it is in the context.
    package let path: ContextPath
    /// Where it lands below a destination folder; the root for the content of a source folder as a whole.
    package let destination: ContextPath
    package let kind: FileTreeEntry.Kind
    /// In bytes; 0 for anything but a file.
    package let size: Int
    package let mode: UInt16
    package let linkTarget: [UInt8]

    fileprivate init(_ entry: ContextEntry, destination: ContextPath) {
        path = entry.path
        self.destination = destination
        kind = entry.kind
        size = entry.size
        mode = entry.mode
        linkTarget = entry.linkTarget
    }
}

extension BuildContext {
    /// What a source finds. Reads only the folders on the way to it (and with wildcards those that could match).
    ///
    /// Sources: buildkit `solver/llbsolver/file/backend.go` (docopy), fsutil `copy/copy.go` (ResolveWildcards, Copy),
    /// `dockerfile2llb/convert_copy.go` for `--parents`.
    package func selection(of source: ContextSource) -> ContextSelection {
        do throws(PatternSyntaxError) {
            _ = try PathPatterns(source.excludes)
            if source.parents { return try parentsSelection(of: source) }
            if !source.hasWildcards { return selection(ofPath: source.path) }
            if work.isSpent { return ContextSelection(.unknown) }
            return try wildcardSelection(of: source)
        } catch {
            return ContextSelection(.malformed(error.reason))
        }
    }

    private func selection(ofPath path: String) -> ContextSelection {
        let (named, climbs) = pathInContext(path)
        switch follow(named) {
        case .success(let root): return ContextSelection(.found, roots: [root])
        case .failure(let failure): return ContextSelection(failure.outcome(climbs: climbs))
        }
    }

    private struct Unfound: Error {
        var leftOut: IgnorePattern?
        var leadsOut: Bool

        func outcome(climbs: Bool) -> ContextSelection.Outcome {
            if let leftOut { return .leftOut(by: leftOut) }
            return climbs || leadsOut ? .outside : .missing
        }
    }

    /// A source's path from the context's root: `..` never leads above it.
    private func pathInContext(_ path: String) -> (path: ContextPath, climbs: Bool) {
        let written = Array(path.utf8)
        let climbs = cleanedPath(written).starts(with: [.dot, .dot])
        return (ContextPath(bytes: Array(cleanedPath([.slash] + written).dropFirst())), climbs)
    }

    /// Follows symlinks, and sees whether a build can read what is there.
    private func follow(_ path: ContextPath) -> Result<ContextSelection.Root, Unfound> {
        var leadsOut = false
        // A symlink that is left out leads nowhere for a build.
        let resolved = resolve(path, in: tree, leadsOut: &leadsOut) { !(decide($0)?.isMatch ?? false) }
        let target: ContextPath
        switch resolved {
        case .success(let path): target = path
        case .failure(.refused(let symlink)):
            return .failure(Unfound(leftOut: pattern(for: symlink), leadsOut: false))
        case .failure: return .failure(Unfound(leftOut: nil, leadsOut: leadsOut))
        }
        switch status(of: target) {
        case .readable(let entry):
            return .success(ContextSelection.Root(path: path, target: target, kind: entry.kind))
        case .leftOut(let pattern): return .failure(Unfound(leftOut: pattern, leadsOut: leadsOut))
        case .missing: return .failure(Unfound(leftOut: nil, leadsOut: leadsOut))
        }
    }

    private func pattern(for path: ContextPath) -> IgnorePattern? {
        guard case .leftOut(let pattern) = status(of: path) else { return nil }
        return pattern
    }

    /// The names before the first one with a wildcard, and the rest.
    private func split(_ path: ContextPath) -> (plain: ContextPath, pattern: ContextPath) {
        let names = path.components
        let first = names.firstIndex { GoPathMatch.hasWildcard($0) } ?? names.count
        return (
            ContextPath(bytes: Array(names[..<first].joined(separator: [.slash]))),
            ContextPath(bytes: Array(names[first...].joined(separator: [.slash])))
        )
    }

    private func wildcardSelection(of source: ContextSource) throws(PatternSyntaxError) -> ContextSelection {
        let (named, climbs) = pathInContext(source.path)
        let (plain, pattern) = split(named)
        _ = try GoPathMatch.matches(pattern.bytes, [])
        let base: ContextSelection.Root
        switch follow(plain) {
        case .success(let root): base = root
        case .failure(let failure): return ContextSelection(failure.outcome(climbs: climbs))
        }
        guard base.kind == .directory else { return ContextSelection(.nothing) }
        var roots: [ContextSelection.Root] = []
        var leftOut: [ContextSelection.LeftOutMatch] = []
        var isMissing = false
        var isOver = false
        let depth = pattern.components.count
        // Brackets match `/`, so that a pattern with them can match deeper than it has names.
        let isDeep = pattern.bytes.contains(.openBracket)
        var walk = ContextWalk(of: self)
        walk.visit(below: base.target, decision: decide(base.target) ?? .root) { path, entry, decision in
            let relative = Array(path.bytes.dropFirst(base.target.isRoot ? 0 : base.target.bytes.count + 1))
            guard work.answer({ $0.spend(1 + pattern.bytes.count * relative.count / 8) }) != nil else {
                isOver = true
                return .stop
            }
            let isMatch = (try? GoPathMatch.matches(pattern.bytes, relative)) ?? false
            guard isMatch else {
                let level = relative.count { $0 == .slash } + 1
                return isDeep || level < depth ? .goOn : .skipFolder
            }
            if case .leftOut(let pattern) = status(of: path) {
                leftOut.append(ContextSelection.LeftOutMatch(path: path, pattern: pattern))
            } else {
                switch follow(path) {
                case .success(let root): roots.append(root)
                // A match that is a symlink to nothing ends the build.
                case .failure: isMissing = true
                }
            }
            return .skipFolder
        }
        guard !isOver, walk.isComplete || !work.isSpent else { return ContextSelection(.unknown) }
        let outcome: ContextSelection.Outcome = isMissing ? .missing : roots.isEmpty ? .nothing : .found
        return ContextSelection(outcome, roots: roots, leftOutMatches: leftOut)
    }

    /// `--parents`: the folder that paths are relative to (`/./` marks it, else it is the context's root), and a pattern in
    /// an ignore file's syntax below it.
    private func parents(of source: ContextSource) -> (base: ContextSource, pattern: String) {
        let marker = Array("/./".utf8)
        let path = Array(source.path.utf8)
        var base: [UInt8] = [.slash]
        var pattern = path
        if path.count >= marker.count,
            let pivot = (0...(path.count - marker.count)).first(where: { path[$0...].starts(with: marker) })
        {
            base = Array(path[..<pivot])
            pattern = Array(path[(pivot + marker.count)...])
        }
        let cleaned = Array(cleanedPath([.slash] + pattern).dropFirst())
        return (
            ContextSource(path: String(decoding: base, as: UTF8.self)),
            String(decoding: cleaned, as: UTF8.self)
        )
    }

    private func parentsSelection(of source: ContextSource) throws(PatternSyntaxError) -> ContextSelection {
        let (base, pattern) = parents(of: source)
        _ = try PathPatterns([pattern])
        let folder = base.hasWildcards ? try wildcardSelection(of: base) : selection(ofPath: base.path)
        guard folder.outcome == .found else { return folder }
        let isRequired = !base.hasWildcards && !GoPathMatch.hasWildcard(pattern.utf8)
        if isRequired, let root = folder.roots.first {
            // Symlinks below the folder are taken as such, never followed.
            switch status(of: root.target.appendingPath(pattern)) {
            case .readable: break
            case .leftOut(let pattern): return ContextSelection(.leftOut(by: pattern))
            case .missing: return ContextSelection(.missing)
            }
        } else if entries(of: source, folder).isEmpty {
            return ContextSelection(.nothing)
        }
        return folder
    }

    /// The patterns of ignore files and sources took too long: what was asked is not whole.
    package var isCutShort: Bool { work.isSpent }

    /// All files and folders that a source takes along, in order; empty where it finds nothing.
    /// - Parameters:
    ///   - source: the source.
    ///   - selection: what it finds.
    package func entries(of source: ContextSource, _ selection: ContextSelection) -> [SelectedEntry] {
        guard let excludes = try? PathPatterns(source.excludes) else { return [] }
        var included: PathPatterns?
        if source.parents {
            included = try? PathPatterns([parents(of: source).pattern])
            if included == nil { return [] }
        }
        var found: [SelectedEntry] = []
        for root in selection.roots {
            guard root.kind == .directory else {
                guard !source.parents, let entry = tree.entry(at: root.target) else { continue }
                found.append(
                    SelectedEntry(
                        ContextEntry(path: root.target, entry),
                        destination: ContextPath(bytes: Array(root.path.name))))
                continue
            }
            found += entries(in: root, included: included, excludes: excludes)
        }
        return found
    }

    private func entries(in root: ContextSelection.Root, included: PathPatterns?, excludes: PathPatterns)
        -> [SelectedEntry]
    {
        // What is taken whole is looked through once for each source; with patterns it costs more, and is rare.
        let isSelective = included != nil || !excludes.isEmpty
        if isSelective, work.isSpent { return [] }
        var found: [SelectedEntry] = []
        if included == nil, let entry = tree.entry(at: root.target) {
            found.append(SelectedEntry(ContextEntry(path: root.target, entry), destination: .root))
        }
        // Folders that are not taken themselves, until something in them is.
        var pending: [SelectedEntry] = []
        var decisions:
            [(path: ContextPath, included: PathPatterns.Decision, excluded: PathPatterns.Decision)] = []
        // Of the context as a whole the one listing tells it; a walk for each source would read it again and again.
        let candidates = root.target.isRoot ? listing.entries : readable(below: root.target).entries
        for entry in candidates {
            let relative = ContextPath(
                bytes: Array(entry.path.bytes.dropFirst(root.target.isRoot ? 0 : root.target.bytes.count + 1))
            )
            while let last = decisions.last, !relative.isInside(last.path) { decisions.removeLast() }
            while let last = pending.last, !relative.isInside(last.destination) { pending.removeLast() }
            let selected = SelectedEntry(entry, destination: relative)
            guard isSelective else {
                found.append(selected)
                continue
            }
            let answer = work.answer { budget in
                _ = budget.spend(Limits.selectedEntryWork)
                return (
                    included?.decide(relative, below: decisions.last?.included ?? .root, &budget),
                    excludes.decide(relative, below: decisions.last?.excluded ?? .root, &budget)
                )
            }
            guard let (inclusion, exclusion) = answer else { break }
            if entry.kind == .directory { decisions.append((relative, inclusion ?? .root, exclusion)) }
            if inclusion?.isMatch ?? true, !exclusion.isMatch {
                found += pending
                pending.removeAll()
                found.append(selected)
            } else if entry.kind == .directory {
                pending.append(selected)
            }
        }
        return found
    }
}

extension ContextPath {
    fileprivate func appendingPath(_ path: String) -> ContextPath {
        path.isEmpty ? self : appending(Array(path.utf8))
    }
}
