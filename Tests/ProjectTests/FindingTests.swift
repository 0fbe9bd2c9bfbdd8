import Project
import TestSupport
import Testing

@Suite struct FindingTests {
    @Test func filesByName() async throws {
        let scratch = try tree([
            "Dockerfile": "FROM a", "Dockerfile.dev": "FROM a", "api.Dockerfile": "FROM a",
            "x.dockerfile": "FROM a",
            "Containerfile": "FROM a", "Dockerfile.dockerignore": "*", "Dockerfile.bak": "FROM a",
            "Dockerfile~": "FROM a",
            "Dockerfile.md": "FROM a", "Dockerfile.j2": "FROM {{ x }}", "Dockerfile.tmpl": "# c\nFROM a",
            "Dockerfile.envs": "ENV A=1 \\\n    B=2\n", "Dockerfile.empty": "# a piece of others\n",
            "Dockerfile.own": "# syntax=example.org/own\nBASE a\n", "b.dockerfile": "RUN a",
            "Dockerfile.py": "print(1)", "Dockerfile.go": "FROM golang", "Dockerfile-alpine": "FROM a",
            "a/Dockerfile": "FROM a", "node_modules/x/Dockerfile": "FROM a", "vendor/x/Dockerfile": "FROM a",
            "tests/fixtures/Dockerfile": "FROM a", "tests/Dockerfile": "FROM a", "dockerfiles": "FROM a",
            "checks/x/cases/bad/Dockerfile": "FROM a", "cases/x/Dockerfile": "FROM a", "sub/.git/HEAD": "x",
            "sub/Dockerfile": "FROM a", "out/Dockerfile": "FROM a", ".gitignore": "/out/\n",
            ".git/HEAD": "ref: x",
        ])
        let project = try await Project.load([scratch.path])
        #expect(
            project.dockerfiles.keys.sorted() == [
                "Containerfile", "Dockerfile", "Dockerfile-alpine", "Dockerfile.dev", "Dockerfile.go",
                "Dockerfile.own", "Dockerfile.tmpl", "a/Dockerfile", "api.Dockerfile", "b.dockerfile",
                "cases/x/Dockerfile", "tests/Dockerfile", "x.dockerfile",
            ])
        #expect(
            project.leftOut == ["checks/x/cases", "node_modules", "sub", "tests/fixtures", "vendor"])
        #expect(project.notes == [])
    }
}
