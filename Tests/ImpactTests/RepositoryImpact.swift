import Dockerfile
import Foundation
import Impact
import Project
import TestSupport

extension TestRepository {
    func impact(
        base: String? = nil, head: ImpactRequest.Head = .workTree, in path: String = "",
        allSteps: Bool = true
    ) async throws -> ImpactReport {
        var environment = ProcessInfo.processInfo.environment
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        var request = ImpactRequest(
            folder: folder.path(of: path), base: base, head: head,
            options: LoadOptions(environment: environment))
        request.allSteps = allSteps
        return try await ImpactReport.make(request)
    }
}

extension ImpactReport {
    /// `name`: the states of its steps, such as `[1/2] cached`.
    func states(_ name: String) -> [String] {
        builds.first { $0.name == name }?.steps.map { "\($0.label.description) \($0.state.rawValue)" } ?? []
    }

    func build(_ name: String) -> BuildImpact? { builds.first { $0.name == name } }
}
