import Diagnostics
import Facts
import Project
import SourceText

/// Services of one compose file that build different images under one name: each is run from the one that was built last.
/// Source: compose-spec, `build.md`, "Using build and image" (the image that is built is tagged with `image`).
struct ComposeImageShared: ProjectCheck {
    static let id: CheckID = "compose-image-shared"
    let options: CheckOptions

    private struct Service {
        let statement: BuildStatement
        let build: Build
        let image: String
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var byImage: [String: [Service]] = [:]
        var findings: [Finding] = []
        for statement in project.project.buildStatements where statement.kind == .compose {
            guard !statement.isConditional, let build = statement.build,
                let image = statement.options("tag").first?.value,
                let source = project.source(statement.path)
            else { continue }
            let service = Service(statement: statement, build: build, image: image)
            let key = "\(statement.path) \(ImageReference(image).place)"
            guard let others = byImage[key] else {
                byImage[key] = [service]
                continue
            }
            // One finding for each service: the first that it differs from tells enough.
            guard
                let (other, what) = others.lazy.compactMap({ other in
                    difference(other.build, build).map { (other, $0) }
                }).first
            else { continue }
            // One that is like those before it tells the next no more than they do.
            byImage[key]?.append(service)
            findings.append(
                finding(
                    at: statement.bytes, in: source,
                    message:
                        "Services \(other.statement.name ?? "") and \(statement.name ?? "") overwrite each other's image: "
                        + "both are built as \(image), with \(what).",
                    cost:
                        "Both run the one that was built last, and each build of the two runs steps for an image that is lost.",
                    fix: Fix(
                        "Give each an `image:` of its own, or build it in one service and only name it in the other."
                    ),
                    subject: "\(statement.name ?? "") \(image)"))
        }
        return findings
    }

    /// What makes two builds different images, as far as the file tells.
    private func difference(_ left: Build, _ right: Build) -> String? {
        if left.dockerfile != right.dockerfile { return "\(left.dockerfile) and \(right.dockerfile)" }
        if left.target != right.target {
            return
                "the targets \(left.target ?? "(the last stage)") and \(right.target ?? "(the last stage)")"
        }
        if case .directory(let one) = left.context, case .directory(let other) = right.context, one != other {
            return "the contexts \(one) and \(other)"
        }
        for (name, value) in left.args.sorted(by: { $0.key < $1.key }) {
            guard let value, let other = right.args[name].flatMap({ $0 }), value != other else { continue }
            return "\(name)=\(value) and \(name)=\(other)"
        }
        return nil
    }
}
