import Diagnostics
import Dockerfile
import Facts
import SourceText

/// `# syntax=` pins a frontend that does not have what the file uses.
struct SyntaxTooOld: DockerfileCheck {
    static let id: CheckID = "syntax-too-old"
    static let isAboutFrontends = true
    let options: CheckOptions

    func findings(in build: BuildFacts) -> [Finding] {
        let dockerfile = build.dockerfile.parsed
        guard let directive = dockerfile.directives.first(where: { $0.name == .syntax }),
            let frontend = OfficialFrontend(directive.value), let pinned = frontend.version,
            !frontend.isPinnedByDigest, frontend.channel != .other
        else { return [] }
        let missing = FrontendFeature.used(in: dockerfile).filter { feature in
            switch frontend.channel {
            case .labs: pinned < min(feature.labs ?? feature.since, feature.since)
            case .stable, .other: feature.isLabsOnly || pinned < feature.since
            }
        }
        guard
            let worst = missing.max(by: {
                ($0.isRefused ? 1 : 0, $0.since) < ($1.isRefused ? 1 : 0, $1.since)
            })
        else { return [] }

        let line = build.source.line(at: worst.range.lowerBound)
        let needed = worst.isLabsOnly ? "\(worst.since)-labs" : "\(worst.since)"
        let effect =
            worst.isRefused
            ? "The build fails: frontend \(pinned), which line \(build.source.line(at: directive.range.lowerBound)) pins, does not know `\(worst.name)`"
            : "Line \(line) does nothing: frontend \(pinned) takes `\(worst.name)` for a comment"
        let tag = worst.isLabsOnly ? "1-labs" : "1"
        return [
            finding(
                at: directive.range, in: build.source,
                severity: worst.isRefused ? nil : min(.warning, options.severity),
                message: effect
                    + (worst.isRefused
                        ? " (line \(line)); \(needed) is the first that does."
                        : "; \(needed) is the first to read it."),
                fix: Fix(
                    "Name a newer frontend; `\(tag)` follows the stable releases:\n    # syntax=docker/dockerfile:\(tag)",
                    edits: edits(of: directive, frontend: frontend, tag: tag, in: build.source),
                    // A build that fails can only get better; one that works has its version for a reason, maybe.
                    worst.isRefused ? .safe : .unsafe),
                subject: directive.value)
        ]
    }

    private func edits(
        of directive: ParserDirective, frontend: OfficialFrontend, tag: String, in source: SourceText
    ) -> [Edit] {
        guard let range = frontend.tag else { return [] }
        // What follows the image may be anything.
        let upToTag = String(directive.value[..<range.upperBound])
        let written = directive.valueRange.prefix(upToTag.utf8.count)
        guard source.range(of: upToTag, atEndOf: written) == written,
            let place = source.range(of: String(directive.value[range]), atEndOf: written)
        else { return [] }
        return [Edit(path: source.path, bytes: place, replacement: tag)]
    }
}
