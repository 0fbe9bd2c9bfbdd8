import Checks
import Diagnostics
import Fixes
import Project
import Reports

/// What `clm-doctor init` writes into a repository, and what it leaves to a person: files that are there stay as they are.
struct Setup {
    struct File {
        /// Relative to the repository's root.
        let path: String
        let text: String
        /// What it is for, as part of a sentence.
        let purpose: String

        var isBaseline: Bool { Setup.isBaseline(path) }
    }

    /// Lines to add to a file that is there.
    struct Addition {
        let title: String
        let lines: String
    }

    /// What the repository has.
    struct State {
        let configuration: Configuration
        /// All that is found with the new ignore files in place.
        let findings: [Finding]
        /// Those that can be made, each proved as a repair is.
        let ignoreFiles: [FixPlan.FixedFile]
        /// Whether anything stands at a path.
        let exists: (String) -> Bool
        /// What a file holds; nil where it cannot be read.
        let text: (String) -> String?
    }

    private(set) var files: [File] = []
    /// Files that `init` would write and that are there already.
    private(set) var kept: [String] = []
    private(set) var additions: [Addition] = []

    static let configurationPath = ".clm-doctor.yaml"
    private static let baselinePath = ".clm-doctor-baseline.json"
    private static let workflowPath = ".github/workflows/clm-doctor.yml"
    private static let ignorePath = ".dockerignore"
    private static let hookPath = ".pre-commit-config.yaml"

    /// What stands in files for the repository that holds this program, where nobody named it.
    static let unknownSource = "OWNER/clm-doctor"

    /// - Parameter source: the repository that holds this program, as `owner/name`.
    init(_ state: State, source: String) {
        addConfiguration(state)
        addJob(state, source)
        addHook(state, source)
        addIgnoreFiles(state)
    }

    /// The repository that holds this program, as the text of a file that `init` wrote names it.
    static func source(in text: String) -> Range<String.Index>? {
        for (before, after) in [
            ("uses: ", "/.github/actions/clm-doctor@"), ("repo: https://github.com/", "\n"),
        ] {
            guard let start = text.firstRange(of: before)?.upperBound else { continue }
            for line in text[start...].split(separator: before, omittingEmptySubsequences: false) {
                guard let end = line.firstRange(of: after)?.lowerBound,
                    !line[..<end].contains(where: \.isNewline)
                else { continue }
                return line.startIndex..<end
            }
        }
        return nil
    }

    static func isBaseline(_ path: String) -> Bool { path == baselinePath }
    static func isConfiguration(_ path: String) -> Bool { path == configurationPath }

    /// Whether a file may be one that `init` wrote, by its path.
    static func mayWrite(_ path: String) -> Bool {
        if [configurationPath, baselinePath, workflowPath, hookPath].contains(path) { return true }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.last?.hasSuffix(".dockerignore") ?? false
            && !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." || $0.lowercased() == ".git" }
    }

    /// Adds a file that is not there.
    /// - Returns: whether it is not.
    @discardableResult
    private mutating func add(_ file: File, _ state: State) -> Bool {
        guard !state.exists(file.path) else {
            kept.append(file.path)
            return false
        }
        files.append(file)
        return true
    }

    // MARK: - Configuration and baseline

    private mutating func addConfiguration(_ state: State) {
        let named = state.configuration.baseline
        let isThere = state.exists(named ?? Self.baselinePath)
        let isNewlyNamed = named == nil && !isThere && !state.findings.isEmpty
        let isNew = add(
            File(
                path: Self.configurationPath, text: Self.configuration(hasBaseline: isNewlyNamed),
                purpose: "what is examined, and how"), state)
        // Where a configuration names a baseline that is not there, nothing is examined.
        if isNewlyNamed || named == Self.baselinePath && !isThere {
            add(Self.baseline(of: state.findings), state)
        }
        if isNewlyNamed, !isNew {
            additions.append(
                Addition(
                    title: "Add to \(Self.configurationPath)", lines: "baseline: \(Self.baselinePath)\n"))
        } else if let named, named != Self.baselinePath, !isThere {
            additions.append(
                Addition(
                    title:
                        "The baseline of \(Self.configurationPath), \(printablePath(named)), does not exist. Write it",
                    lines: "clm-doctor --update-baseline\n"))
        } else if named == nil, isThere {
            kept.append(Self.baselinePath)
            additions.append(
                Addition(
                    title:
                        "No configuration names \(Self.baselinePath), which is there. Where it is clm-doctor's, write it anew",
                    lines:
                        "clm-doctor --baseline \(Self.baselinePath) --update-baseline\n"))
        }
    }

    /// The baseline that knows these findings.
    static func baseline(of findings: [Finding]) -> File {
        File(
            path: baselinePath, text: Baseline(of: findings).text,
            purpose: "\(counted(findings.count, "finding")) of today, so that only new ones are told")
    }

    private static func configuration(hasBaseline: Bool) -> String {
        var text = """
            # What clm-doctor examines here, and how: docs/configuration.md of clm-doctor has all keys, and
            # `clm-doctor --show-config` prints what is in effect.


            """
        if hasBaseline {
            text += """
                # What is known, and is not told again; `clm-doctor --update-baseline` writes it anew.
                baseline: \(baselinePath)


                """
        }
        return text + """
            # The severity from which clm-doctor exits with 1: info, warning, error; never for none.
            fail-on: warning

            # checks:
            #   context-huge: off       # or a severity
            # ignore:
            #   - examples              # not examined; the syntax is that of .dockerignore

            """
    }

