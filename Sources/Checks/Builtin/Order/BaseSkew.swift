import Diagnostics
import Dockerfile
import Facts
import Project

/// Images that are built together on different versions of one base.
struct BaseSkew: ProjectCheck {
    static let id: CheckID = "base-skew"
    let options: CheckOptions

    private struct Base {
        let step: StepFacts
        let build: BuildFacts
        let version: VersionText
        var place: String { "\(build.path):\(step.line)" }
    }

    /// What may be compared: one variant of one image (`python` and `-slim`) in what one file builds.
    private struct Family: Hashable {
        let file: String
        let image: String
        let variant: String
    }

    func findings(in project: ProjectFacts) -> [Finding] {
        var bases: [Family: [Base]] = [:]
        var seen: Set<String> = []
        for (build, files) in project.buildsMadeTogether {
            for stage in build.reachableStages {
                guard let step = stage.steps.first, let (image, version) = tag(of: step) else {
                    continue
                }
                for file in files where seen.insert("\(file)\n\(build.path)\n\(step.line)").inserted {
                    bases[Family(file: file, image: image, variant: version.suffix), default: []]
                        .append(Base(step: step, build: build, version: version))
                }
            }
        }
        var told: Set<String> = []
        return bases.sorted {
            ($0.key.file, $0.key.image, $0.key.variant) < ($1.key.file, $1.key.image, $1.key.variant)
        }
        .compactMap { family, bases in
            guard Set(bases.map(\.version)).count > 1, Set(bases.map(\.build.path)).count == bases.count,
                let oldest = bases.min(by: { $0.version.isOlder(than: $1.version) }),
                let other = bases.first(where: { $0.version != oldest.version }),
                told.insert(oldest.place).inserted
            else { return nil }
            let name = "\(family.image):\(oldest.version.version)\(family.variant)"
            return finding(
                at: oldest.step.instruction, in: oldest.build,
                message:
                    "\(family.file) builds this on \(name), and \(other.build.path) (line \(other.step.line)) on "
                    + "\(family.image):\(other.version.version)\(family.variant).",
                cost: "Both are downloaded, and the two images share no layer.",
                fix: Fix("Use one version in both, if nothing speaks against it.")
            ).naming(
                bases.filter { $0.version != oldest.version }.map {
                    "\($0.build.path) (\(family.image):\($0.version.version)\(family.variant))"
                })
        }
    }

    /// `python:3.12-slim` as image and version; nil where a variable decides it or the tag has no version.
    private func tag(of step: StepFacts) -> (image: String, version: VersionText)? {
        guard case .from(let from) = step.instruction.body else { return nil }
        let text = from.image.text
        guard !text.contains("$"), !text.contains("@"), let colon = text.lastIndex(of: ":") else {
            return nil
        }
        let tag = text[text.index(after: colon)...]
        guard let version = VersionText(tag), version.prefix.isEmpty, version.version.contains("."),
            !tag.contains("/")
        else { return nil }
        return (String(text[..<colon]), version)
    }
}
