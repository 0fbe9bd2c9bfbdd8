import Diagnostics
import Repository
import Testing

@testable import Project

/// What the expressions and the environment of GitHub's workflows say of builds.
@Suite struct WorkflowExpressionTests {
    private func expand(_ text: String, _ variables: [String: String] = [:]) -> String? {
        let matrix = """
            image: api
            version: 1.10
            push: true
            quoted: 'true'
            tags: [x, Y]
            named: {folder: web}
            outside: ${{ github.ref }}
            inside: ${{ github.workspace }}/a
            """
        var work = WorkBudget()
        guard let yaml = try? YAML.parse(Array(matrix.utf8)) else { return nil }
        return WorkflowExpressions(
            variables: variables, matrix: WorkflowReader.values(yaml), root: "/r"
        ).expand(text, &work)
    }

    @Test(
        arguments: [
            ("a-${{ matrix.image }}:${{matrix.version}}", "a-api:1.1"), ("${{ matrix['image'] }}", "api"),
            ("${{ matrix.named.folder }}", "web"), ("${{ matrix.inside }}", "/r/a"),
            ("${{ matrix.image == 'API' && 'yes' || 'no' }}", "yes"),
            ("${{ matrix.image != 'api' && 'yes' || 'no' }}", "no"), ("${{ !matrix.push }}", "false"),
            ("${{ matrix.push == true }}", "true"), ("${{ matrix.quoted == true }}", "false"),
            ("${{ contains(matrix.tags, 'y') }}", "true"), ("${{ contains('abc', 'B') }}", "true"),
            ("${{ contains(matrix.tags, 'z') }}", "false"), ("${{ join(matrix.tags, '-') }}", "x-Y"),
            ("${{ format('{0}/{1} {{0}}', 'a', matrix.image) }}", "a/api {0}"),
            ("${{ startsWith(matrix.image, 'A') && !endsWith('b', 'c') }}", "true"),
            ("${{ 'it''s }} ${{' }}", "it's }} ${{"),
            ("${{ (1 < 2) && 3.5 >= 2 }}", "true"), ("${{ null || '' || 'd' }}", "d"), ("${{ 0 }}", "0"),
            ("${{ matrix.absent }}", ""),
            ("${{ false && github.ref }}", "false"),
        ] as [(String, String)])
    func expressions(_ text: String, _ value: String) { #expect(expand(text) == value) }

    /// Known when the workflow runs, or no expression.
    @Test(arguments: [
        "${{ github.ref }}", "${{ matrix.outside }}", "${{ github.ref == 'x' && 'a' || 'b' }}",
        "${{ vars.A || 'b' }}",
        "${{ matrix.named }}", "${{ matrix.tags.* }}", "${{ hashFiles('a') }}",
        "${{ 'a }}",
        "${{ matrix.image", "${{ }}", "${{ a b }}", "${{ format('{9223372036854775807}', 'a') }}",
        "${{ format('{1}', 'a') }}",
        "${{ env.SELF }}", "${{ contains(github.ref, 'a') }}",
    ])
    func unknown(_ text: String) { #expect(expand(text, ["SELF": "${{ env.SELF }}"]) == nil) }

    @Test func environmentOfExpressions() {
        let variables = [
            "A": "${{ matrix.image }}", "B": "${{ env.A }}-b", "C": "$HOME", "D": ShellEvaluator.untold,
        ]
        #expect(expand("${{ env.B }}", variables) == "api-b")
        #expect(expand("${{ env.C }}", variables) == "$HOME")
        #expect(expand("${{ env.D }}", variables) == nil)
    }

    private func builds(_ steps: String, environment: String = "{}") async throws -> [Build] {
        let text = """
            on: push
            env: \(environment)
            jobs:
              a:
                runs-on: ubuntu-latest
                steps:
            \(steps.split(separator: "\n").map { "      \($0)\n" }.joined())
            """
        let files = [".github/workflows/a.yml": text, "Dockerfile": "ARG A\nFROM a\n"]
        return try await Project.load(
            from: Snapshot(holding: files.mapValues { Array($0.utf8) }), options: LoadOptions()
        ).builds
    }

    /// What an expression gives a variable hides what is set around it; the shell's default does not come in.
    @Test func unknownVariables() async throws {
        let script = "- run: docker build --build-arg A=${V:-d} .\n  env: {V: \"${{ github.ref }}\"}"
        #expect(try await builds(script, environment: "{V: x}").first?.args["A"] == .some(nil))
        let plain = "- run: docker build --build-arg A=${V:-d} ."
        #expect(try await builds(plain, environment: "{V: x}").first?.args == ["A": "x"])
    }

    @Test(
        arguments: [
            ("echo \"P=linux/arm64\" >> \"$GITHUB_ENV\"", "linux/arm64"),
            ("echo P=linux/386 >>$GITHUB_ENV", "linux/386"),
            ("echo \"P=$(uname)\" >> $GITHUB_ENV", nil), ("{ echo P=a; } >> ${GITHUB_ENV}", nil),
            ("if true; then\necho P=a >> $GITHUB_ENV\nfi", nil), ("echo P=a | tee -a $GITHUB_ENV", nil),
            ("cat >> $GITHUB_ENV <<E\nP=a\nE", nil), ("printf 'P<<E\\na\\nE\\n' >> $GITHUB_ENV", nil),
            ("echo P=a >> $GITHUB_ENV\necho P=b >> $GITHUB_ENV", nil),
            ("echo -e \"X=1\\nP=a\" >> $GITHUB_ENV", nil),
        ] as [(String, String?)])
    func environmentFile(_ script: String, _ platform: String?) async throws {
        let script = script.replacing("P", with: BuildEnvironment.platformName).split(separator: "\n")
        let write = "- run: |\n" + script.map { "    \($0)\n" }.joined()
        for build in ["- run: docker build .", "- uses: docker/build-push-action@v6\n  with: {context: .}"] {
            let found = try await builds("\(write)\(build)\n")
            #expect(found.map(\.platforms) == [platform.map { [$0] } ?? []])
            #expect(found.map(\.unknownOptions) == [platform == nil ? ["platform"] : []])
            // Steps before it do not have it.
            #expect(try await builds("\(build)\n\(write)").map(\.unknownOptions) == [[]])
        }
    }

    /// After a write that cannot be read nothing of the environment is known.
    @Test(arguments: [
        "- run: cat .env >> $GITHUB_ENV", "- run: python x.py >> \"$GITHUB_ENV\"",
        "- uses: actions/github-script@v7\n  with: {script: \"core.exportVariable('V', 'x')\"}",
    ])
    func untoldWrites(_ step: String) async throws {
        let build = "- run: docker build --build-arg A=$V ."
        #expect(try await builds("\(step)\n\(build)", environment: "{V: a}").map(\.args) == [["A": nil]])
        #expect(try await builds("\(build)\n\(step)", environment: "{V: a}").map(\.args) == [["A": "a"]])
    }

    @Test func conditionsThatAreFalse() async throws {
        let build = "- uses: docker/build-push-action@v6\n  with: {context: .}\n"
        #expect(try await builds("\(build)  if: false").allSatisfy { $0.statedBy.isEmpty })
        #expect(try await builds("\(build)  if: \"${{ 1 == 2 }}\"").allSatisfy { $0.statedBy.isEmpty })
        #expect(try await builds("\(build)  if: github.ref == 'x'").contains { !$0.statedBy.isEmpty })
    }
}