    // MARK: - Ignore files

    /// Of what a new ignore file may hold: git's folder, which stands in a proposal where no step reads it. Whether a
    /// program of the image opens any other file, no Dockerfile tells.
    private static let certainPatterns: Set<String> = [".git", "**/.git"]

    /// What stands in the root would go into the images that copy it, and be a reason to build them again.
    private mutating func addIgnoreFiles(_ state: State) {
        let own = [".clm-doctor*"] + (files.contains { $0.path == Self.hookPath } ? [Self.hookPath] : [])
        for file in state.ignoreFiles {
            let lines = file.after.split(separator: UInt8(ascii: "\n")).map {
                String(decoding: $0, as: UTF8.self)
            }
            let certain =
                lines.filter(Self.certainPatterns.contains) + (file.path == Self.ignorePath ? own : [])
            if !certain.isEmpty {
                add(
                    File(
                        path: file.path, text: certain.map { $0 + "\n" }.joined(),
                        purpose: "what no image needs"), state)
            }
            let others = lines.filter { !Self.certainPatterns.contains($0) }
            guard !others.isEmpty else { continue }
            additions.append(
                Addition(
                    title:
                        "Look whether an image needs these. Where none does, add to \(printablePath(file.path))",
                    lines: others.joined(separator: "\n")))
        }
        guard let text = state.text(Self.ignorePath), !text.contains("clm-doctor"),
            !text.split(separator: "\n").contains(where: { $0 == "*" || $0 == "**" })
        else { return }
        additions.append(Addition(title: "Add to \(Self.ignorePath)", lines: own.joined(separator: "\n")))
    }

    // MARK: - CI

    private mutating func addJob(_ state: State, _ source: String) {
        let hasWorkflows = state.exists(".github/workflows")
        if hasWorkflows {
            add(
                File(
                    path: Self.workflowPath, text: Self.workflow(source),
                    purpose:
                        "what a pull request brings, marked in the change; and what it rebuilds, in a comment"
                ), state)
        }
        let gitLab = state.exists(".gitlab-ci.yml") ? state.text(".gitlab-ci.yml") ?? "" : nil
        if let gitLab, !gitLab.contains("clm-doctor") { additions.append(Self.gitLabJob(source, gitLab)) }
        if !hasWorkflows, gitLab == nil {
            additions.append(
                Addition(
                    title: "There are no workflows of GitHub's and no .gitlab-ci.yml. Run in a job of CI",
                    lines: "clm-doctor --no-host --new-since origin/main\n"))
        }
    }

    /// - Parameter text: of `.gitlab-ci.yml`, where a second `include:` or `variables:` would take the place of the first.
    private static func gitLabJob(_ source: String, _ text: String) -> Addition {
        let lines = text.split(whereSeparator: \.isNewline)
        let taken = ["include", "variables"].filter { key in lines.contains { $0.hasPrefix(key + ":") } }
        let title =
            "Add to .gitlab-ci.yml"
            + (taken.isEmpty
                ? ""
                : ", below the `\(taken.joined(separator: ":` and `")):` that \(taken.count == 1 ? "is" : "are") there")
        var job = """
            include:
              - project: \(source)
                file: /.gitlab/clm-doctor.gitlab-ci.yml
            variables:
              CLM_DOCTOR_VERSION: \(Doctor.version)
              CLM_DOCTOR_PROJECT: \(source)

            """
        if let start = lines.firstIndex(where: { $0.hasPrefix("stages:") }) {
            let items = lines[(start + 1)...].prefix { $0.first == " " || $0.first == "-" }
            let words = ([lines[start].dropFirst("stages:".count)] + items).flatMap { line in
                line.prefix { $0 != "#" }.split { " -[],'\"\t".contains($0) }
            }
            // The job's own stage is GitLab's `test`, which a list of stages may lack.
            if let first = words.first, !words.contains("test") { job += "clm-doctor:\n  stage: \(first)\n" }
        }
        return Addition(title: title, lines: job)
    }

    private static func workflow(_ source: String) -> String {
        """
        # What a pull request brings that slows the builds of images down.
        name: clm-doctor
        on: pull_request
        permissions:
          contents: read
          pull-requests: write
        jobs:
          docker-builds:
            runs-on: ubuntu-24.04
            steps:
              - uses: actions/checkout@v5
                with:
                  fetch-depth: 0
              - uses: \(source)/.github/actions/clm-doctor@v\(Doctor.version)

        """
    }

    // MARK: - pre-commit

    private mutating func addHook(_ state: State, _ source: String) {
        let hook = """
              - repo: https://github.com/\(source)
                rev: v\(Doctor.version)
                hooks:
                  - id: clm-doctor

            """
        let isNew = add(
            File(
                path: Self.hookPath, text: "repos:\n" + hook,
                purpose: "the hook for pre-commit, which examines what is committed"), state)
        if !isNew, let text = state.text(Self.hookPath), !text.contains("clm-doctor") {
            additions.append(Addition(title: "Add below `repos:` in \(Self.hookPath)", lines: hook))
        }
    }
}
