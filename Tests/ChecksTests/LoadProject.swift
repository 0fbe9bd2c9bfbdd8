import Foundation
import Project

func loadProject(at root: URL) async throws -> Project {
    try await Project.load([root.path])
}
