import Diagnostics
import JSON
package import Project

/// What `clm-doctor builds` prints: the image builds of a project, each with the places that state it.
package struct BuildsListing: Listing, Sendable {
    private let project: Project

    package init(_ project: Project) { self.project = project }

    package func text(style: TextStyle) -> String {
        var lines: [String] = []
        for build in project.builds {
            lines.append(style.paint(printable(build.name), .strong))
            lines.append("  Dockerfile: \(printable(build.dockerfile))")
            lines.append("  context:    \(description(of: build.context))")
            if let target = build.target { lines.append("  target:     \(printable(target))") }
            if !build.platforms.isEmpty {
                lines.append("  platforms:  \(printable(build.platforms.joined(separator: ", ")))")
            }
            for (index, statement) in build.statedBy.enumerated() {
                let label = index == 0 ? "stated by:  " : "            "
                lines.append("  \(label)\(place(of: statement)) (\(statement.kind.label))")
            }
            if build.statedBy.isEmpty {
                lines.append(
                    "  stated by:  nothing; the context is inferred from the sources of COPY and ADD")
            }
            lines.append("")
        }
        for note in project.notes {
            lines.append("note: \(Reports.place(of: note))\(printable(note.message))")
        }
        if !project.notes.isEmpty { lines.append("") }
        if !project.leftOut.isEmpty {
            lines.append("Left out by rule (`include:` in .clm-doctor.yaml brings them back):")
            lines += project.leftOut.map { "  " + printable($0) }
            lines.append("")
        }
        let builds = counted(project.builds.count, "build")
        lines.append("\(builds) of \(counted(project.dockerfiles.count, "Dockerfile")).")
        return withoutWorkflowCommands(lines.joined(separator: "\n") + "\n")
    }

    /// One line for each build and place, separated by tabs: file:line, Dockerfile, context, name.
    package func conciseText() -> String {
        var text = ""
        for build in project.builds {
            let places = build.statedBy.isEmpty ? ["-"] : build.statedBy.map(place(of:))
            for place in places {
                text += "\(place)\t\(printable(build.dockerfile))\t\(description(of: build.context))\t"
                text += "\(printable(build.name))\n"
            }
        }
        return withoutWorkflowCommands(text)
    }

    package func json() -> String {
        printableJSON([
            "schema": "clm-doctor/builds/1",
            "builds": .array(project.builds.map(buildJSON)),
            "notes": .array(project.notes.map(noteJSON)),
            "leftOut": .array(project.leftOut.map { .string($0) }),
        ])
    }

    private func place(of statement: Statement) -> String { "\(printable(statement.path)):\(statement.line)" }

    private func description(of context: BuildSource) -> String {
        switch context {
        case .directory(let path): printable(path)
        case .elsewhere(let address): "\(printable(address)) (not in this repository)"
        case .unknown: "cannot be told from the files"
        }
    }
}

extension Statement.Kind {
    /// For people.
    var label: String {
        switch self {
        case .config: "configuration"
        case .compose: "compose file"
        case .bake: "bake file"
        case .workflow: "workflow"
        case .script: "script"
        case .commandLine: "command line"
        }
    }
}
