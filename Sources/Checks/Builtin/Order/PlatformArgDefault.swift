import Diagnostics
import Dockerfile
import Facts
import Project
import SourceText

/// A default for an argument that BuildKit sets itself: it hides the platform that is built for.
/// Sources: moby/buildkit, `frontend/dockerfile/dockerfile2llb/convert.go` (`dispatchArg` and the global arguments: the
/// automatic value counts only where ARG has no default and none is passed); docker/buildx#510.
struct PlatformArgDefault: DockerfileCheck {
    static let id: CheckID = "platform-arg-default"
    let options: CheckOptions

    static let names: Set<String> = [
        "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT", "BUILDPLATFORM", "BUILDOS", "BUILDARCH",
    ]

    func findings(in build: BuildFacts) -> [Finding] {
        guard build.build.platforms.count > 1 else { return [] }
        let instructions =
            build.dockerfile.parsed.instructions.prefix { $0.keyword != .from }.map {
                ($0, nil as StageFacts?)
            }
            + build.reachableStages.flatMap { stage in
                stage.steps.map { ($0.instruction, stage as StageFacts?) }
            }
        return instructions.compactMap { instruction, stage in
            guard case .arg(let declarations) = instruction.body,
                let declaration = declarations.first(where: { declaration in
                    Self.names.contains(declaration.name.text) && declaration.defaultValue != nil
                        && build.build.args[declaration.name.text] == nil
                })
            else { return nil }
            let (name, value) = (declaration.name.text, declaration.defaultValue?.text ?? "")
            guard !value.contains("$"), hides(value, of: name, for: build.build.platforms),
                isRead(name, below: instruction, in: stage, of: build)
            else { return nil }
            let platforms = build.build.platforms.prefix(3).joined(separator: ", ")
            return finding(
                at: instruction, in: build,
                message:
                    "`\(name)=\(value)` hides the platform: each of \(platforms) gets \(value.isEmpty ? "an empty value" : value).",
                cost: "The image of another platform holds programs of this one, or runs under emulation.",
                fix: Fix("Take the default away: BuildKit sets \(name) itself."))
        }
    }

    /// Another value is right for one of the platforms: `TARGETOS=linux` is right for all of Linux.
    private func hides(_ value: String, of name: String, for platforms: [String]) -> Bool {
        platforms.contains { platform in
            let parts = platform.split(separator: "/").map(String.init)
            switch name {
            case "TARGETPLATFORM": return platform != value
            case "TARGETOS", "BUILDOS": return parts.first != value
            case "TARGETARCH": return parts.dropFirst().first != value
            case "TARGETVARIANT": return (parts.count > 2 ? parts[2] : "") != value
            default: return true
            }
        }
    }

    private func isRead(
        _ name: String, below instruction: Instruction, in stage: StageFacts?, of build: BuildFacts
    ) -> Bool {
        let steps = stage.map { $0.steps } ?? build.reachableStages.flatMap(\.steps)
        return steps.contains { step in
            step.instruction.range.lowerBound > instruction.range.lowerBound && step.names(variable: name)
        }
    }
}
