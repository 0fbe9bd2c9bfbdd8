import Foundation
import Project
import Testing

/// A bake file in HCL is what buildx makes of it; here the real one prints this repository's own.
@Suite(.enabled(if: Engine.client != nil, Engine.isMissing))
struct BakeFileTests {
    @Test func ownBakeFileIsReadByBuildx() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let project = try await Project.load(
            [root.path],
            options: LoadOptions(
                runsBake: true, environment: ProcessInfo.processInfo.environment))
        #expect(project.notes.allSatisfy { $0.path != "docker-bake.hcl" }, "\(project.notes)")
        let stated = project.builds.filter { build in build.statedBy.contains { $0.kind == .bake } }
        #expect(
            Dictionary(uniqueKeysWithValues: stated.map { ($0.name, $0.dockerfile) }) == [
                "drawio-converter": "docker/drawio/Dockerfile",
                "notebook-processor": "docker/notebook/Dockerfile",
                "plantuml-converter": "docker/plantuml/Dockerfile",
            ])
        #expect(stated.allSatisfy { $0.args["VERSION"] == "0.3.0" && $0.context == .directory(".") })
    }
}
