import Catalogue
import Checks
import Diagnostics
import Fixes
import Project

extension FixPlan {
    /// Plans the fixes of a project as `check --fix` makes them. Every check takes part in the proofs, also one that is
    /// switched off: what it would find is no repair.
    /// - Parameters:
    ///   - catalogue: has the project's own checks too.
    ///   - options: how the project was read; so it is read with the edits.
    /// - Throws: `UnknownCheckError`.
    init(
        for project: Project, _ request: Request, catalogue: Catalogue, options: LoadOptions, today: Day?
    ) async throws {
        let (selection, configuration) = (project.selection, project.configuration)
        var all = configuration
        all.enabled = [:]
        let prover = try Runner(configuration: all, catalogue: catalogue, today: today)
        await self.init(
            for: project, request,
            loading: { snapshot in
                var edited = try? await Project.load(from: snapshot, selection, options: options)
                edited?.configuration = configuration
                return edited
            }
        ) { await prover.run(on: $0) }
    }
}
