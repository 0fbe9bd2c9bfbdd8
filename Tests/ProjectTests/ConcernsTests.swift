import Git
import Project
import Testing

@Suite struct ConcernsTests {
    /// What concerns builds is read from both sides of a comparison, and a change of it makes both sides be read.
    @Test(arguments: [
        ("Dockerfile", true), ("a/app.dockerfile", true), ("compose.yaml", true), ("docker-bake.hcl", true),
        (".github/workflows/ci.yml", true), ("a/ci.yml", false), (".gitlab-ci.yml", true), ("a/b.sh", true),
        ("scripts/build", true), ("a/ci/run", true), ("LICENSE", false), ("src/build", true),
        ("src/BUILD", false),
        ("src/other", false),
        (".env", true), ("a/.env", true), (".clm-doctor.yaml", true), ("a/.clm-doctor.yaml", false),
        (".git/HEAD", false), (".git/hooks/a.sh", false), (".github/scripts/build", true), ("main.py", false),
    ]) func concerns(_ path: String, _ isExpected: Bool) {
        #expect(ReadCommits.isTrue(Project.concerns, of: Array(path.utf8)) == isExpected)
    }
}
