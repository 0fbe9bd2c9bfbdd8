import Diagnostics
import JSON
package import Project

/// What `clm-doctor builds` prints: the image builds of a project, each with the places that state it.
package struct BuildsListing: Listing, Sendable {
    private let project: Project

    package init(_ project: Project) { self.project = project }

    private var notes: [Note] { project.notes + project.untold.sorted { ($0.path ?? "") < ($1.path ?? "") } }

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
            if !build.args.isEmpty {
                let pairs = build.args.sorted { $0.key < $1.key }.map { name, value in
                    value.map { "\(name)=\($0)" } ?? "\(name) (cannot be told)"
                }
                lines.append("  arguments:  \(printable(pairs.joined(separator: ", ")))")
            }
            if build.isMade(by: { $0 != .docker }), !build.builders.isEmpty {
                let names = build.builders.map(\.name).sorted()
                lines.append("  builder:    \(names.joined(separator: ", "))")
            }
            if build.noCache { lines.append("  no cache:   every step runs in each build") }
            if !build.cacheFrom.isEmpty {
                lines.append("  cache from: \(printable(build.cacheFrom.joined(separator: " ")))")
            }
            if !build.cacheTo.isEmpty {
                lines.append("  cache to:   \(printable(build.cacheTo.joined(separator: " ")))")
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
        for note in notes {
            lines.append("note: \(Reports.place(of: note))\(printable(note.message))")
        }
        if !notes.isEmpty { lines.append("") }
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
            "builds": .array(project.builds.map(json(of:))),
            "notes": .array(notes.map(noteJSON)),
            "leftOut": .array(project.leftOut.map { .string($0) }),
        ])
    }

    private func json(of build: Build) -> JSON {
        guard case .object(var object) = buildJSON(build) else { return .null }
        var args = JSON.Object()
        for (name, value) in build.args.sorted(by: { $0.key < $1.key }) {
            args[name] = value.map { .string($0) } ?? .null
        }
        object["args"] = .object(args)
        object["noCache"] = .bool(build.noCache)
        object["cacheFrom"] = .array(build.cacheFrom.map { .string($0) })
        object["cacheTo"] = .array(build.cacheTo.map { .string($0) })
        object["isContextGuessed"] = .bool(build.statedBy.isEmpty)
        return .object(object)
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

extension Builder {
    /// For people and programs.
    var name: String {
        switch self {
        case .docker: "docker"
        case .podman: "podman"
        case .buildah: "buildah"
        case .kaniko: "kaniko"
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
