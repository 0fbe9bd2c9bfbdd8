package import BuildContext
import Diagnostics
import JSON
package import Project

/// What `clm-doctor context` prints: for each build, the files that it can read.
package struct ContextOverview: Sendable {
    package enum Item: Sendable {
        case context(Build, BuildContext)
        /// With the reason as a sentence.
        case notRead(Build, reason: String)
    }

    private let items: [Item]
    private let project: Project

    package init(_ items: [Item], in project: Project) {
        self.items = items
        self.project = project
    }

    /// How many of the largest paths, and of the patterns that leave most out, are shown.
    private static let shown = 10

    // MARK: Text

    /// - Parameter all: whether every path is listed.
    package func text(style: TextStyle, all: Bool) -> String {
        var lines: [String] = []
        for item in items {
            if !lines.isEmpty { lines.append("") }
            switch item {
            case .context(let build, let context):
                lines += heading(of: build, style) + summary(of: context, build, style)
                if all { lines += ["  All of it:"] + context.listing.entries.map(line(of:)) }
            case .notRead(let build, let reason):
                lines += heading(of: build, style) + ["  not read: \(printable(reason))"]
            }
        }
        for note in project.notes { lines.append("note: \(place(of: note))\(printable(note.message))") }
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    private func heading(of build: Build, _ style: TextStyle) -> [String] {
        let context =
            switch build.context {
            case .directory(let path): printable(path)
            case .elsewhere(let address): printable(address)
            case .unknown: "not known"
            }
        return [
            style.paint(printable(build.name), .strong)
                + ": Dockerfile \(printable(build.dockerfile)), context \(context)"
        ]
    }

    private func summary(of context: BuildContext, _ build: Build, _ style: TextStyle) -> [String] {
        var lines: [String] = []
        if let file = context.ignoreFile {
            lines.append("  Ignore file: \(printable(file.path))")
            for problem in context.problems {
                lines.append(
                    style.paint("  \(printable(file.path)):\(problem.line): ", .error)
                        + "\(printable(problem.message)) \(printable(problem.remedy))")
            }
        } else {
            lines.append("  Ignore file: none, so a build can read all that is in the folder")
        }
        if let shadowed = context.shadowedIgnoreFile {
            lines.append(
                "               \(printable(shadowed)) is not read: the Dockerfile has an ignore file of its own"
            )
        }
        let listing = context.listing
        let bound = listing.isComplete ? "" : "at least "
        lines.append(
            "  Can be read: \(bound)\(counted(listing.fileCount, "file")), \(formatted(bytes: listing.byteCount))"
        )
        let largest = listing.largest(Self.shown)
        if !largest.isEmpty { lines.append("  Largest:") }
        for weight in largest {
            let folder = weight.kind == .directory ? "/  (\(counted(weight.fileCount, "file")))" : ""
            lines.append(
                "    \(formatted(bytes: weight.byteCount).leftPadded(to: 9))  \(shown(weight.path))\(folder)")
        }
        lines += leftOut(of: context)
        for note in listing.notes {
            let path = note.path.isRoot ? "" : shown(note.path) + ": "
            lines.append("  note: \(path)\(printable(note.message))")
        }
        return lines
    }

    private func leftOut(of context: BuildContext) -> [String] {
        guard let file = context.ignoreFile, context.problems.isEmpty else { return [] }
        let leftOut = context.leftOut
        let bound = leftOut.isComplete ? "" : "at least "
        var lines = [
            "  Left out:    \(bound)\(counted(leftOut.fileCount, "file")), \(formatted(bytes: leftOut.byteCount))"
        ]
        let uses = leftOut.patterns.filter { $0.fileCount > 0 }.sorted { $0.byteCount > $1.byteCount }
        for use in uses.prefix(Self.shown) {
            let count = "\(counted(use.fileCount, "file")) by line \(use.pattern.line)"
            lines.append(
                "    \(formatted(bytes: use.byteCount).leftPadded(to: 9))  \(printable(use.pattern.text))  (\(count))"
            )
        }
        let dead = leftOut.deadPatterns
        if !dead.isEmpty { lines.append("  Lines of \(printable(file.path)) that match nothing here:") }
        for pattern in dead {
            lines.append("    \(String(pattern.line).leftPadded(to: 9))  \(printable(pattern.text))")
        }
        return lines
    }

    private func line(of entry: ContextEntry) -> String {
        let size = entry.kind == .file ? formatted(bytes: entry.size) : ""
        let mark =
            switch entry.kind {
            case .directory: "/"
            case .symlink: " -> \(printable(String(decoding: entry.linkTarget, as: UTF8.self)))"
            case .file, .other: ""
            }
        return "    \(size.leftPadded(to: 9))  \(shown(entry.path))\(mark)"
    }

    private func shown(_ path: ContextPath) -> String { printable(path.description) }

    // MARK: Other formats

    /// One line for each path that a build can read, separated by tabs: Dockerfile, type, size in bytes, path.
    package func conciseText() -> String {
        var text = ""
        for case .context(let build, let context) in items {
            let dockerfile = printable(build.dockerfile)
            for entry in context.listing.entries {
                text += "\(dockerfile)\t\(entry.kind.rawValue)\t\(entry.size)\t\(shown(entry.path))\n"
            }
        }
        return withoutWorkflowCommands(text)
    }

    package func json() -> String {
        var builds: [JSON] = []
        var notes = project.notes.map(noteJSON)
        for item in items {
            switch item {
            case .context(let build, let context):
                builds.append(json(of: build, context))
                notes += context.listing.notes.map { note in
                    noteJSON(Note(path: folder(of: build) + note.path.description, message: note.message))
                }
            case .notRead(let build, let reason):
                notes.append(noteJSON(Note(path: build.dockerfile, message: reason)))
            }
        }
        return printableJSON([
            "schema": "clm-doctor/context/1", "builds": .array(builds), "notes": .array(notes),
        ])
    }

    private func folder(of build: Build) -> String {
        if case .directory(let path) = build.context, path != "." { path + "/" } else { "" }
    }

    private func json(of build: Build, _ context: BuildContext) -> JSON {
        let listing = context.listing
        return [
            "name": .string(build.name),
            "dockerfile": .string(build.dockerfile),
            "context": contextJSON(build.context),
            "ignoreFile": context.ignoreFile.map { .string($0.path) } ?? .null,
            "files": .integer(listing.fileCount),
            "bytes": .integer(listing.byteCount),
            "isComplete": .bool(listing.isComplete),
            "entries": .array(
                listing.entries.filter { $0.kind != .other }.map { entry in
                    [
                        "path": .string(entry.path.description),
                        "type": .string(entry.kind.rawValue),
                        "size": .integer(entry.size),
                    ]
                }),
        ]
    }
}

/// A size in the units that docker shows contexts in: powers of 1,000.
func formatted(bytes: Int) -> String {
    var value = Double(bytes)
    var unit = "B"
    for larger in ["kB", "MB", "GB", "TB"] where value >= 1000 {
        value /= 1000
        unit = larger
    }
    if unit == "B" { return "\(bytes) B" }
    let tenths = Int((value * 10).rounded())
    return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\((tenths + 5) / 10) \(unit)"
}

extension String {
    func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - displayWidth(of: self))) + self
    }
}
