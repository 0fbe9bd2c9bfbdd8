import Diagnostics
import Dockerfile
import Facts
import SourceText

/// A base image whose reference names no version.
struct FromFloating: DockerfileCheck {
    static let id: CheckID = "from-floating"
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        build.reachableStages.compactMap { stage in
            guard case .image(let image) = stage.stage.base, image.isCertain, !image.text.contains("@"),
                case .from(let from)? = stage.steps.first?.instruction.body
            else { return nil }
            let name = image.text.split(separator: "/").last ?? ""
            let tag = name.firstIndex(of: ":").map { name[name.index(after: $0)...] }
            guard tag == nil || tag == "latest" else { return nil }
            return finding(
                at: from.image.range, in: build.source,
                message:
                    "`\(image.text)` is whatever was pushed last: everything below is built again when that changes, "
                    + "and no file here shows why.",
                cost: "Two builders that pulled it on different days share no layer.",
                fix: Fix(
                    "Name a version: \(tag == nil ? image.text : String(image.text.dropLast("latest".count + 1))):…"
                ))
        }
    }
}
