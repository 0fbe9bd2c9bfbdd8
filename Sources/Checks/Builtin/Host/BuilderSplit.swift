import Diagnostics
import Facts
import Host
import Project
import SourceText

/// Two commands of the repository build with two builders, each with a cache of its own.
struct BuilderSplit: HostCheck {
    static let id: CheckID = "builder-split"
    static let questions: Set<HostQuestion> = [.builders]
    let options: CheckOptions

    func findings(in facts: HostFacts) -> [Finding] {
        guard let current = facts.host.currentBuilder, current.driver != "docker",
            facts.host.environment["BUILDX_BUILDER"] == nil, facts.host.hasBuilderAlias.isFalse
        else { return [] }
        var plain: (SourceText, Range<Int>)?
        var buildx: (SourceText, Range<Int>)?
        for file in facts.project.statements where file.kind == .script {
            for line in 1...max(1, file.source.lineCount) {
                let bytes = file.source.bytes(ofLine: line)
                let words = file.source.string(bytes).split { $0 == " " || $0 == "\t" }
                guard words.first?.hasPrefix("#") != true,
                    !words.contains(where: { $0.hasPrefix("--builder") }),
                    let docker = words.firstIndex(of: "docker")
                else { continue }
                let command = words[docker...].map { String($0) }
                if command.dropFirst().first == "build" {
                    plain = plain ?? (file.source, bytes)
                } else if command.dropFirst().prefix(2) == ["buildx", "build"] || BakeWords(command) != nil {
                    buildx = buildx ?? (file.source, bytes)
                }
            }
        }
        guard let (source, bytes) = plain, let (other, otherBytes) = buildx else { return [] }
        let place = "\(other.path):\(other.range(of: otherBytes).start.line)"
        return [
            finding(
                at: bytes, in: source,
                message:
                    "`docker build` uses the engine's own builder here, and `docker buildx` (\(place)) uses "
                    + "\(current.name): each has a cache of its own.",
                cost: "What one has built and downloaded, the other builds and downloads again.",
                fix: Fix(
                    "Use `docker buildx build` for all, or select the engine's builder: docker buildx use default"
                ),
                subject: "builder")
        ]
    }
}
